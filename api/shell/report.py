"""`report`: the report of a quarter, as a page or for paper."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click

from api.environment import CHECKPOINTS, PREFIX
from api.shell import papers
from api.shell.group import as_option, office, reader


@click.command("report")
@click.option("--quarter", required=True, metavar="YYYYQN", help="For example 2026Q3.")
@click.option("--unit", metavar="CODE", help="Only cases that this unit or one below it accepted.")
@click.option(
    *("-o", "--output", "file"),
    type=click.File("wb", lazy=True, atomic=True),
    default="-",
    metavar="F",
    help="F.html, or F.pdf for paper; HTML to standard output where left out.",
)
@click.option(
    "--checkpoints",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar=f"{PREFIX}_CHECKPOINTS",
    default=CHECKPOINTS,
    show_default=True,
    help="The file whose last checkpoint it names.",
)
@as_option(required=False)
def report(quarter: str, unit: str | None, file: IO[bytes], checkpoints: Path, username: str | None) -> None:
    """Write what became of the cases of a quarter: limits, durations, returns, ratings, and where cases wait."""
    with office() as opened:
        by = reader(opened, username, quarter=quarter, unit=unit)
        made = opened.reports.quarter(quarter, by=by, unit=unit, checkpoints=checkpoints)
    papers.write(file, made.document, None, made, paper=file.name.lower().endswith(".pdf"))
