"""Every POST, sent again after the process was killed before and after its commit: one effect, and one answer."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api import create_app, serving
from engine import Office
from engine.storage import points
from tests.api.calling import Caller
from tests.api.test_http_rights import REASON, ROLES, TABLE, Request, example_of, path
from tests.conftest import SetClock

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


class Machine:
    """A server whose disk is a folder; what it has in memory is gone when it is started again."""

    def __init__(self, app: Flask, tokens: dict[str, str | None]) -> None:
        self._app = app
        self._tokens = tokens

    @contextmanager
    def started(self, folder: Path) -> Iterator[Callers]:
        office = Office(
            f"sqlite:///{folder}/office.db",
            keyring=f"sqlite:///{folder}/keyring.db",
            clock=SetClock(),
            materials=folder / "materials",
        )
        serving.serve(self._app, office)
        self._app.config["CHECKPOINTS"] = folder / "checkpoints.jsonl"
        try:
            yield {name: Caller(self._app.test_client(), token) for name, token in self._tokens.items()}
        finally:
            office.close()


@pytest.fixture(scope="module")
def machine(furnished: Path) -> Machine:
    app = create_app(Office("sqlite://", keyring="sqlite://"), SECRET_KEY="of the tests", MAX_UPLOAD_MB=2)
    return Machine(app, {**json.loads((furnished / "tokens.json").read_text()), "nobody": None})


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


def rows(folder: Path) -> dict[str, int]:
    """How many rows there are of everything, but of who read what."""
    with closing(sqlite3.connect(folder / "office.db")) as connection:
        names = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        counted = {name: f"select count(*) from {name}" for name in names}
        counted["act"] += " where chain = 'office'"
        return {name: connection.execute(query).fetchone()[0] for name, query in counted.items()}


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


@pytest.mark.parametrize("call", POSTS)
def test_killed_and_sent_again(machine: Machine, furnished: Path, tmp_path: Path, call: str) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for file in furnished.glob("*.db"):
        shutil.copy(file, before)
    with machine.started(before) as callers:
        who, example = arranged(call, callers)
    request = REQUESTS.get(call, TABLE[call][0])

    undisturbed = shutil.copytree(before, tmp_path / "undisturbed")
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
        folder = shutil.copytree(before, tmp_path / point)
        nth = random.Random(f"{call} {point}").randrange(commits.count(point))

        def act(folder: Path = folder) -> None:
            with machine.started(folder) as callers:
                sent(request, callers[who], example)

        assert killed_at(point, nth, act)
        with machine.started(folder) as callers:
            answers = [sent(request, callers[who], example) for _ in range(2)]
        assert answers[0][0] == first[0]
        assert answers[0] == answers[1] or call in GOES_ON
        assert rows(folder) == expected
