"""The schema of a database: which revision it has, bringing it to another, taking it away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, inspect

from engine.storage.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

#: Alembic's own table.
_REVISION = "alembic_version"

#: Two programs that change the schema of a server's database do so one after the other.
_LOCK = 20030901


def head() -> str:
    """The revision of this version of the program."""
    from alembic.script import ScriptDirectory

    found = ScriptDirectory.from_config(_alembic()).get_current_head()
    assert found is not None
    return found


def is_known(revision: str) -> bool:
    """Whether this version of the program has a way from that revision to its own."""
    from alembic.script import ScriptDirectory

    return revision in {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def current(connection: Connection) -> str | None:
    """The revision of a database; None where it has none of our tables."""
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the schema up to a revision, in the transaction that is open."""
    from alembic import command

    if connection.dialect.name == "postgresql":
        wait_for_turn(connection, _LOCK)
    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def wait_for_turn(connection: Connection, lock: int) -> None:
    """Wait, however long, until no other upgrade holds this advisory lock of PostgreSQL; hold it until the transaction
    ends."""
    connection.exec_driver_sql("set local lock_timeout = 0")
    connection.exec_driver_sql(f"select pg_advisory_xact_lock({lock})")


def drop(connection: Connection) -> None:
    """Take every table of ours away, with all that is in them, in the transaction that is open."""
    ours = {*metadata.tables, _REVISION} & set(inspect(connection).get_table_names())
    there = MetaData()
    there.reflect(connection, only=sorted(ours))
    there.drop_all(connection)


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
