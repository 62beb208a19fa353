"""`unit`, `window`, `matter`: bringing the office's catalogue in from tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from api.shell.group import json_option, office, write_json
from engine import Office
from engine.errors import Malformed
from engine.office.catalogue import Imported


def _importer(name: str, many: str, load: Callable[[Office, str], Imported]) -> click.Group:
    group = click.Group(name, help=f"{many.capitalize()} of the office.")

    @group.command("import")
    @click.argument("file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @json_option
    def import_(file: Path, as_json: bool) -> None:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise Malformed(f"{file} is not UTF-8: save it as CSV UTF-8.") from None
        with office() as opened:
            done = load(opened, text)
        if as_json:
            return write_json(done)
        click.echo(f"{done['created']} {many} added, {done['updated']} changed.")

    import_.help = f"Add or change {many} from a table (CSV in UTF-8, with a head line). All or none."
    return group


unit = _importer("unit", "units", lambda opened, text: opened.catalogue.import_units(text))
window = _importer("window", "windows", lambda opened, text: opened.catalogue.import_windows(text))
matter = _importer("matter", "matters", lambda opened, text: opened.catalogue.import_matters(text))
