"""Rows as they lie in the database, without the conversions that forgive.

Reading a row usually means taking it kindly: an instant may be written in several ways, and whatever is not
zero is true. Who proves a row wants to see the one way in which this program writes it. On the embedded
database texts come as bytes, since a changed byte may leave no text at all; PostgreSQL itself keeps only
values of a column's type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Row,
    Select,
    Table,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.sql.elements import ColumnElement

from engine.instants import instant
from engine.storage.types import Instant

#: What stands before a text that is stored as a blob.
BLOB = b"\0"


def stored(connection: Connection, key: Column[Any], value: Any) -> Sequence[Row[Any]]:
    """The rows of a column's table in which it has a value, each as it is stored, in the order of the primary key."""
    return connection.execute(_query(key, connection.dialect.name == "sqlite"), {"value": value}).all()


def all_stored(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    """Every row of a table as it is stored, in the order of the primary key, in memory that does not grow with it."""
    query = select(*_columns(table, connection.dialect.name == "sqlite")).order_by(*table.primary_key)
    yield from connection.execute(query.execution_options(yield_per=1000))


def lying(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    """A column as `stored` gives it, for a query of one's own."""
    return _plain(column).label(column.name) if connection.dialect.name == "sqlite" else column


def holding(connection: Connection, column: Column[Any], part: bytes) -> ColumnElement[bool]:
    """Whether the bytes of a column have some bytes in them, for a query of one's own."""
    if connection.dialect.name == "sqlite":
        return func.instr(column, literal(part, LargeBinary())) > 0
    # bytea knows LIKE, whose pattern takes these three bytes for more than themselves.
    for special in (b"\\", b"%", b"_"):
        part = part.replace(special, b"\\" + special)
    return column.op("LIKE", is_comparison=True)(literal(b"%" + part + b"%", LargeBinary()))


def text_of(value: Any) -> str:
    """A text as it is stored; what is no text any more becomes one that nothing equals."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def instant_of(value: Any) -> datetime | None:
    """An instant as it is stored, or None where it is not in the form in which instants are written."""
    if isinstance(value, datetime):
        return value
    try:
        at = datetime.fromisoformat(value.decode())
        return at if instant(at) == value.decode() else None
    except (ValueError, AttributeError):
        return None


def as_stored(connection: Connection, column: Column[Any], value: Any) -> Any:
    """What `stored` gives for `value` where it was written by this program."""
    if value is None or connection.dialect.name != "sqlite":
        return value
    if isinstance(column.type, Instant):
        value = instant(value)
    return value.encode() if isinstance(value, str) else value


@cache
def _query(key: Column[Any], plain: bool) -> Select[Any]:
    return select(*_columns(key.table, plain)).where(key == bindparam("value")).order_by(*key.table.primary_key)


def _columns(table: Any, plain: bool) -> list[ColumnElement[Any]]:
    return [_plain(column).label(column.name) if plain else column for column in table.columns]


def _plain(column: Column[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, LargeBinary):
        return column
    if isinstance(column.type, Boolean | Integer) or (column.primary_key and column.type.python_type is int):
        return type_coerce(column, Integer())
    # A text that was stored as a blob has the same bytes and is found by nobody: it must not read the same.
    return case((func.typeof(column) == "blob", literal(BLOB).op("||")(column)), else_=cast(column, LargeBinary()))
