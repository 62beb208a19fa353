"""What every transaction can rely on."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from engine.errors import Unavailable
from engine.storage import Database, driver, tables


@pytest.fixture
def database(empty_database_url: str):
    opened = Database(empty_database_url)
    opened.upgrade()
    yield opened
    opened.close()


def _write(database: Database, name: str, *, fail: bool = False) -> None:
    with database.write() as connection:
        connection.execute(insert(tables.setting).values(name=name, value="1"))
        if fail:
            raise ValueError("half-way")


def _names(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(tables.setting.c.name)).scalars())


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(ValueError, match="half-way"):
        _write(database, "a", fail=True)
    _write(database, "b")
    assert _names(database) == {"b"}


def test_a_reader_sees_the_database_as_it_was_at_one_moment(database: Database) -> None:
    _write(database, "a")
    with database.read() as connection:
        before = set(connection.execute(select(tables.setting.c.name)).scalars())
        writer = threading.Thread(target=_write, args=(database, "b"))
        writer.start()
        writer.join()
        assert set(connection.execute(select(tables.setting.c.name)).scalars()) == before == {"a"}
    assert _names(database) == {"a", "b"}


def test_a_glance_sees_each_moment_and_holds_none(database: Database) -> None:
    _write(database, "a")
    with database.glance() as connection:
        assert connection.execute(select(tables.setting.c.name)).scalars().all() == ["a"]
        assert not driver.sees_one_moment(connection)
        writer = threading.Thread(target=_write, args=(database, "b"))
        writer.start()
        writer.join()
        assert set(connection.execute(select(tables.setting.c.name)).scalars()) == {"a", "b"}
        if not database.is_embedded:
            own = connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
            with database.read() as other:
                said = f"select state from pg_stat_activity where pid = {own}"
                assert other.exec_driver_sql(said).scalar_one() == "idle", "a transaction costs two journeys more"
    with database.read() as connection:
        assert driver.sees_one_moment(connection)


def test_the_embedded_database_is_durable_on_commit(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path}/office.db")
    with database.read() as connection:
        assert connection.exec_driver_sql("pragma synchronous").scalar() == 2, "FULL"
        assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("pragma foreign_keys").scalar() == 1
    database.close()


def test_a_database_that_is_away_is_said_to_be_unavailable() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2")
    with pytest.raises(Unavailable), database.read():
        pass
    database.close()


def test_protecting_a_file_that_is_in_use_loses_nothing(tmp_path: Path) -> None:
    """What is written after it is seen by others, although others have closed the file meanwhile."""
    path = tmp_path / "used.db"
    used = Database(f"sqlite:///{path}")
    used.protect()
    look = (
        "import sqlite3, sys; held = sqlite3.connect(sys.argv[1]); "
        "print(*(row[0] for row in held.execute('select n from t')))"
    )

    def seen_by_others() -> str:
        return subprocess.run([sys.executable, "-c", look, path], capture_output=True, text=True, check=True).stdout

    with used.write() as connection:
        connection.exec_driver_sql("create table t (n)")
    another = Database(f"sqlite:///{path}")
    another.protect()
    assert seen_by_others().split() == []
    with used.write() as connection:
        connection.exec_driver_sql("insert into t values (7)")
    assert seen_by_others().split() == ["7"]
    used.close()
