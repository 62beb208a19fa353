"""Four eyes: whoever did one task of a case may not do another that checks it.

A diagram says so by the property ``not_by`` of a task, which names the tasks that it checks. All who ever completed one
of them in the case are meant, also where that was taken back or done again: they have decided once. Of a multi-instance
subprocess, or a called process that is called several times at once, each instance is by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import orjson
from sqlalchemy import select

from engine.definitions.model import Element
from engine.errors import Forbidden
from engine.execution import renamed_all
from engine.handling import OpenWork
from engine.history.kinds import Kind
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.views import DoneView
from engine.storage import tables

Scope = Sequence[str | int]

_TASK, _ENTRY = tables.task.c, tables.entry.c


class SameHands(Forbidden):
    """The person did what this task is to check."""


def require_other_eyes(context: Context, loaded: Loaded, work: OpenWork, username: str) -> None:
    """Refuse where a person did what a task checks.

    :raises SameHands: naming what they did.
    """
    for done in checked(context, loaded, work):
        if done["by"] == username:
            name, itself = done["name"], work.task.element.name or work.task.element.id
            raise SameHands(
                f"{username} completed “{name}” ({done['element']}) in this case, so “{itself}” is for somebody else."
            )


def checked(context: Context, loaded: Loaded, work: OpenWork) -> list[DoneView]:
    """What an open task checks, as far as it was done: each task with who completed it."""
    return done_before(context, loaded, work.task.element, work.task.scope)


def done_before(context: Context, loaded: Loaded, element: Element, scope: Scope) -> list[DoneView]:
    """What a task at an element checks, as far as it was done.

    :param scope: where the task runs.
    """
    if not element.not_by:
        return []
    meant = {_meant(loaded, element, id) for id in element.not_by}
    rows = select(_TASK.process, _TASK.element, _TASK.name, _TASK.scope, _TASK.closed_by, _TASK.version).where(
        _TASK.case_id == loaded.id, _TASK.status == "completed"
    )
    moves = select(_ENTRY.seq, _ENTRY.body).where(_ENTRY.case_id == loaded.id, _ENTRY.kind == Kind.CASE_MIGRATED)
    with context.database.glance() as connection:
        done = connection.execute(rows.order_by(_TASK.version, _TASK.id)).all()
        moved = connection.execute(moves.order_by(_ENTRY.seq)).all()
    renamings = [(move.seq, orjson.loads(move.body)["input"]["renamed"]) for move in moved]
    around = _around(scope, element.id)
    found: dict[tuple[str, str], DoneView] = {}
    for row in done:
        # Ids as they are on the version that the case runs on by now.
        at = (row.process, row.element)
        for seq, renamed in renamings:
            if row.version < seq:
                (at,) = renamed_all([at], renamed)
        if at in meant and _together(around, _around(orjson.loads(row.scope), row.element)):
            found[at[1], row.closed_by] = {"element": at[1], "name": row.name, "by": row.closed_by}
    return list(found.values())


def _meant(loaded: Loaded, element: Element, id: str) -> tuple[str, str]:
    """The element that an id means: that of its own process, else that of another one that the case runs on."""
    processes = loaded.program.processes
    own = processes[element.process]
    holds = own.key if id in own.elements else next((p.key for p in processes.values() if id in p.elements), own.key)
    return holds, id


def _around(scope: Scope, element: str) -> Scope:
    """Where a task's activity is: without the task's own number, where it is one of several instances."""
    return scope[:-2] if len(scope) > 1 and isinstance(scope[-1], int) and scope[-2] == element else scope


def _together(one: Scope, other: Scope) -> bool:
    """Whether two places are not in different instances of one activity."""
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    apart = [place[shared] for place in (one, other) if len(place) > shared]
    return not (len(apart) == 2 and all(isinstance(part, int) for part in apart))
