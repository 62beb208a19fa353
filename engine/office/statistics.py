"""Figures of the office's work, read from its rows and histories: who may have them, and of which cases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypedDict, Unpack

import orjson
from sqlalchemy import BindParameter, Connection, Row, Select, and_, bindparam, or_, select

from engine.errors import FieldError, Forbidden, Invalid
from engine.figures import (
    COUNTED,
    LATE,
    PARTS,
    Behind,
    CaseFacts,
    Course,
    Figures,
    Stations,
    StationView,
    Taken,
    Tally,
    Variants,
    VariantView,
    counts,
    spent,
    way_id,
)
from engine.handling.case import STATUSES
from engine.history.kinds import Kind
from engine.office.catalogue import UnitView
from engine.office.context import Context
from engine.office.periods import check_day, received_between
from engine.office.person import Person, Role
from engine.office.rights import none_to_see
from engine.office.sight import units_led
from engine.storage import tables

#: What the cases may be grouped by.
GROUPINGS = ("unit", "matter", "type", "window", "agent", "day", "week", "month")

#: What the types are called; a case before triage has none yet.
_TYPES = {
    "": "尚未分类",
    "instant": "即办件",
    "promised": "承诺件",
    "joint": "联办件",
    "reported": "上报件",
    "returned": "退回件",
}

#: The period where none is given, in days up to the present one.
ORDINARY_PERIOD = 90

#: Longest period, in days, whose course is told by days, and by weeks; that of a longer one is told by months.
BY_DAYS, BY_WEEKS = 31, 183

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
    *(_CASE.status, _CASE.received_at, _CASE.due, _CASE.decided_at, _CASE.ended_at),
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


class Asked(TypedDict, total=False):
    """Which cases are counted."""

    #: The first day on which they came in; `ORDINARY_PERIOD` days before the last where left out.
    since: date | None
    #: The last day; the present one where left out.
    until: date | None
    #: Unit that accepted them, or one above it.
    unit: str | None
    matter: str | None
    type: str | None


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


class BehindView(TypedDict):
    """The cases behind a figure."""

    since: str
    until: str
    at: str
    #: How many there are.
    count: int
    #: The `MOST_BEHIND` that took longest.
    cases: list[Taken]


class _Period(NamedTuple):
    first: date
    last: date
    now: datetime
    wanted: Sequence[Any]


class Statistics:
    """The figures of one office."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def read(self, *, by: Person, group: str = "matter", **asked: Unpack[Asked]) -> StatisticsView:
        """The figures of the cases that came in from one day to another.

        Auditors and administrators have those of all units, leaders those of the units that they lead and of
        those below.

        :param group: one of `GROUPINGS`.
        :raises Forbidden: where the person leads no unit and may not see everything.
        :raises NotFound: where the unit is none that the person has figures of.
        """
        (found,) = self._read(by, lambda first, last: [group], asked)
        return found

    def read_with_course(
        self, *, by: Person, group: str, **asked: Unpack[Asked]
    ) -> tuple[StatisticsView, StatisticsView]:
        """The same, and beside it grouped by the days, weeks or months of the period, as fits its length."""
        found, course = self._read(by, lambda first, last: [group, _course(first, last)], asked)
        return found, course

    def read_by(self, groups: Sequence[str], *, by: Person, **asked: Unpack[Asked]) -> Sequence[StatisticsView]:
        """The same by each of several groupings; the cases are read once."""
        return self._read(by, lambda first, last: groups, asked)

    def units(self, *, by: Person) -> list[UnitView]:
        """The units of which the person has figures, by code.

        :raises Forbidden: as `read`.
        """
        seen = self._seen(by)
        return [unit for unit in self._context.catalogue.units() if seen is None or unit["code"] in seen]

    def _read(
        self, by: Person, choose: Callable[[date, date], Sequence[str]], asked: Asked
    ) -> Sequence[StatisticsView]:
        """The figures by each of the groupings that are chosen for the period; the cases are read once."""
        period = self._period(by, asked)
        groupings = choose(period.first, period.last)
        _check_groupings(groupings)
        keys = [_keys(group, self._context.calendar.zone) for group in groupings]
        totals, stations, variants = Tally(), Stations(), Variants()
        groups: list[dict[str, Tally]] = [{} for _ in groupings]
        for connection, cases in self._batches(period.wanted):
            tasks = list(_tasks(connection, [case.id for case in cases]))
            for _, task in tasks:
                stations.add(task)
            ways = _ways(tasks)
            for case in cases:
                facts = _facts(case)
                totals.add(facts, period.now)
                for key_of, tallies in zip(keys, groups, strict=True):
                    tallies.setdefault(key_of(case), Tally()).add(facts, period.now)
                if case.ended_at is not None:
                    variants.add(ways.get(case.id, ()), case.number)
        whole, elements, common = totals.view(), stations.view(), variants.view(MOST_VARIANTS)
        return [
            {
                "since": period.first.isoformat(),
                "until": period.last.isoformat(),
                "at": self._context.local(period.now) or "",
                "late": LATE,
                "by": group,
                "totals": whole,
                "groups": self._grouped(group, tallies),
                "elements": elements,
                "variants": common,
            }
            for group, tallies in zip(groupings, groups, strict=True)
        ]

    def behind(
        self,
        figure: str,
        *,
        by: Person,
        group: str | None = None,
        key: str = "",
        element: tuple[str, str] | None = None,
        way: str | None = None,
        **asked: Unpack[Asked],
    ) -> BehindView:
        """The cases that a figure of the same period counts, those that took longest first.

        :param figure: of cases a status or one of `COUNTED`, of an element one of `PARTS`.
        :param group: where the figure is that of a group: one of `GROUPINGS`, and its key.
        :param element: where the figure is that of an element: the process and the element; each task counts.
        :param way: where only those that ended on one way count: the variant's id.
        :raises Invalid, Forbidden, NotFound: as `read`; where there is no such figure.
        """
        if figure not in (PARTS if element is not None else (*COUNTED, *STATUSES)):
            raise Invalid(errors=[FieldError("/of", "not a figure of cases" if element is None else "not of elements")])
        period = self._period(by, asked)
        if group is not None:
            _check_groupings([group])
        key_of = _keys(group, self._context.calendar.zone) if group is not None else None
        found = Behind()
        for connection, cases in self._batches(period.wanted):
            chosen = {case.id: case for case in cases if key_of is None or key_of(case) == key}
            if element is not None:
                for id, task in _tasks(connection, list(chosen)):
                    taken = spent(figure, task, period.now) if element == (task.process, task.element) else None
                    if taken is not None:
                        found.add(chosen[id].number, taken)
                continue
            if way is not None:
                ways = _ways(_tasks(connection, list(chosen)))
                chosen = {id: case for id, case in chosen.items() if case.ended_at and way_id(ways.get(id, ())) == way}
            for case in chosen.values():
                if counts(figure, _facts(case), period.now):
                    found.add(case.number, (case.ended_at or period.now) - case.received_at)
        return {
            "since": period.first.isoformat(),
            "until": period.last.isoformat(),
            "at": self._context.local(period.now) or "",
            "count": found.count,
            "cases": found.view(),
        }

    def _period(self, by: Person, asked: Asked) -> _Period:
        """What is asked for: from when to when, as it is now, and of which cases."""
        since, until = asked.get("since"), asked.get("until")
        units = self.units_counted(by, asked.get("unit"))
        check_day(since, "/from")
        check_day(until, "/to")
        with self._context.database.read() as connection:
            now = self._context.now(connection)
        last = until or now.astimezone(self._context.calendar.zone).date()
        first = since or last - timedelta(days=ORDINARY_PERIOD)
        if first > last:
            raise Invalid(errors=[FieldError("/from", "after the last day")])
        wanted: list[Any] = [*received_between(self._context, first, last)]
        for column, value in ((_CASE.matter, asked.get("matter")), (_CASE.type, asked.get("type"))):
            if value is not None:
                wanted.append(column == value)
        if units is not None:
            wanted.append(_CASE.unit.in_(sorted(units)))
        return _Period(first, last, now, wanted)

    def _grouped(self, group: str, tallies: dict[str, Tally]) -> list[GroupView]:
        names = self._names(group)
        return [{"key": key, "name": names.get(key, key), **tally.view()} for key, tally in sorted(tallies.items())]

    def units_counted(self, by: Person, unit: str | None) -> Collection[str] | None:
        """The units whose cases are counted; None for all.

        :raises Forbidden, NotFound: as `read`.
        """
        seen = self._seen(by)
        if unit is None:
            return seen
        chosen = self._context.catalogue.descendants(unit)
        if not chosen or (seen is not None and unit not in seen):
            raise none_to_see(f"unit {unit}")
        return chosen

    def _seen(self, by: Person) -> Collection[str] | None:
        """The units of which the person has figures; None for all."""
        if self._context.rights(by).sees_everything:
            return None
        if not by.units(Role.LEADER):
            raise Forbidden("Only leaders, auditors and administrators read the office's figures.")
        return units_led(self._context, by)

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
        return _TYPES if group == "type" else {}


def _check_groupings(groupings: Sequence[str]) -> None:
    if not set(groupings) <= set(GROUPINGS):
        raise Invalid(errors=[FieldError("/by", "one of " + ", ".join(GROUPINGS))])


def _facts(case: Row[Any]) -> CaseFacts:
    return CaseFacts(case.status, case.received_at, case.due, case.ended_at, case.decided_at)


def _tasks(connection: Connection, ids: Sequence[int]) -> Iterator[tuple[int, Course]]:
    """The tasks of some cases, each with its case, in the order in which they were completed."""
    claimed: dict[str, datetime] = {}
    for entry in connection.execute(_CLAIMS, {"ids": ids}):
        claimed.setdefault(orjson.loads(entry.body)["input"]["task"], entry.at)
    for task in connection.execute(_TASKS, {"ids": ids}):
        done = task.closed_at if task.status == "completed" else None
        yield (
            task.case_id,
            Course(task.process, task.element, task.name, task.created_at, claimed.get(task.id), done),
        )


def _ways(tasks: Iterable[tuple[int, Course]]) -> dict[int, list[str]]:
    """The names of the tasks that were completed, by case, in order."""
    ways: dict[int, list[str]] = {}
    for id, task in tasks:
        if task.completed is not None:
            ways.setdefault(id, []).append(task.name)
    return ways


def _course(first: date, last: date) -> str:
    """What groups the cases of a period so that its course shows."""
    days = (last - first).days
    return "day" if days <= BY_DAYS else "week" if days <= BY_WEEKS else "month"


def _keys(group: str, zone: Any) -> Callable[[Row[Any]], str]:
    """What groups a case."""
    if group in ("unit", "matter", "window", "agent"):
        return lambda case: str(getattr(case, group))
    if group == "type":
        # Before triage a case has no type yet.
        return lambda case: case.type or ""
    layout = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}[group]
    return lambda case: case.received_at.astimezone(zone).strftime(layout)
