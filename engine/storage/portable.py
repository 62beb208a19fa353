"""Rows as text that either kind of database takes: a JSON array a line, written by the columns' types.

A row is written by what it means and not by how it lies in a database: an instant is RFC 3339 in UTC, bytes are
base64. A `Shape` goes with the rows, so that they can be read by a program whose tables have become others since.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Self

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.types import TypeEngine

from engine.instants import instant
from engine.storage.types import Instant

#: Rows that are read or written at once.
_BATCH = 500

#: The types that a column of a shape can have, and those of the tables.
_TYPES: dict[str, tuple[type[TypeEngine[Any]], ...]] = {
    "instant": (Instant,),
    "boolean": (Boolean,),
    "integer": (BigInteger, Integer),
    "bytes": (LargeBinary,),
    "text": (Text, String),
}


class BadRows(ValueError):
    """Rows that cannot be written, or are not what a shape says."""


@dataclass(frozen=True)
class Shape:
    """What the rows of a table look like."""

    table: str
    #: Name and type of each column, in the order of the values in a line.
    columns: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, table: Table) -> Self:
        """The shape of a table's rows."""
        return cls(table.name, tuple((column.name, _name_of(column)) for column in table.columns))

    def table_in(self, metadata: MetaData) -> Table:
        """A table as far as rows are written into it."""
        return Table(self.table, metadata, *(Column(name, _TYPES[type][0]()) for name, type in self.columns))


def written(connection: Connection, table: Table) -> Iterator[bytes]:
    """The rows of a table as lines, in the order of its primary key, in memory that does not grow with them.

    :raises BadRows: where a row cannot be read as what its columns are.
    """
    shape = Shape.of(table)
    writers = [_WRITERS.get(type) for _, type in shape.columns]
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=_BATCH)
    try:
        for row in connection.execute(query):
            yield orjson.dumps(
                [
                    value if value is None or writer is None else writer(value)
                    for value, writer in zip(row, writers, strict=True)
                ]
            )
    except (ValueError, TypeError) as error:
        raise BadRows(f"a row of the table {table.name} cannot be read: {error}") from error


def read(shape: Shape, line: bytes) -> dict[str, Any]:
    """A row by its columns' names.

    :raises BadRows: where the line is none.
    """
    try:
        values = orjson.loads(line)
        return {
            name: None if value is None else _READERS[type](value)
            for (name, type), value in zip(shape.columns, values, strict=True)
        }
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadRows(f"a row of the table {shape.table} cannot be read: {error}") from error


def insert_rows(connection: Connection, shape: Shape, rows: Iterable[dict[str, Any]]) -> int:
    """Write rows into an empty table, and let its numbering go on after them. Gives how many they were.

    :raises BadRows: where they do not fit the table, or each other.
    """
    table = shape.table_in(MetaData())
    count = 0
    try:
        ordered = _parents_first(connection, shape.table, rows)
        while some := list(islice(ordered, _BATCH)):
            connection.execute(insert(table), some)
            count += len(some)
        if connection.dialect.name == "postgresql":
            _go_on_numbering(connection, shape)
    except OperationalError:
        raise
    except StatementError as error:
        # Never the parameters: they may be personal.
        told = str(getattr(error, "orig", error)).splitlines()[0]
        raise BadRows(f"the rows of the table {shape.table} do not fit: {told}") from error
    return count


def _parents_first(connection: Connection, table: str, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows so ordered that each comes after the row of the same table to which it refers."""
    own = [key for key in inspect(connection).get_foreign_keys(table) if key["referred_table"] == table]
    if not own:
        yield from rows
        return
    (child,), (parent,) = own[0]["constrained_columns"], own[0]["referred_columns"]
    there: set[Any] = {None}
    waiting = list(rows)
    while waiting:
        ready = [row for row in waiting if row[child] in there]
        rest = [row for row in waiting if row[child] not in there]
        # What waits for nobody who is there is refused by the database.
        yield from ready or rest
        there.update(row[parent] for row in ready)
        waiting = rest if ready else []


def _go_on_numbering(connection: Connection, shape: Shape) -> None:
    for name, type in shape.columns:
        if type == "integer":
            sequence = connection.execute(
                text("select pg_get_serial_sequence(:table, :column)"), {"table": shape.table, "column": name}
            ).scalar()
            if sequence is not None:
                column = Column(name, BigInteger)
                last = connection.execute(select(func.max(column)).select_from(Table(shape.table, MetaData(), column)))
                if (number := last.scalar()) is not None:
                    connection.execute(
                        text("select setval(:sequence, :number)"), {"sequence": sequence, "number": number}
                    )


def _name_of(column: Column[Any]) -> str:
    for name, types in _TYPES.items():
        if isinstance(column.type, types):
            return name
    raise TypeError(f"rows with a {column.type!r} cannot be written: {column}")


def _of_type(kind: type) -> Any:
    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"a {type(value).__name__} where a {kind.__name__} is due")
        return value

    return check


def _instant(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if instant(at) != value:
        raise ValueError("an instant that is not written as this program does")
    return at


_WRITERS: dict[str, Any] = {
    "instant": instant,
    "bytes": lambda value: base64.b64encode(value).decode(),
    "boolean": _of_type(bool),
    "integer": _of_type(int),
    "text": _of_type(str),
}

_READERS: dict[str, Any] = {
    "instant": _instant,
    "bytes": lambda value: base64.b64decode(value, validate=True),
    "boolean": _of_type(bool),
    "integer": _of_type(int),
    "text": _of_type(str),
}
