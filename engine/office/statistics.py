"""Figures of the office's work, read from its rows and histories: who may have them, and of which cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypedDict

import orjson
from sqlalchemy import BindParameter, Connection, Row, Select, and_, bindparam, or_, select

from engine.errors import FieldError, Forbidden, Invalid
from engine.figures import LATE, CaseFacts, Course, Figures, Stations, StationView, Tally, Variants, VariantView
from engine.history.kinds import Kind
from engine.office.context import Context
from engine.office.periods import check_day, received_between
from engine.office.person import Person, Role
from engine.office.rights import none_to_see
from engine.storage import tables

#: What the cases may be grouped by.
GROUPINGS = ("unit", "matter", "type", "window", "agent", "day", "week", "month")

#: The period where none is given, in days up to the present one.
ORDINARY_PERIOD = 90

#: Ways through the diagrams that are told, the most common first.
MOST_VARIANTS = 20

#: Cases that are read at once.
_BATCH = 500

_CASE = tables.case.c
_TASK = tables.task.c
_ENTRY = tables.entry.c
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)

_COLUMNS = (
    *(_CASE.id, _CASE.number, _CASE.unit, _CASE.window, _CASE.matter, _CASE.type, _CASE.agent),
    *(_CASE.status, _CASE.received_at, _CASE.due, _CASE.ended_at),
)
_TASKS = (
    select(
        *(_TASK.id, _TASK.case_id, _TASK.process, _TASK.element, _TASK.name),
        *(_TASK.status, _TASK.created_at, _TASK.closed_at),
    )
    .where(_TASK.case_id.in_(_IDS), _TASK.status != "cancelled")
    .order_by(_TASK.case_id, _TASK.closed_at, _TASK.version, _TASK.id)
)
_CLAIMS = (
    select(_ENTRY.at, _ENTRY.body)
    .where(_ENTRY.case_id.in_(_IDS), _ENTRY.kind == Kind.TASK_CLAIMED)
    .order_by(_ENTRY.case_id, _ENTRY.seq)
)


class GroupView(Figures):
    """The figures of one group of cases."""

    key: str
    #: What people call it.
    name: str


class StatisticsView(TypedDict):
    """The figures of the cases that came in during a period."""

    #: First and last day of it, in the office's zone.
    since: str
    until: str
    #: When they were read.
    at: str
    #: What `late` means here.
    late: str
    by: str
    totals: Figures
    groups: list[GroupView]
    elements: list[StationView]
    variants: list[VariantView]


class Statistics:
    """The figures of one office."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def read(
        self,
        *,
        by: Person,
        group: str = "matter",
        since: date | None = None,
        until: date | None = None,
        unit: str | None = None,
        matter: str | None = None,
        type: str | None = None,
    ) -> StatisticsView:
        """The figures of the cases that came in from one day to another.

        Auditors and administrators have those of all units, leaders those of the units that they lead and of
        those below.

        :param group: one of `GROUPINGS`.
        :param since: the first day; `ORDINARY_PERIOD` days before the last where left out.
        :param until: the last day; the present one where left out.
        :param unit: only cases that this unit or one below it accepted.
        :raises Forbidden: where the person leads no unit and may not see everything.
        :raises NotFound: where the unit is none that the person has figures of.
        """
        if group not in GROUPINGS:
            raise Invalid(errors=[FieldError("/by", "one of " + ", ".join(GROUPINGS))])
        check_day(since, "/from")
        check_day(until, "/to")
        units = self._units(by, unit)
        with self._context.database.read() as connection:
            now = self._context.now(connection)
        zone = self._context.calendar.zone
        last = until or now.astimezone(zone).date()
        first = since or last - timedelta(days=ORDINARY_PERIOD)
        if first > last:
            raise Invalid(errors=[FieldError("/from", "after the last day")])
        wanted: list[Any] = [*received_between(self._context, first, last)]
        wanted += [
            column == value for column, value in ((_CASE.matter, matter), (_CASE.type, type)) if value is not None
        ]
        if units is not None:
            wanted.append(_CASE.unit.in_(sorted(units)))
        key_of = _keys(group, zone)
        totals, groups, stations, variants = Tally(), dict[str, Tally](), Stations(), Variants()
        for connection, cases in self._batches(wanted):
            ways = _courses(connection, [case.id for case in cases], stations)
            for case in cases:
                facts = CaseFacts(case.status, case.received_at, case.due, case.ended_at)
                totals.add(facts, now)
                groups.setdefault(key_of(case), Tally()).add(facts, now)
                if case.ended_at is not None:
                    variants.add(ways.get(case.id, ()), case.number)
        names = self._names(group)
        return {
            "since": first.isoformat(),
            "until": last.isoformat(),
            "at": self._context.local(now) or "",
            "late": LATE,
            "by": group,
            "totals": totals.view(),
            "groups": [
                {"key": key, "name": names.get(key, key), **tally.view()} for key, tally in sorted(groups.items())
            ],
            "elements": stations.view(),
            "variants": variants.view(MOST_VARIANTS),
        }

    def _units(self, by: Person, unit: str | None) -> set[str] | None:
        """The units whose cases are counted; None for all."""
        below = self._context.catalogue.descendants
        if self._context.rights(by).sees_everything:
            if unit is None:
                return None
            seen: set[str] | None = None
        else:
            led = by.units(Role.LEADER)
            if not led:
                raise Forbidden("Only leaders, auditors and administrators read the office's figures.")
            seen = {code for top in led for code in below(top)}
            if unit is None:
                return seen
        chosen = set(below(unit))
        if not chosen or (seen is not None and unit not in seen):
            raise none_to_see(f"unit {unit}")
        return chosen

    def _batches(self, wanted: Sequence[Any]) -> Iterator[tuple[Connection, Sequence[Row[Any]]]]:
        """The cases, in batches: neither memory nor a transaction grows with their number."""
        last: Row[Any] | None = None
        while True:
            query: Select[Any] = select(*_COLUMNS).where(*wanted).order_by(_CASE.received_at, _CASE.id).limit(_BATCH)
            if last is not None:
                at, id = last.received_at, last.id
                query = query.where(or_(_CASE.received_at > at, and_(_CASE.received_at == at, _CASE.id > id)))
            with self._context.database.read() as connection:
                rows = connection.execute(query).all()
                if not rows:
                    return
                yield connection, rows
            last = rows[-1]

    def _names(self, group: str) -> dict[str, str]:
        catalogue = self._context.catalogue
        if group == "unit":
            return {unit["code"]: unit["name"] for unit in catalogue.units()}
        if group == "matter":
            return {matter["code"]: matter["name"] for matter in catalogue.matters()}
        if group == "window":
            return {window["code"]: window["name"] for window in catalogue.windows()}
        if group == "agent":
            person = tables.person.c
            with self._context.database.read() as connection:
                return {row.username: row.name for row in connection.execute(select(person.username, person.name))}
        return {}


def _courses(connection: Connection, ids: Sequence[int], stations: Stations) -> dict[int, list[str]]:
    """Count the tasks of some cases; gives the names of those completed, by case, in order."""
    claimed: dict[str, datetime] = {}
    for entry in connection.execute(_CLAIMS, {"ids": ids}):
        claimed.setdefault(orjson.loads(entry.body)["input"]["task"], entry.at)
    ways: dict[int, list[str]] = {}
    for task in connection.execute(_TASKS, {"ids": ids}):
        done = task.closed_at if task.status == "completed" else None
        stations.add(Course(task.process, task.element, task.name, task.created_at, claimed.get(task.id), done))
        if done is not None:
            ways.setdefault(task.case_id, []).append(task.name)
    return ways


def _keys(group: str, zone: Any) -> Callable[[Row[Any]], str]:
    """What groups a case."""
    if group in ("unit", "matter", "window", "agent"):
        return lambda case: str(getattr(case, group))
    if group == "type":
        # Before triage a case has no type yet.
        return lambda case: case.type or ""
    layout = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}[group]
    return lambda case: case.received_at.astimezone(zone).strftime(layout)
