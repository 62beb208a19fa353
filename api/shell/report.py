"""`report`: the report of a quarter, as a page or for paper."""

from __future__ import annotations

from typing import IO

import click

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
@as_option(required=False)
def report(quarter: str, unit: str | None, file: IO[bytes], username: str | None) -> None:
    """Write what became of the cases of a quarter: limits, durations, returns, ratings, and where cases wait."""
    with office() as opened:
        made = opened.reports.quarter(quarter, by=reader(opened, username, quarter=quarter, unit=unit), unit=unit)
    papers.write(file, made.document, None, made, paper=file.name.lower().endswith(".pdf"))
