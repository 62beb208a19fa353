"""Statements that run at every step: written in SQLAlchemy's language, compiled once, run by the driver.

What SQLAlchemy does anew for each execution (looking the statement up, collecting parameters, setting up a result)
takes some twenty microseconds, ten times what the database itself needs for a row. A `Prepared` does it once for
each kind of database. Columns keep their types: values are converted on the way in and out as everywhere else.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, Dialect, Select, UpdateBase
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from engine.storage import driver

Statement: TypeAlias = Select[Any] | UpdateBase
Convert: TypeAlias = Callable[[Any], Any]

#: Its names are known to the statement alone, and not to who checks types.
_row_type: Any = namedtuple


class Prepared:
    """One statement, whose parameters are its `bindparam`s by name.

    :param statement: with parameters of single values, and every parameter named that is to be given.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._spelled: dict[str, _Spelled] = {}

    def all(self, connection: Connection, parameters: Mapping[str, Any]) -> list[Any]:
        """The rows of a query, as named tuples."""
        spelled = self.spelled(connection)
        found = driver.run(connection, spelled.text, spelled.bound(parameters)).fetchall()
        return [spelled.row(each) for each in found]

    def first(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        """The first row of a query as a named tuple, or None."""
        spelled = self.spelled(connection)
        found = driver.run(connection, spelled.text, spelled.bound(parameters)).fetchone()
        return None if found is None else spelled.row(found)

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """Write; gives how many rows were written."""
        spelled = self.spelled(connection)
        return int(driver.run(connection, spelled.text, spelled.bound(parameters)).rowcount)

    def spelled(self, connection: Connection) -> _Spelled:
        name = connection.dialect.name
        spelled = self._spelled.get(name)
        if spelled is None:
            spelled = self._spelled[name] = _Spelled(self._statement, connection.dialect)
        return spelled


class Writes:
    """What is to be written in one transaction, in this order, when all of it is known.

    Nobody needs to know how many rows each of them wrote.

    :param connection: in a writing transaction.
    """

    __slots__ = ("_connection", "_given")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._given: list[tuple[str, Any]] = []

    def add(self, statement: Prepared, *rows: Mapping[str, Any]) -> None:
        """A statement, once for the parameters of each row."""
        spelled = statement.spelled(self._connection)
        self._given += [(spelled.text, spelled.bound(row)) for row in rows]

    def run(self) -> None:
        """Write all of it.

        :raises DBAPIError: of the first that fails.
        """
        driver.run_all(self._connection, self._given)


class _Spelled:
    """The statement as one kind of database takes it."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.text = compiled.string
        self._by_place = compiled.positional
        names = (compiled.positiontup or ()) if compiled.positional else compiled.params
        self._slots = [(name, _into(compiled.binds[name].type, dialect)) for name in names]
        #: Values that stand in the statement itself.
        self._own = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        columns = statement.exported_columns
        self._make = _row_type("Row", [column.key for column in columns])._make
        self._out_of = [_out_of(column.type, dialect) for column in columns]
        self._plain = not any(self._out_of)

    def bound(self, given: Mapping[str, Any]) -> Any:
        """The parameters as the driver takes them."""
        if self._own:
            given = {**self._own, **given}
        if self._by_place:
            return [given[name] if into is None else into(given[name]) for name, into in self._slots]
        return {name: given[name] if into is None else into(given[name]) for name, into in self._slots}

    def row(self, found: Sequence[Any]) -> Any:
        """A row as the columns' types have it."""
        if self._plain:
            return self._make(found)
        return self._make(
            [value if out is None else out(value) for value, out in zip(found, self._out_of, strict=True)]
        )


def _into(type: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type.dialect_impl(dialect).bind_processor(dialect)


def _out_of(type: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type.dialect_impl(dialect).result_processor(dialect, None)
