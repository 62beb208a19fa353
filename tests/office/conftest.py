"""A bare database of either kind: tables, and nothing in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.storage import Database, tables
from tests.conftest import database_of_its_own


@pytest.fixture(scope="session")
def bare_postgres(postgres: str) -> Iterator[Database]:
    """A database on the server that the tests empty rather than make anew, which would take them long."""
    with database_of_its_own(postgres, "template0") as url:
        database = Database(url)
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
