"""`unit`, `window`, `matter`: the office's catalogue, brought in from tables and listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from api.shell import table
from api.shell.group import actor, as_option, json_option, office, write_json
from engine import Office
from engine.errors import Malformed
from engine.office.catalogue import Imported
from engine.office.person import Person

_Load = Callable[[Office, str, Person | None], Imported]


def _group(name: str, many: str, load: _Load) -> click.Group:
    group = click.Group(name, help=f"{many.capitalize()} of the office.")

    @group.command("import")
    @click.argument("file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @as_option(required=False)
    @json_option
    def import_(file: Path, username: str | None, as_json: bool) -> None:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise Malformed(f"{file} is not UTF-8: save it as CSV UTF-8.") from None
        with office() as opened:
            done = load(opened, text, actor(opened, username))
        if as_json:
            return write_json(done)
        click.echo(f"{done['created']} {many} added, {done['updated']} changed.")

    import_.help = f"Add or change {many} from a table (CSV in UTF-8, with a head line). All or none."
    return group


unit = _group("unit", "units", lambda opened, text, by: opened.catalogue.import_units(text, by=by))
window = _group("window", "windows", lambda opened, text, by: opened.catalogue.import_windows(text, by=by))
matter = _group("matter", "matters", lambda opened, text, by: opened.catalogue.import_matters(text, by=by))


@unit.command("list")
@json_option
def list_units(as_json: bool) -> None:
    """List the units: a tree by PARENT."""
    with office() as opened:
        _show(opened.catalogue.units(), ("code", "name", "level", "parent"), as_json)


@window.command("list")
@json_option
def list_windows(as_json: bool) -> None:
    """List the windows and their units."""
    with office() as opened:
        _show(opened.catalogue.windows(), ("code", "name", "unit", "address"), as_json)


@matter.command("list")
@click.option("--q", metavar="TEXT", help="Part of the code or name, or its pinyin or initials.")
@json_option
def list_matters(q: str | None, as_json: bool) -> None:
    """List the matters. PROMISED_DAYS are working days; without WINDOWS it is handled at all of them."""
    with office() as opened:
        shown = ("code", "name", "type", "unit", "promised_days", "windows", "process")
        _show(opened.catalogue.matters(q), shown, as_json)


def _show(found: Sequence[Mapping[str, Any]], shown: Sequence[str], as_json: bool) -> None:
    if as_json:
        return write_json({"items": found, "next": None})
    lines = ([_cell(one[name]) for name in shown] for one in found)
    click.echo(table.rows([name.upper() for name in shown], lines))


def _cell(value: Any) -> Any:
    return " ".join(value) if isinstance(value, list) else value
