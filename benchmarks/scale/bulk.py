"""Writing rows by the hundred thousand, past everything that keeps a database safe while people work in it.

Only for a database that nobody else has open, and that may be thrown away if this does not come to its end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, DropIndex

from engine.storage import Database

#: Kilobytes of memory for the embedded database while it is filled.
_CACHE_KB = 2_000_000


class Writer(Protocol):
    """Writes rows."""

    def write(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write rows with a value for each column of the table; instants are texts."""


@contextmanager
def writing(database: Database, into: Sequence[Table]) -> Iterator[Writer]:
    """Fill tables, whose indexes are made when all is written."""
    database.close()
    if database.is_embedded:
        assert database.path is not None
        with _Embedded(str(database.path)) as embedded:
            yield from _without_indexes(embedded, into, sqlite.dialect())
    else:
        with _Server(database.url.set(drivername="postgresql").render_as_string(hide_password=False)) as server:
            yield from _without_indexes(server, into, postgresql.dialect())


def _without_indexes(writer: Any, into: Sequence[Table], dialect: Any) -> Iterator[Writer]:
    indexes = [index for table in into for index in table.indexes]
    for index in indexes:
        writer.run(str(DropIndex(index).compile(dialect=dialect)))
    yield writer
    writer.ended(into)
    for index in indexes:
        writer.run(str(CreateIndex(index).compile(dialect=dialect)))


class _Embedded:
    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in (
            "journal_mode = off",
            "synchronous = off",
            f"cache_size = -{_CACHE_KB}",
            "locking_mode = exclusive",
        ):
            self.run(f"pragma {pragma}")
        self.run("begin")

    def __enter__(self) -> _Embedded:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def run(self, statement: str) -> None:
        self._connection.execute(statement)

    def write(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        marks = ", ".join("?" for _ in table.columns)
        self._connection.executemany(f"insert into {table.name} ({names}) values ({marks})", rows)

    def ended(self, _into: Sequence[Table]) -> None:
        self.run("commit")
        self.run("pragma temp_store = memory")


class _Server:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        # Triggers are what checks that rows refer to each other.
        for setting in (
            "session_replication_role = replica",
            "synchronous_commit = off",
            "maintenance_work_mem = '1GB'",
        ):
            self.run(f"set {setting}")

    def __enter__(self) -> _Server:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def run(self, statement: Any) -> None:
        self._connection.execute(statement)

    def write(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        statement: Any = f"copy {table.name} ({names}) from stdin"
        with self._connection.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def ended(self, into: Sequence[Table]) -> None:
        for table in into:
            key = list(table.primary_key)
            if len(key) == 1 and key[0].autoincrement is True:
                self.run(
                    f"select setval(pg_get_serial_sequence('{table.name}', '{key[0].name}'), max({key[0].name})) "
                    f"from {table.name}"
                )
            self.run(f"vacuum analyze {table.name}")
