"""Rows as they lie in the database, without the conversions that forgive.

Reading a row usually means taking it kindly: an instant may be written in several ways, and whatever is not
zero is true. Who proves a row wants to see the one way in which this program writes it. On the embedded
database texts come as bytes, since a changed byte may leave no text at all; PostgreSQL itself keeps only
values of a column's type.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.sql.elements import ColumnElement

from engine.storage.types import Instant

#: What stands before a text that is stored as a blob.
BLOB = b"\0"


def stored(connection: Connection, key: Column[Any], value: Any) -> Sequence[Row[Any]]:
    """The rows of a column's table in which it has a value, each as it is stored, in the order of the primary key."""
    return connection.execute(_query(key, connection.dialect.name == "sqlite"), {"value": value}).all()


def as_stored(connection: Connection, column: Column[Any], value: Any) -> Any:
    """What `stored` gives for `value` where it was written by this program."""
    if value is None or connection.dialect.name != "sqlite":
        return value
    if isinstance(column.type, Instant):
        value = column.type.process_bind_param(value, connection.dialect)
    return value.encode() if isinstance(value, str) else value


@cache
def _query(key: Column[Any], plain: bool) -> Select[Any]:
    columns = [_plain(column).label(column.name) if plain else column for column in key.table.columns]
    return select(*columns).where(key == bindparam("value")).order_by(*key.table.primary_key)


def _plain(column: Column[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, LargeBinary):
        return column
    if isinstance(column.type, Boolean | Integer) or (column.primary_key and column.type.python_type is int):
        return type_coerce(column, Integer())
    # A text that was stored as a blob has the same bytes and is found by nobody: it must not read the same.
    return case((func.typeof(column) == "blob", literal(BLOB).op("||")(column)), else_=cast(column, LargeBinary()))
