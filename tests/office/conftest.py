"""A bare database of either kind: tables, and nothing in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from engine.storage import Database, tables


@pytest.fixture(scope="session")
def bare_postgres(postgres: str) -> Iterator[Database]:
    """A database on the server that the tests empty rather than make anew, which would take them long."""
    server = make_url(postgres)
    name = f"bare_{os.urandom(4).hex()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
    admin.dispose()
    database = Database(server.set(database=name).render_as_string(hide_password=False))
    database.create(tables.metadata)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    if request.param == "postgres":
        shared: Database = request.getfixturevalue("bare_postgres")
        with shared.write() as connection:
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(table.delete())
        yield shared
        return
    embedded = Database(f"sqlite:///{tmp_path}/bare.db")
    embedded.create(tables.metadata)
    yield embedded
    embedded.close()
