"""`calendar`: the days that the office has closed or worked of its own."""

from __future__ import annotations

from pathlib import Path

import click

from api.shell import table
from api.shell.group import actor, as_option, json_option, office, write_json
from engine.errors import Malformed
from engine.office.office_calendar import KINDS, CalendarView


@click.group()
def calendar() -> None:
    """Which days are worked, and when a day ends. A change counts the open cases anew."""


@calendar.command("list")
@click.option("--year", type=int, help="The present one where it is left out.")
@json_option
def list_days(year: int | None, as_json: bool) -> None:
    """List the days of a year that are not as their weekday would have it."""
    with office() as opened:
        _show(opened.calendar.list(year), as_json)


@calendar.command("set")
@click.argument("day", metavar="DATE")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--reason", required=True, help="Why the day is not as published.")
@as_option(required=False)
@json_option
def set_day(day: str, kind: str, reason: str, username: str | None, as_json: bool) -> None:
    """Close a day, or have it worked."""
    with office() as opened:
        _show(opened.calendar.set(day, kind, reason, by=actor(opened, username)), as_json)


@calendar.command("remove")
@click.argument("day", metavar="DATE")
@as_option(required=False)
@json_option
def remove_day(day: str, username: str | None, as_json: bool) -> None:
    """Leave a day to the published calendar again."""
    with office() as opened:
        _show(opened.calendar.remove(day, by=actor(opened, username)), as_json)


@calendar.command("import")
@click.argument("file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_option(required=False)
@json_option
def import_days(file: Path, username: str | None, as_json: bool) -> None:
    """Set the days of a table with the columns date, kind (closed or worked) and reason. All or none."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed(f"{file} is not UTF-8: save it as CSV UTF-8.") from None
    with office() as opened:
        _show(opened.calendar.import_days(text, by=actor(opened, username)), as_json)


@calendar.command("closing")
@click.argument("time", metavar="HH:MM")
@as_option(required=False)
@json_option
def set_closing(time: str, username: str | None, as_json: bool) -> None:
    """Say at which time of day limits end on their last day; 24:00 unless you do."""
    with office() as opened:
        _show(opened.calendar.set_closing(time, by=actor(opened, username)), as_json)


@calendar.command("recount")
@as_option(required=False)
def recount(username: str | None) -> None:
    """Count all open cases anew now, though nothing has changed: after a failure that was mended."""
    with office() as opened:
        opened.calendar.recount(by=actor(opened, username))
        opened.clock.tick()


def _show(view: CalendarView, as_json: bool) -> None:
    if as_json:
        return write_json(view)
    known = "" if view["published"] else ", not published yet: every date is provisional"
    click.echo(f"{view['year']} ({view['zone']}){known}. Limits end at {view['closes']}.")
    lines = ((day["date"], day["kind"], day["source"], day["reason"]) for day in view["days"])
    click.echo(table.rows(("DATE", "KIND", "SOURCE", "REASON"), lines))
    if view["recounting"]:
        click.echo("Open cases are counted anew as the clock goes on; `yichuang tick` does it at once.")
