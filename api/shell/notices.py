"""`notice`: what a case told its applicant in writing, listed and set as a page or for paper."""

from __future__ import annotations

from dataclasses import replace
from typing import IO

import click

from api.shell import papers, table
from api.shell.group import as_option, json_option, office, reader, write_json


@click.group("notice")
def notice() -> None:
    """What cases told their applicants in writing."""


@notice.command("list")
@click.argument("number")
@as_option(required=False)
@json_option
def list_notices(number: str, username: str | None, as_json: bool) -> None:
    """List the notices of a case, in the order in which they were given."""
    with office() as opened:
        found = opened.notices.list(number, by=reader(opened, username, number=number))
    if as_json:
        return write_json({"items": found})
    lines = ((one["id"], one["given"], one["title"], one["element"], str(one["seq"])) for one in found)
    click.echo(table.rows(("ID", "GIVEN", "TITLE", "ELEMENT", "ENTRY"), lines))


@notice.command("get")
@click.argument("id")
@click.option("--format", "format_", type=click.Choice(["html", "pdf"]), default="pdf", show_default=True)
@click.option("-o", "--output", "file", type=click.File("wb", lazy=True, atomic=True), required=True, metavar="F")
@click.option("--track", metavar="URL", help="Address of the citizens' page, for the QR code: https://…/track")
@as_option(required=False)
def get_notice(id: str, format_: str, file: IO[bytes], track: str | None, username: str | None) -> None:
    """Write a notice to a file; - is standard output.

    The same notice at the same address is the same PDF, byte for byte. Without --track there is no QR code in it.
    """
    with office() as opened:
        issued = opened.notices.open(id, by=reader(opened, username, notice=id))
    tracking = replace(issued.tracking, page=track)
    papers.write(file, issued.document, tracking, issued.proof, paper=format_ == "pdf")
