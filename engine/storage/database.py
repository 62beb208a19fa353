"""One database: opening it, reading a consistent picture of it, writing one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from engine.errors import Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

#: Milliseconds that a writer waits for another one on the embedded database.
BUSY_TIMEOUT_MS = 10_000

_WRITE = "yichuang_write"
_GLANCE = "yichuang_glance"


class Database:
    """A SQLite file or a PostgreSQL database.

    On SQLite every commit is durable when it returns (WAL, ``synchronous=FULL``), and a writing transaction
    takes the write lock when it begins, so that it never fails half-way for want of it.

    :raises Unavailable: wherever the database cannot be reached or stays locked.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.is_embedded = parsed.get_backend_name() == "sqlite"
        arguments: dict[str, Any] = {}
        if self.is_embedded:
            if parsed.database and parsed.database != ":memory:":
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            arguments = {"connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000}, "pool_size": 40, "max_overflow": 0}
        else:
            arguments = {"pool_size": 20, "max_overflow": 0, "pool_pre_ping": True}
        self.url = parsed
        self.engine: Engine = create_engine(parsed, pool_timeout=10, **arguments)
        if self.is_embedded:
            event.listen(self.engine, "connect", _set_pragmas)
            event.listen(self.engine, "begin", _begin)
            self._readers: Engine = self.engine
            self._writers: Engine = self.engine.execution_options(**{_WRITE: True})
            self._glances: Engine = self.engine.execution_options(**{_GLANCE: True})
        else:
            self._readers = self.engine.execution_options(isolation_level="REPEATABLE READ")
            self._writers = self._glances = self.engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees the database as it was at one moment."""
        with _speaking_plainly(), self._readers.connect() as connection:
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """A connection for one query, which needs no transaction to see the database at one moment."""
        with _speaking_plainly(), self._glances.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose work is committed when the block ends, or undone when it raises."""
        with _speaking_plainly(), self._writers.begin() as connection:
            yield connection

    def upgrade(self) -> None:
        """Bring the schema to this version of the program; does nothing where it is there already."""
        from alembic import command

        config = _alembic()
        with _speaking_plainly(), self.engine.begin() as connection:
            if not self.is_embedded:
                # Two servers that start at once migrate one after the other.
                connection.exec_driver_sql("select pg_advisory_xact_lock(20030901)")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def is_current(self) -> bool:
        """Whether the schema is that of this version of the program."""
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        with self.read() as connection:
            there = MigrationContext.configure(connection).get_current_revision()
        return there == ScriptDirectory.from_config(_alembic()).get_current_head()

    def create(self, metadata: MetaData) -> None:
        """Create the tables of `metadata` that are missing."""
        with _speaking_plainly(), self._writers.begin() as connection:
            metadata.create_all(connection)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _speaking_plainly() -> Iterator[None]:
    """Turn a lost, locked or full database into `Unavailable`; leave broken constraints to the caller."""
    try:
        yield
    except IntegrityError:
        raise
    except (OperationalError, PoolTimeoutError) as error:
        raise Unavailable(f"The database is not available: {_cause(error)}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("The connection to the database was lost.") from error
        raise


def _cause(error: OperationalError | PoolTimeoutError) -> str:
    # Never the statement with its parameters: they may be personal.
    origin = error.orig if isinstance(error, OperationalError) else error
    return str(origin).splitlines()[0] if str(origin) else type(origin).__name__


def _set_pragmas(connection: Any, _record: Any) -> None:
    # Transactions are begun by `_begin`, not by the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("pragma journal_mode = wal")
    cursor.execute("pragma synchronous = full")
    cursor.execute("pragma foreign_keys = on")
    cursor.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if _WRITE in options:
        connection.exec_driver_sql("begin immediate")
    elif _GLANCE not in options:
        # Takes no lock, so nothing can go wrong that would have to be told in the library's words.
        connection.connection.cursor().execute("begin")
