"""The leader's board: how much waits in each unit and with each person, what is due today, what is late."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any, TypedDict

from sqlalchemy import Connection, func, select
from sqlalchemy import case as where

from engine.errors import Forbidden
from engine.office.context import Context
from engine.office.person import Person, Role
from engine.office.sight import units_led
from engine.storage import tables


class Load(TypedDict):
    """How much there is, of tasks or of cases."""

    open: int
    #: Whose limit has passed, and whose limit ends later on this day of the office.
    late: int
    today: int


class PersonLoad(TypedDict):
    """The tasks that one person has in a unit; null stands for those that nobody has claimed."""

    username: str | None
    tasks: Load


class UnitLoad(TypedDict):
    """What waits in one unit."""

    unit: str
    name: str
    #: Open tasks of the unit's groups.
    tasks: Load
    people: list[PersonLoad]
    #: Open cases that the unit accepted.
    cases: Load


class BoardView(TypedDict):
    """What waits in the units that a person leads."""

    at: str
    tasks: Load
    unclaimed: int
    cases: Load
    #: Those in which anything waits, by code.
    units: list[UnitLoad]


class Board:
    """The board of one office."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def read(self, *, by: Person) -> BoardView:
        """What waits in the units that the person leads and in those below; for auditors and administrators in all.

        :raises Forbidden: for whoever leads no unit.
        """
        units = self._units(by)
        with self._context.database.read() as connection:
            now = self._context.now(connection)
            names = {row.code: row.name for row in connection.execute(select(tables.unit.c.code, tables.unit.c.name))}
            tasks = self._tasks(connection, units, now)
            cases = self._cases(connection, units, now)
        found: list[UnitLoad] = []
        for unit in sorted(tasks.keys() | cases.keys()):
            people = tasks.get(unit, {})
            found.append(
                {
                    "unit": unit,
                    "name": names.get(unit, unit),
                    "tasks": _sum(people.values()),
                    # Who has most is first; what nobody has comes last.
                    "people": [
                        {"username": username, "tasks": load}
                        for username, load in sorted(people.items(), key=lambda one: (one[0] is None, -one[1]["open"]))
                    ],
                    "cases": cases.get(unit, _sum([])),
                }
            )
        return {
            "at": self._context.local(now) or "",
            "tasks": _sum(unit["tasks"] for unit in found),
            "unclaimed": sum(people[None]["open"] for people in tasks.values() if None in people),
            "cases": _sum(unit["cases"] for unit in found),
            "units": found,
        }

    def _units(self, by: Person) -> frozenset[str] | None:
        """Codes of the units to show; None for all."""
        if self._context.rights(by).sees_everything:
            return None
        if not by.units(Role.LEADER):
            raise Forbidden("The board is for those who lead a unit.")
        return units_led(self._context, by)

    def _tasks(
        self, connection: Connection, units: frozenset[str] | None, now: datetime
    ) -> dict[str, dict[str | None, Load]]:
        task = tables.task.c
        query = select(task.unit, task.assignee, *_counts(task.sort_due, now, self._midnight(now))).where(
            task.status == "open", task.unit.is_not(None)
        )
        if units is not None:
            query = query.where(task.unit.in_(sorted(units)))
        found: dict[str, dict[str | None, Load]] = {}
        for row in connection.execute(query.group_by(task.unit, task.assignee)):
            found.setdefault(row.unit, {})[row.assignee] = _load(row)
        return found

    def _cases(self, connection: Connection, units: frozenset[str] | None, now: datetime) -> dict[str, Load]:
        case = tables.case.c
        # What was decided in time is neither late nor due any more.
        due = where((case.decided_at <= case.due, None), else_=case.due)
        query = select(case.unit, *_counts(due, now, self._midnight(now))).where(case.status == "open")
        if units is not None:
            query = query.where(case.unit.in_(sorted(units)))
        return {row.unit: _load(row) for row in connection.execute(query.group_by(case.unit))}

    def _midnight(self, now: datetime) -> datetime:
        tomorrow = self._context.calendar.today(now) + timedelta(days=1)
        return datetime.combine(tomorrow, time(), self._context.calendar.zone).astimezone(UTC)


def _counts(due: Any, now: datetime, midnight: datetime) -> tuple[Any, ...]:
    late = func.count().filter(due < now).label("late")
    today = func.count().filter(due >= now, due < midnight).label("today")
    return func.count().label("open"), late, today


def _load(row: Any) -> Load:
    return {"open": row.open, "late": row.late, "today": row.today}


def _sum(loads: Any) -> Load:
    whole: Load = {"open": 0, "late": 0, "today": 0}
    for load in loads:
        whole = {
            "open": whole["open"] + load["open"],
            "late": whole["late"] + load["late"],
            "today": whole["today"] + load["today"],
        }
    return whole
