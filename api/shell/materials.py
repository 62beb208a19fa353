"""`material`: what applicants handed in for a case: added, listed, and written to a file."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click

from api.shell import table
from api.shell.group import as_option, json_option, office, person, reader, write_json
from engine.materials.cipher import PIECE
from engine.office.case_materials import GRADES, MOST_BYTES, SOURCES


@click.group("material")
def material() -> None:
    """What applicants hand in for their cases."""


@material.command("add")
@click.argument("number")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--material", "which", metavar="NAME", help="Which of the matter's materials it is.")
@click.option(
    "--source", type=click.Choice(SOURCES), default="applicant", show_default=True, help="Where it comes from."
)
@click.option("--grade", type=click.Choice(GRADES), default="C", show_default=True, help="How far it is trusted.")
@click.option("--copies", type=click.IntRange(1, 99), default=1, show_default=True)
@click.option("--note", metavar="TEXT")
@click.option("--replaces", metavar="ID", help="The material in whose place it comes.")
@as_option(required=True)
@json_option
def add_material(
    number: str,
    path: Path,
    which: str | None,
    source: str,
    grade: str,
    copies: int,
    note: str | None,
    replaces: str | None,
    username: str,
    as_json: bool,
) -> None:
    """Hand in a file for a case. What it is, is told by its content, and its name must say the same."""
    with office() as opened:
        by = person(opened, username)
        with opened.materials.begin(number, by=by, most=MOST_BYTES) as upload, path.open("rb") as file:
            while piece := file.read(PIECE):
                upload.write(piece)
            view = opened.materials.add(
                number,
                upload,
                name=path.name,
                by=by,
                material=which,
                source=source,
                grade=grade,
                copies=copies,
                note=note,
                replaces=replaces,
            )
    if as_json:
        return write_json(view)
    click.echo(f"{view['id']}  {view['name']}  {view['size']} bytes, SHA-256 {view['sha256']}")


@material.command("list")
@click.argument("number")
@as_option(required=False)
@json_option
def list_materials(number: str, username: str | None, as_json: bool) -> None:
    """List what was handed in for a case, the oldest first; what was taken back too."""
    with office() as opened:
        found = opened.materials.list(number, by=reader(opened, username, number=number))
    if as_json:
        return write_json({"items": found})
    heads = ("ID", "MATERIAL", "NAME", "SIZE", "GRADE", "STATUS", "ADDED")
    lines = (
        (one["id"], one["material"] or "", one["name"], str(one["size"]), one["grade"], one["status"], one["added"])
        for one in found
    )
    click.echo(table.rows(heads, lines))


@material.command("get")
@click.argument("number")
@click.argument("id")
@click.option("-o", "--output", "file", type=click.File("wb", lazy=True, atomic=True), required=True, metavar="F")
@as_option(required=False)
def get_material(number: str, id: str, file: IO[bytes], username: str | None) -> None:
    """Write the content of a material to a file; - is standard output."""
    with office() as opened:
        _, content = opened.materials.open(number, id, by=reader(opened, username, number=number, id=id))
        try:
            while piece := content.read(PIECE):
                file.write(piece)
        finally:
            content.close()
