"""Which versions running cases are on, where their tokens stand, and how long tasks took there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from engine.execution import standing
from engine.figures import Spread
from engine.handling.case import FAILED, OPEN, SUSPENDED
from engine.office.programs import Programs
from engine.office.views import ElementInUseView, VersionInUseView
from engine.storage import tables

#: Completed tasks of which durations are taken, the latest first.
MOST_TASKS = 20_000

_CASE, _TASK, _BINDING = tables.case.c, tables.task.c, tables.binding.c
_RUNNING = _CASE.status.in_([OPEN, SUSPENDED, FAILED])

#: So many running cases are looked at for where they are, in half a second.
MOST = 10_000


def running(connection: Connection, programs: Programs) -> Counter[tuple[str, int]]:
    """How many running cases are bound to each version of each process, whether they come to it or not."""
    found: Counter[tuple[str, int]] = Counter()
    counted = select(_CASE.binding, func.count().label("cases")).where(_RUNNING).group_by(_CASE.binding)
    for row in connection.execute(counted):
        for version in programs.binding(connection, row.binding).versions.items():
            found[version] += row.cases
    return found


def inside(connection: Connection, programs: Programs) -> Mapping[str, Counter[int]] | None:
    """How many running cases are in each version of each process now, having a token there.

    None where more than `MOST` cases run: each is looked at, and nobody waits for that.
    """
    some = select(_CASE.id).where(_RUNNING).limit(MOST + 1)
    if connection.execute(select(func.count()).select_from(some.subquery())).scalar_one() > MOST:
        return None
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for row in connection.execute(select(_CASE.binding, _CASE.state).where(_RUNNING)):
        versions = programs.binding(connection, row.binding).versions
        places = standing(programs.program(connection, row.binding), row.state)
        for key in {process for process, _ in places}:
            found[key][versions[key]] += 1
    return found


def in_use(connection: Connection, programs: Programs, key: str, version: int) -> VersionInUseView:
    """Where the running cases on a version are, and how long its tasks took."""
    bindings = [
        id
        for id in connection.execute(select(_BINDING.id)).scalars().all()
        if programs.binding(connection, id).versions.get(key) == version
    ]
    tokens: Counter[str] = Counter()
    cases = inside = 0
    rows = connection.execute(select(_CASE.binding, _CASE.state).where(_RUNNING, _CASE.binding.in_(bindings)))
    for row in rows:
        here = [
            element
            for process, element in standing(programs.program(connection, row.binding), row.state)
            if process == key
        ]
        tokens.update(here)
        cases += 1
        inside += bool(here)
    durations = _durations(connection, bindings, key)
    elements: list[ElementInUseView] = [
        {"element": id, "tokens": tokens[id], "duration": durations[id].view() if id in durations else None}
        for id in sorted({*tokens, *durations})
    ]
    return {"key": key, "version": version, "cases": cases, "inside": inside, "elements": elements}


def _durations(connection: Connection, bindings: list[str], key: str) -> dict[str, Spread]:
    found: defaultdict[str, Spread] = defaultdict(Spread)
    query: Any = (
        select(_TASK.element, _TASK.created_at, _TASK.closed_at)
        .join(tables.case, _CASE.id == _TASK.case_id)
        .where(_CASE.binding.in_(bindings), _TASK.process == key, _TASK.status == "completed")
        .order_by(_TASK.closed_at.desc())
        .limit(MOST_TASKS)
    )
    for row in connection.execute(query):
        found[row.element].add(row.closed_at - row.created_at)
    return found
