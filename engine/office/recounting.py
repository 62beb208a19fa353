"""After the calendar has changed: the limits and timers of the open cases, counted anew, batch by batch.

Where a case is counted twice, the second time finds nothing to change: that is all that a restart after a
crash, or two processes at it at once, need to leave each case with one step.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from engine.errors import Unavailable
from engine.handling.case import ENDINGS
from engine.history.kinds import Kind
from engine.instants import instant
from engine.office.archive import Collision, Loaded
from engine.office.context import ATTEMPTS, Context
from engine.office.editions import Progress
from engine.office.steps import Steps
from engine.storage import tables

#: Cases between two looks at what else is due: a recount of all holds up no timer.
BATCH = 100

_CASE, _ENTRY = tables.case.c, tables.entry.c
_open_cases = (
    select(_CASE.id)
    .where(_CASE.id > bindparam("after"), _CASE.status.not_in(sorted(ENDINGS)))
    .order_by(_CASE.id)
    .limit(BATCH)
)
_suspensions = (
    select(_ENTRY.kind, _ENTRY.at)
    .where(_ENTRY.case_id == bindparam("case"), _ENTRY.kind.in_([Kind.CASE_SUSPENDED, Kind.CASE_RESUMED]))
    .order_by(_ENTRY.seq)
)


class Recounting:
    """Recounts the open cases of one office.

    A case whose recount fails for a reason of its own is told in the log, and left to `yichuang calendar recount`.
    """

    def __init__(self, context: Context, steps: Steps) -> None:
        self._context = context
        self._steps = steps
        self._asked = False

    def go_on(self, failed: Callable[[int], None]) -> bool:
        """Recount the next batch. Gives whether there may be more.

        :param failed: is told the row id of a case whose recount failed, while that is handled as an exception.
        """
        with self._context.database.read() as connection:
            now = self._context.now(connection)
            progress = Progress.read(connection)
            if progress is None:
                return self._look_for_published()
            self._context.editions.look(connection, again=True)
            cases = connection.execute(_open_cases, {"after": progress.after}).scalars().all()
        for case in cases:
            try:
                self._recount(case, progress.edition, now)
            except Unavailable:
                raise
            except Exception:
                failed(case)
        with self._context.database.write() as connection:
            progress.advance(connection, cases[-1] if len(cases) == BATCH else None)
        return True

    def _look_for_published(self) -> bool:
        """Once in a process's life: whether the package knows more than the office has counted by."""
        if self._asked:
            return False
        with self._context.database.write() as connection:
            before = self._context.editions.look(connection, again=True).edition
            self._context.editions.take_published(connection, self._context.now(connection))
        self._asked = True
        return self._context.editions.in_force.edition != before

    def _recount(self, id: int, edition: int, now: datetime) -> None:
        for _ in range(ATTEMPTS):
            with self._context.database.read() as connection:
                loaded = self._steps.archive.by_id(connection, id)
                if loaded is None:
                    return
                stood = _stood(connection, loaded)
            try:
                self._steps.recount(loaded, stood, edition, now)
            except Collision:
                continue
            self._steps.keep(loaded)
            return
        raise Collision


def _stood(connection: Connection, loaded: Loaded) -> list[list[str]]:
    """Between which instants the case's clock stood still; one that stands now counts when it goes on."""
    stood: list[list[str]] = []
    since: datetime | None = None
    for row in connection.execute(_suspensions, {"case": loaded.id}):
        if row.kind == Kind.CASE_SUSPENDED:
            since = row.at
        elif since is not None:
            stood.append([instant(since), instant(row.at)])
    return stood
