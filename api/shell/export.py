"""`export`: event logs of the office's cases, for other programs."""

from __future__ import annotations

from typing import IO

import click

from api.shell.group import as_option, instant, office, reader
from engine.export import FORMATS


@click.command("export")
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), required=True)
@click.option("--since", metavar="TIME", help="Only cases in which something happened since then; each comes whole.")
@click.option("--case", "number", metavar="NUMBER", help="Only this case.")
@click.option("--identities", is_flag=True, help="Names instead of pseudonyms; for auditors.")
@click.option("-o", "--output", "file", type=click.File("wb", lazy=True, atomic=True), default="-", metavar="F")
@as_option(required=False)
def export_log(
    format_: str,
    since: str | None,
    number: str | None,
    identities: bool,
    file: IO[bytes],
    username: str | None,
) -> None:
    """Write the histories of cases as an event log: XES, OCEL 2.0, CSV, or JSON lines.

    OCEL 2.0 is JSON, or a SQLite database where the file's name ends with .sqlite.

    JSON lines hold the entries as they were recorded, for a proof elsewhere: examples/verify_export.py.
    """
    if format_ == "ocel2" and str(file.name).endswith((".sqlite", ".db")):
        format_ = "ocel2-sqlite"
    with office() as opened:
        chunks = opened.exports.write(
            format_,
            by=reader(opened, username, format=format_, since=since, case=number, identities=identities or None),
            since=instant(since, opened) if since is not None else None,
            case=number,
            identities=identities,
        )
        for chunk in chunks:
            file.write(chunk)
