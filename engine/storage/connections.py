"""Connections that stay open between two uses.

SQLAlchemy's pool keeps the driver's connections and makes a `Connection` around one for every use, with a reset
before and after: tens of microseconds, several times a step. Here the `Connection` itself is kept. It is left as
it was taken, outside any transaction; one that cannot be brought there is closed.
"""

from __future__ import annotations

import select
import time
from collections import deque
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from engine.errors import Unavailable
from engine.storage import driver

#: Seconds that one waits until another gives a connection back.
PATIENCE = 10.0

#: Seconds of rest after which a connection to a server is asked whether it is still there before it is used.
TRUSTED = 30.0


class Connections:
    """The open connections of one database.

    :param engine: opens them; its own pool keeps none.
    :param most: how many may be in use at a time.
    :param remote: whether a server can end them meanwhile.
    """

    def __init__(self, engine: Engine, *, most: int, remote: bool) -> None:
        self._engine = engine
        self._remote = remote
        self._most = most
        # One thing in it for each connection that may still be taken: a semaphore, as fast as the interpreter has one.
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(most):
            self._free.put(None)
        # The one used last is used next, so that few stay in use where few are needed.
        self._idle: deque[tuple[Connection, float]] = deque()
        self._closed = False

    def take(self) -> Connection:
        """A connection outside any transaction, for the caller alone until it is given back.

        :raises Unavailable: where too many are in use.
        """
        try:
            self._free.get(timeout=PATIENCE)
        except Empty:
            told = f"The database is not available: all connections were in use for {PATIENCE:.0f} seconds."
            raise Unavailable(told) from None
        try:
            return self._kept() or self._engine.connect()
        except BaseException:
            self._free.put(None)
            raise

    def give_back(self, connection: Connection, *, committed: bool = False) -> None:
        """Leave a connection for the next; what was not committed on it is undone.

        :param committed: whether all of it was.
        """
        try:
            if self._closed or not (committed or _rolled_back(connection)):
                connection.close()
            else:
                self._idle.append((connection, time.monotonic()))
        finally:
            self._free.put(None)

    @property
    def used(self) -> int:
        """How many are in use at this moment."""
        return self._most - self._free.qsize()

    def close(self) -> None:
        """Close those that are idle; the others are closed when they are given back."""
        self._closed = True
        while self._idle:
            self._idle.pop()[0].close()

    def _kept(self) -> Connection | None:
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            if not self._remote or _is_quiet(connection, since) or _answers(connection):
                return connection
            connection.invalidate()
            connection.close()


def _is_quiet(connection: Connection, since: float) -> bool:
    """Whether it has rested for a short time and nothing has come meanwhile: a server that ends it says so."""
    raw: Any = connection.connection.driver_connection
    if raw.closed or time.monotonic() - since > TRUSTED:
        return False
    waiting = select.poll()
    waiting.register(raw, select.POLLIN)
    return not waiting.poll(0)


def _answers(connection: Connection) -> bool:
    dialect, raw = connection.dialect, connection.connection.dbapi_connection
    assert raw is not None
    try:
        return dialect.do_ping(raw)
    except dialect.loaded_dbapi.Error:
        return False


def _rolled_back(connection: Connection) -> bool:
    if connection.invalidated:
        return False
    try:
        driver.roll_back(connection)
    except DBAPIError:
        return False
    return True
