"""The queue between the sweep and the workers: Procrastinate's tables, in a schema of their own.

What lies in the queue is only a hint that a case may have something due. All of it follows from the cases' own
`wake_at`, so nothing is lost with the queue, and a new version of Procrastinate is met by making it anew.
"""

from __future__ import annotations

from importlib.metadata import version

from procrastinate import App, PsycopgConnector
from procrastinate.schema import SchemaManager

from engine.storage import Database, schema

#: PostgreSQL's schema that holds the queue, apart from the office's own tables.
SCHEMA = "procrastinate"

#: Two programs that upgrade at once do so one after the other.
_LOCK = 20030902


def upgrade(database: Database) -> None:
    """Make the queue of this version of Procrastinate; does nothing where it is there already.

    :raises Unavailable: where the database is.
    """
    wanted = version("procrastinate")
    with database.write() as connection:
        schema.wait_for_turn(connection, _LOCK)
        said = f"select obj_description(to_regnamespace('{SCHEMA}'), 'pg_namespace')"
        if connection.exec_driver_sql(said).scalar() == wanted:
            return
        connection.exec_driver_sql(f"drop schema if exists {SCHEMA} cascade")
        connection.exec_driver_sql(f"create schema {SCHEMA}")
        connection.exec_driver_sql(f"set local search_path to {SCHEMA}")
        driver = connection.connection.driver_connection
        assert driver is not None
        # Many statements in one text, which the driver takes only where it looks for no parameters in them.
        driver.execute(SchemaManager.get_schema(), prepare=False)
        connection.exec_driver_sql(f"comment on schema {SCHEMA} is '{wanted}'")


def app(database: Database, connections: int) -> App:
    """Procrastinate on the office's database.

    :param connections: most connections that it may hold.
    """
    connector = PsycopgConnector(
        conninfo=conninfo(database),
        kwargs={"options": f"-c search_path={SCHEMA}"},
        min_size=1,
        max_size=connections,
        timeout=5,
        reconnect_timeout=5,
    )
    return App(connector=connector)


def conninfo(database: Database) -> str:
    """The database's address as PostgreSQL's own library reads it."""
    return database.url.set(drivername="postgresql").render_as_string(hide_password=False)
