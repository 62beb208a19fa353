"""Every POST, sent again after the process was killed before and after its commit: one effect, and one answer."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, inspect, make_url

from api import create_app, serving
from engine import Office
from engine.storage import points
from tests.api.calling import Caller
from tests.api.furnishing import furnish_more
from tests.api.test_http_rights import REASON, ROLES, TABLE, Request, example_of, path
from tests.conftest import SetClock, database_of_its_own

Callers = dict[str, Caller]

POSTS = [call for call in TABLE if call.startswith("POST ")]

#: Exit status of a process that was killed at a point.
_KILLED = 77

#: Whose state, as the table of rights has it, bars them: a refusal is repeated as well.
REFUSED = {
    "POST /cases/<number>/report",
    "POST /cases/<number>/return",
    "POST /tasks/<id>/return",
    "POST /tasks/<id>/withdraw",
}

#: Whose repetition goes on with what was not done yet, and says what it did.
GOES_ON = {"POST /cases/retry"}


def failed(callers: Callers) -> Any:
    """A case whose work outside was given up."""
    case = callers["clerk"].start(matter="9900101002")
    (job,) = callers["payments"].post("/jobs/fetch", {"topics": ["pay"], "worker": "w"}).json["items"]
    callers["payments"].post(f"/jobs/{job['id']}/fail", {"worker": "w", "message": "x", "retries": 0})
    return case


def ended(callers: Callers) -> Any:
    case = callers["clerk"].start()
    callers["clerk"].post(f"{path(case)}/withdraw", REASON)
    return case


def rated(callers: Callers) -> Any:
    case = ended(callers)
    callers["nobody"].post(f"/track/{case['number']}/rating", {"code": case["tracking_code"], "level": 1})
    return case


def suspended(callers: Callers) -> Any:
    case = example_of(callers, "")
    callers["clerk"].post(f"{path(case)}/suspend", {**REASON, "ground": "testing"})
    return case


def retired(callers: Callers) -> Any:
    return callers["designer"].post("/definitions/two_steps/versions/1/retire", REASON)


def closed_day(callers: Callers) -> Any:
    return callers["admin"].post("/calendar/days", {"date": "2026-10-09", "kind": "closed", "reason": "台风"})


#: Call → who does it and what there must be first, where the table of rights has no example that is done.
PREPARED: dict[str, tuple[str, Callable[[Callers], Any]]] = {
    "POST /cases/<number>/resume": ("clerk", suspended),
    "POST /cases/<number>/retry": ("leader", failed),
    "POST /cases/retry": ("leader", failed),
    "POST /tasks/complete": ("housing", lambda callers: example_of(callers, "")),
    "POST /cases/<number>/rating/answer": ("clerk", rated),
    "POST /track/<number>/rating": ("nobody", ended),
    "POST /definitions/<key>/versions/<int:n>/retire": ("designer", lambda callers: None),
    "POST /definitions/<key>/versions/<int:n>/reactivate": ("designer", retired),
    "POST /calendar/days/<day>/remove": ("admin", closed_day),
    "POST /jobs/fetch": ("payments", lambda callers: callers["clerk"].start(matter="9900101002")),
}

#: Requests that differ from those of the table of rights.
REQUESTS: dict[str, Request] = {
    "POST /definitions/<key>/versions/<int:n>/retire": lambda c, _: c.post(
        "/definitions/two_steps/versions/1/retire", REASON
    ),
}


def arranged(call: str, callers: Callers) -> tuple[str, Any]:
    """Who makes the call, and what it is about."""
    if call in PREPARED:
        who, prepare = PREPARED[call]
        return who, prepare(callers)
    if call.startswith("POST /jobs/"):
        return "payments", example_of(callers, call)
    statuses = dict(zip(ROLES, TABLE[call][1].split(), strict=True))
    done = [role for role, status in statuses.items() if status.startswith("2")]
    may = [role for role, status in statuses.items() if status == "409"]
    return (done or may)[0], example_of(callers, call)


@dataclass(frozen=True)
class Disk:
    """What is left of a server when it is killed: its files and, where there is one, its database on a server."""

    folder: Path
    url: str

    @contextmanager
    def copied(self, place: Path) -> Iterator[Disk]:
        """A copy of it, whose files lie at `place`."""
        shutil.copytree(self.folder, place)
        of = make_url(self.url)
        if of.get_backend_name() == "sqlite":
            yield Disk(place, f"sqlite:///{place}/office.db")
            return
        server = of.set(database="postgres").render_as_string(hide_password=False)
        with database_of_its_own(server, str(of.database)) as url:
            yield Disk(place, url)


class Machine:
    """A server on a disk; what it has in memory is gone when it is started again."""

    def __init__(self, app: Flask, furnished: Disk) -> None:
        self.furnished = furnished
        self._app = app
        tokens = json.loads((furnished.folder / "tokens.json").read_text())
        self._tokens: dict[str, str | None] = {**tokens, "nobody": None}

    @contextmanager
    def started(self, disk: Disk) -> Iterator[Callers]:
        keyring = f"sqlite:///{disk.folder}/keyring.db"
        office = Office(disk.url, keyring=keyring, clock=SetClock(), materials=disk.folder / "materials")
        serving.serve(self._app, office)
        self._app.config["CHECKPOINTS"] = disk.folder / "checkpoints.jsonl"
        try:
            yield {name: Caller(self._app.test_client(), token) for name, token in self._tokens.items()}
        finally:
            office.close()


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(Office("sqlite://", keyring="sqlite://"), SECRET_KEY="of the tests", MAX_UPLOAD_MB=2)


@pytest.fixture(scope="module")
def embedded(app: Flask, furnished: Path) -> Machine:
    return Machine(app, Disk(furnished, f"sqlite:///{furnished}/office.db"))


@pytest.fixture(scope="module")
def served(
    app: Flask, postgres: str, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("served")
    with database_of_its_own(postgres, postgres_template) as url:
        office = Office(url, keyring=f"sqlite:///{folder}/keyring.db", clock=SetClock())
        office.keyring.upgrade()
        furnish_more(office, folder)
        yield Machine(app, Disk(folder, url))


def sent(request: Request, caller: Caller, example: Any) -> tuple[int, Any]:
    """Send a request under its key; gives the answer."""
    caller.headers["Idempotency-Key"] = "once"
    answer = request(caller, example)
    return answer.status_code, _without_ids(answer.json)


def _without_ids(view: Any) -> Any:
    """An answer without the ids of requests, which are never the same."""
    if isinstance(view, dict):
        return {name: _without_ids(value) for name, value in view.items() if name != "request_id"}
    return [_without_ids(item) for item in view] if isinstance(view, list) else view


def rows(disk: Disk) -> dict[str, int]:
    """How many rows there are of everything, but of who read what."""
    engine = create_engine(disk.url)
    with engine.connect() as connection:
        counted = {name: f"select count(*) from {name}" for name in inspect(connection).get_table_names()}
        counted["act"] += " where chain = 'office'"
        found = {name: connection.exec_driver_sql(query).scalar_one() for name, query in counted.items()}
    engine.dispose()
    return found


def killed_at(point: str, nth: int, act: Callable[[], object]) -> bool:
    """Do something in a process that is killed when it is at a point for the nth time; gives whether it was."""
    child = os.fork()
    if child == 0:
        seen = itertools.count()
        points.observer = lambda at: os._exit(_KILLED) if at == point and next(seen) == nth else None
        try:
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == _KILLED


#: On PostgreSQL a copy of the database takes longer: there all of them are tried where that is asked for.
ON_A_SERVER = [
    call for call in POSTS if "EVERY_KILL" in os.environ or call in {"POST /cases", "POST /tasks/<id>/complete"}
]


@pytest.mark.parametrize("call", POSTS)
def test_killed_and_sent_again(embedded: Machine, tmp_path: Path, call: str) -> None:
    check(embedded, tmp_path, call)


@pytest.mark.parametrize("call", ON_A_SERVER)
def test_killed_before_a_database_server_and_sent_again(served: Machine, tmp_path: Path, call: str) -> None:
    check(served, tmp_path, call)


def check(machine: Machine, folder: Path, call: str) -> None:
    with ExitStack() as disks:
        before = disks.enter_context(machine.furnished.copied(folder / "before"))
        with machine.started(before) as callers:
            who, example = arranged(call, callers)
        request = REQUESTS.get(call, TABLE[call][0])

        undisturbed = disks.enter_context(before.copied(folder / "undisturbed"))
        commits: list[str] = []
        with machine.started(undisturbed) as callers:
            points.observer = commits.append
            try:
                first = sent(request, callers[who], example)
            finally:
                points.observer = None
            again = sent(request, callers[who], example)
        assert (first[0] < 300) == (call not in REFUSED), first
        assert again == first or call in GOES_ON
        expected = rows(undisturbed)

        for point in (points.COMMIT, points.COMMITTED):
            disk = disks.enter_context(before.copied(folder / point))
            nth = random.Random(f"{call} {point}").randrange(commits.count(point))

            def act(disk: Disk = disk) -> None:
                with machine.started(disk) as callers:
                    sent(request, callers[who], example)

            assert killed_at(point, nth, act)
            with machine.started(disk) as callers:
                answers = [sent(request, callers[who], example) for _ in range(2)]
            assert answers[0][0] == first[0]
            assert answers[0] == answers[1] or call in GOES_ON
            assert rows(disk) == expected
