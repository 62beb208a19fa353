"""`statistics`: figures of the office's work."""

from __future__ import annotations

from datetime import datetime

import click

from api.shell import table
from api.shell.group import as_option, json_option, office, person, write_json
from engine.figures import Figures, SpreadView
from engine.handling.case import TYPES
from engine.office.statistics import GROUPINGS, StatisticsView

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("statistics")
@click.option("--from", "since", type=_DAY, help="First day on which the cases came in; 90 days before the last.")
@click.option("--to", "until", type=_DAY, help="Last day; today where left out.")
@click.option("--unit", metavar="CODE", help="Only cases that this unit or one below it accepted.")
@click.option("--matter", metavar="CODE")
@click.option("--type", "type_", type=click.Choice(TYPES))
@click.option("--by", "group", type=click.Choice(GROUPINGS), default="matter", show_default=True)
@as_option(required=False)
@json_option
def read_statistics(
    since: datetime | None,
    until: datetime | None,
    unit: str | None,
    matter: str | None,
    type_: str | None,
    group: str,
    username: str | None,
    as_json: bool,
) -> None:
    """Tell what became of the cases of a period, whether limits were kept, and where cases wait."""
    with office() as opened:
        found = opened.statistics.read(
            by=person(opened, username),
            group=group,
            since=since.date() if since else None,
            until=until.date() if until else None,
            unit=unit,
            matter=matter,
            type=type_,
        )
    if as_json:
        return write_json(found)
    _show(found)


def _show(found: StatisticsView) -> None:
    click.echo(f"Cases received from {found['since']} to {found['until']}, as of {table.instant(found['at'])}\n")
    heads = (found["by"].upper(), "NAME", "RECEIVED", "OPEN", "ENDED", "IN TIME", "LATE", "KEPT", "MEDIAN", "P90")
    # A day is called by nothing else.
    named = [(group["key"], "" if group["name"] == group["key"] else group["name"], group) for group in found["groups"]]
    groups = [(key, name, *_figures(group)) for key, name, group in named]
    click.echo(table.rows(heads, [*groups, ("all", "", *_figures(found["totals"]))]))
    stations = [
        (f"{at['process']}/{at['element']}", at["name"], at["open"], *_spread(at["waiting"]), *_spread(at["working"]))
        for at in found["elements"]
    ]
    click.echo()
    click.echo(table.rows(("ELEMENT", "NAME", "OPEN", "WAITING", "P90", "WORKING", "P90"), stations))
    click.echo(f"\n{found['late']}")


def _figures(of: Figures) -> tuple[object, ...]:
    ended = of["completed"] + of["returned"] + of["withdrawn"]
    kept = "" if of["kept"] is None else f"{of['kept']:.1%}"
    late = of["answered_late"] + of["open_late"]
    return (of["received"], of["open"], ended, of["in_time"], late, kept, *_spread(of["duration"]))


def _spread(spread: SpreadView | None) -> tuple[str, str]:
    """Median and ninth decile, in the largest unit that says something."""
    return ("", "") if spread is None else (_duration(spread["median"]), _duration(spread["p90"]))


def _duration(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"
