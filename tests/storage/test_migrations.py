"""The migrations lead to the tables that the program works with."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from engine.storage import Database
from engine.storage.tables import metadata


def test_an_empty_database_becomes_what_the_program_expects(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert not database.is_current()
    database.upgrade()
    assert database.is_current()

    with database.read() as connection:
        ours = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, parents: kind != "table" or name in metadata.tables}
        )
        assert compare_metadata(ours, metadata) == []
    database.upgrade()
    database.close()
