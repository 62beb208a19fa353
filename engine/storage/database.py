"""One database: opening it, reading a consistent picture of it, writing one transaction."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, NullPool, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from engine.errors import Unavailable
from engine.storage import driver, points, schema, turns
from engine.storage.connections import Connections
from engine.storage.statements import COMPILED

#: Milliseconds that one waits for what another holds: a writer on the embedded database, a lock on PostgreSQL.
BUSY_TIMEOUT_MS = 10_000


@dataclass(frozen=True)
class _Mode:
    """What a connection is taken for."""

    #: How its transaction begins on the embedded database; None where every statement is one of its own.
    begin: str | None
    #: PostgreSQL's isolation level; None for the server's own.
    isolation: str | None
    #: Whether its work is committed.
    keeps: bool = False


_READ = _Mode("begin", "REPEATABLE READ")
_GLANCE = _Mode(None, "AUTOCOMMIT")
_WRITE = _Mode("begin immediate", None, keeps=True)


class Database:
    """A SQLite file or a PostgreSQL database.

    On SQLite every commit is durable when it returns (WAL, ``synchronous=FULL``), and a writing transaction
    takes the write lock when it begins, so that it never fails half-way for want of it.

    :raises Unavailable: wherever the database cannot be reached or stays locked.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_embedded = self.url.get_backend_name() == "sqlite"
        arguments: dict[str, Any] = {}
        if self.is_embedded:
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            arguments = {"connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000}}
        options = {"compiled_cache": COMPILED}
        self.engine: Engine = create_engine(self.url, poolclass=NullPool, execution_options=options, **arguments)
        self._connections = Connections(self.engine, most=40 if self.is_embedded else 20, remote=not self.is_embedded)
        path = self.path
        self._turns = None if path is None else turns.Turns(path)
        event.listen(self.engine, "connect", _set_pragmas if self.is_embedded else _set_patience)

    def read(self) -> AbstractContextManager[Connection]:
        """A connection that sees the database as it was at one moment."""
        return _Use(self._connections, self.is_embedded, _READ)

    def glance(self) -> AbstractContextManager[Connection]:
        """A connection for queries that need no transaction: each sees the database as it is at its moment."""
        return _Use(self._connections, self.is_embedded, _GLANCE)

    def write(self) -> AbstractContextManager[Connection]:
        """A connection whose work is committed when the block ends, or undone when it raises."""
        return _Use(self._connections, self.is_embedded, _WRITE, self._turns)

    def upgrade(self) -> None:
        """Bring the schema to this version of the program; does nothing where it is there already."""
        self.protect()
        with self.write() as connection:
            schema.migrate(connection)

    def is_current(self) -> bool:
        """Whether the schema is that of this version of the program."""
        with self.read() as connection:
            return schema.current(connection) == schema.head()

    def create(self, metadata: MetaData) -> None:
        """Create the tables of `metadata` that are missing."""
        self.protect()
        with self.write() as connection:
            metadata.create_all(connection)

    def protect(self) -> None:
        """Let nobody but its owner read the embedded database's file, which is made where it is not there."""
        if (path := self.path) is not None:
            # Never opened where it is there: closing it would drop every lock that this process holds on it (POSIX),
            # and whoever else closes the file next would take the log away that we go on writing to (SQLite, "How
            # To Corrupt", 2.2).
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            # SQLite gives the files beside it the same rights when it makes them.
            for each in (path, *self.beside):
                with suppress(FileNotFoundError):
                    each.chmod(0o600)

    @property
    def connections(self) -> int:
        """How many connections of this process are in use at this moment."""
        return self._connections.used

    @property
    def path(self) -> Path | None:
        """The file of an embedded database."""
        name = self.url.database
        return Path(name) if self.is_embedded and name and name != ":memory:" else None

    @property
    def beside(self) -> list[Path]:
        """The files beside an embedded database: two that SQLite keeps while it is open, or after a crash, and two at
        which those who write wait for their turn."""
        path = self.path
        return [] if path is None else [path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm", *turns.ENDINGS)]

    def close(self) -> None:
        """Let go of every connection."""
        self._connections.close()
        if self._turns is not None:
            self._turns.close()


class _Use:
    """A connection while a block runs. A class, since a step opens several and a generator takes twice the time."""

    __slots__ = ("_connection", "_connections", "_embedded", "_mode", "_turns")

    def __init__(self, connections: Connections, embedded: bool, mode: _Mode, turn: turns.Turns | None = None) -> None:
        self._connections = connections
        self._embedded = embedded
        self._mode = mode
        self._turns = turn

    def __enter__(self) -> Connection:
        if self._turns is None:
            return self._begun()
        self._turns.wait(BUSY_TIMEOUT_MS / 1000)
        try:
            return self._begun()
        except BaseException:
            self._turns.give_up()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            self._end(kind, error)
        finally:
            if self._turns is not None:
                self._turns.give_up()

    def _begun(self) -> Connection:
        try:
            connection = self._connection = self._connections.take()
            try:
                if not self._embedded:
                    driver.isolate(connection, self._mode.isolation)
                elif self._mode.begin is not None:
                    driver.run(connection, self._mode.begin)
            except BaseException:
                self._connections.give_back(connection)
                raise
        except DBAPIError as error:
            _raise_unavailable(error)
            raise
        return connection

    def _end(self, kind: type[BaseException] | None, error: BaseException | None) -> None:
        committed = False
        try:
            try:
                if kind is None and self._mode.keeps:
                    points.reached(points.COMMIT)
                    driver.commit(self._connection)
                    points.reached(points.COMMITTED)
                    committed = True
            finally:
                self._connections.give_back(self._connection, committed=committed)
        except DBAPIError as failed:
            _raise_unavailable(failed)
            raise
        if isinstance(error, DBAPIError):
            _raise_unavailable(error)


def _raise_unavailable(error: DBAPIError) -> None:
    """Tell an error as what it means to the office, where it means that the database cannot be reached.

    :raises Unavailable: then.
    """
    if isinstance(error, OperationalError):
        raise Unavailable(f"The database is not available: {_cause(error)}") from error
    if error.connection_invalidated:
        raise Unavailable("The connection to the database was lost.") from error


def _cause(error: OperationalError) -> str:
    # Never the statement with its parameters: they may be personal.
    return str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__


def _set_pragmas(connection: Any, _record: Any) -> None:
    # Transactions are begun by `Database`, not by the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("pragma journal_mode = wal")
    cursor.execute("pragma synchronous = full")
    cursor.execute("pragma foreign_keys = on")
    cursor.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()


def _set_patience(connection: Any, _record: Any) -> None:
    # For the session: what is set in a transaction that is undone would be undone with it.
    connection.execute(f"set lock_timeout = {BUSY_TIMEOUT_MS}")
    connection.commit()
