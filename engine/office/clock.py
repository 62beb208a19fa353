"""What time it is in the office."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection, bindparam, select

from engine.errors import Forbidden, Invalid
from engine.history.kinds import ActKind
from engine.office.ledger import OFFICE, SHELL, append
from engine.storage import Database, tables
from engine.storage.prepared import Prepared
from engine.storage.upsert import insert_or_update

#: Settings of a demonstration office: that it is one, and how far its clock was put forward, in seconds.
DEMONSTRATION, OFFSET = "demonstration", "clock_offset"

#: How far ahead a demonstration office's clock may be put: what a test of a deadline may want, and no slip of the pen.
FURTHEST = timedelta(days=366 * 200)

_SETTING = Prepared(select(tables.setting.c.value).where(tables.setting.c.name == bindparam("name")))


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> datetime:
        """The present instant, aware."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)


class OfficeClock:
    """The clock that all processes of one office obey.

    A demonstration office's clock can be put forward, for good, which is kept in the database; any other
    office has the time of its machines.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        #: None until it was asked.
        self._demonstration: bool | None = None

    def now(self) -> datetime:
        """The present instant, aware."""
        if self._demonstration is False:
            return self._machine()
        with self._database.read() as connection:
            return self.read(connection)

    def read(self, connection: Connection) -> datetime:
        """The present instant, on a connection that is open anyway."""
        if not self.is_demonstration(connection):
            return self._machine()
        return self._machine() + self._offset(connection)

    def is_demonstration(self, connection: Connection) -> bool:
        """Whether this is a demonstration office."""
        if self._demonstration is None:
            self._demonstration = _setting(connection, DEMONSTRATION) is True
        return self._demonstration

    def forget(self) -> None:
        """Ask again whether this is a demonstration office: it has just become one."""
        self._demonstration = None

    def mark_demonstration(self, connection: Connection) -> None:
        """Make this a demonstration office, in a writing transaction."""
        set_setting(connection, DEMONSTRATION, True, self.read(connection))
        self.forget()

    def advance(self, to: datetime) -> None:
        """Put the clock of a demonstration office forward.

        :raises Forbidden: elsewhere.
        :raises Invalid: where the clock would go back.
        """
        with self._database.write() as connection:
            if not self.is_demonstration(connection):
                raise Forbidden("Only the clock of a demonstration office can be put forward.")
            offset = to - self._machine()
            if offset > FURTHEST:
                raise Invalid(f"The clock goes at most {FURTHEST.days} days ahead of the machine's: it cannot go back.")
            if offset < self._offset(connection):
                raise Invalid(f"The clock only goes forward: it is {self.read(connection).isoformat()} already.")
            set_setting(connection, OFFSET, offset.total_seconds(), to)

    def _machine(self) -> datetime:
        # Instants are recorded in UTC: one in another zone would be asked of the calendar in other words in a replay.
        return self._clock.now().astimezone(UTC)

    def _offset(self, connection: Connection) -> timedelta:
        return timedelta(seconds=_setting(connection, OFFSET) or 0)


def set_setting(connection: Connection, name: str, value: Any, at: datetime) -> None:
    """Set a setting of the office, and tell it in the office's chain."""
    text = orjson.dumps(value).decode()
    statement = insert_or_update(connection, tables.setting).values(name=name, value=text)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": text}))
    append(connection, OFFICE, at, SHELL, ActKind.SETTING_CHANGED, {"name": name, "value": value})


def _setting(connection: Connection, name: str) -> Any:
    stored = _SETTING.first(connection, {"name": name})
    return orjson.loads(stored.value) if stored is not None else None
