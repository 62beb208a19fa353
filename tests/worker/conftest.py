"""An office on a PostgreSQL server of its own, whose cases wait for a minute, and workers as processes."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import Unavailable
from engine.storage import tables
from tests.conftest import database_of_its_own
from tests.office.at_work import applicant
from tests.programs import Program

HERE = Path(__file__).parent


class PastClock:
    """A clock that is late by as much as a test wants."""

    late = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) - self.late


class Waiting:
    """The office, with workers beside it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.clock = PastClock()
        keyring = f"sqlite:///{folder}/keyring.db"
        self.office = Office(url, keyring=keyring, clock=self.clock)
        self.office.upgrade()
        designer = self.office.people.person("designer")
        model = HERE / "waits.bpmn"
        self.office.definitions.deploy([SourceFile(name=model.name, content=model.read_bytes())], by=designer)
        self.office.catalogue.import_matters((HERE / "matters.csv").read_text(encoding="utf-8"))
        self.clerk, self.auditor = self.office.people.person("clerk"), self.office.people.person("auditor")
        self._environment = {
            **os.environ,
            "YICHUANG_DATABASE_URL": url,
            "YICHUANG_KEYRING_URL": keyring,
            "YICHUANG_LOG_LEVEL": "warning",
        }
        self._workers: list[Program] = []

    def accept(self, count: int, *, seconds_left: float) -> list[str]:
        """Cases whose minute is over in `seconds_left` seconds, or was over before."""
        self.clock.late = timedelta(seconds=60 - seconds_left)
        try:
            given = applicant()
            return [
                self.office.cases.start("9900101009", given, {}, by=self.clerk, window="H01")["number"]
                for _ in range(count)
            ]
        finally:
            self.clock.late = timedelta()

    def start_worker(self, **settings: str) -> Program:
        environment, log = self._environment | settings, self.folder / "worker.log"
        worker = Program(["worker"], folder=self.folder, environment=environment, log=log)
        self._workers.append(worker)
        return worker

    def asked(self, question: str) -> int:
        """What the database answers with one number."""
        with self.office.database.engine.connect() as connection:
            return int(connection.exec_driver_sql(question).scalar_one())

    def fired(self, numbers: list[str]) -> Counter[str]:
        """How often the timer of each case has fired, by its history."""
        found: Counter[str] = Counter()
        for number in numbers:
            entries = self.office.history.entries(number, by=self.auditor)["items"]
            found[number] = sum(entry["kind"] == "timer.fired" for entry in entries)
        return found

    def ended(self) -> int:
        """How many cases have ended: asked cheaply, since it is asked often."""
        ended = select(func.count()).select_from(tables.case).where(tables.case.c.status == "completed")
        with self.office.database.read() as connection:
            return connection.execute(ended).scalar_one()

    def wait_until_ended(self, count: int, seconds: float = 300) -> None:
        given_up = time.monotonic() + seconds
        while time.monotonic() < given_up:
            try:
                if self.ended() >= count:
                    return
            except Unavailable:
                pass
            time.sleep(0.1)
        raise AssertionError(f"only {self.ended()} of {count} have ended:\n{(self.folder / 'worker.log').read_text()}")

    def close(self) -> None:
        for worker in self._workers:
            worker.kill()
        self.office.close()


@pytest.fixture
def waiting(postgres: str, postgres_template: str, tmp_path: Path) -> Iterator[Waiting]:
    """The office on a database of its own."""
    with database_of_its_own(postgres, postgres_template) as url:
        made = Waiting(url, tmp_path)
        yield made
        made.close()
