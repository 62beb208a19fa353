"""A condition that is looked at in the rows which others find, and leads to none by an index of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Beside(FunctionElement[Any]):
    name = "beside"
    inherit_cache = True


def beside(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column as it is, through which SQLite takes no index (https://sqlite.org/optoverview.html, WHERE clause).

    SQLite does not know how many rows have which value, and of two indexes takes either. PostgreSQL knows.
    """
    element = _Beside(column)
    element.type = column.type
    return element


@compiles(_Beside)
def _as_it_is(element: _Beside, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_Beside, "sqlite")
def _without_index(element: _Beside, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"
