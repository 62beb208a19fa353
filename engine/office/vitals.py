"""How an office is at this moment, for whoever watches over it: what waits, what is late, what has failed.

Each figure is counted over what waits, never over all that ever was: looking costs as much in an old office as in
a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, func, or_, select

from engine.office.context import Context
from engine.storage import tables

_CASE, _JOB, _MESSAGE, _SIGNAL = tables.case.c, tables.job.c, tables.message.c, tables.signal.c


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many there are of something that waits."""

    count: int
    #: Seconds that the first of them has waited; 0 where there is none.
    seconds: float


@dataclass(frozen=True, slots=True)
class Vitals:
    """What waits in an office at one moment."""

    #: Cases with a timer that should have fired by now. Longer than a few seconds: nobody keeps the time.
    due: Waiting
    #: Cases that an incident holds up, since they were received.
    failed: Waiting
    #: Jobs that may be done now and that no worker has fetched, since they were asked for.
    jobs: Waiting
    #: Messages kept for a case that does not wait for them yet, since they were sent.
    messages: Waiting
    #: Signals that have not reached all of their cases, since they were thrown.
    signals: Waiting


class Watchman:
    """Looks at one office."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def on_step(self, told: Callable[[str, float], None]) -> None:
        """Tell of each step from now on that this process commits: its kind, and how many seconds it took."""
        self._context.on_step = told

    def due(self) -> Waiting:
        """Whether timers fire: see `Vitals.due`.

        :raises Unavailable: where the database is away.
        """
        with self._context.database.read() as connection:
            return _due(connection, self._context.now(connection))

    def vitals(self) -> Vitals:
        """What waits now.

        :raises Unavailable: where the database is away.
        """
        with self._context.database.read() as connection:
            now = self._context.now(connection)
            may_be_done = (
                _JOB.status == "open",
                or_(_JOB.due_at.is_(None), _JOB.due_at <= now),
                or_(_JOB.locked_until.is_(None), _JOB.locked_until <= now),
            )
            return Vitals(
                due=_due(connection, now),
                failed=_waiting(connection, now, tables.case, _CASE.received_at, _CASE.status == "failed"),
                jobs=_waiting(connection, now, tables.job, _JOB.created_at, *may_be_done),
                messages=_waiting(connection, now, tables.message, _MESSAGE.sent_at, _MESSAGE.expires_at > now),
                signals=_waiting(connection, now, tables.signal, _SIGNAL.at),
            )


def _due(connection: Connection, now: datetime) -> Waiting:
    return _waiting(connection, now, tables.case, _CASE.wake_at, _CASE.wake_at <= now)


def _waiting(
    connection: Connection,
    now: datetime,
    table: FromClause,
    since: ColumnElement[datetime],
    *those: ColumnElement[bool],
) -> Waiting:
    row = connection.execute(select(func.count(), func.min(since)).select_from(table).where(*those)).one()
    count, first = row
    return Waiting(count, 0.0 if first is None else max(0.0, (now - first).total_seconds()))
