"""`insert … on conflict`, which both databases have and SQLAlchemy spells twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_update(connection: Connection, table: Table) -> Any:
    """An insert into `table` that takes SQLAlchemy's ``on_conflict_do_…`` on either database."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
