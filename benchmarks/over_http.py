"""Completions over HTTP, beside an endpoint of the same server that does the least that such a call could.

The server is the product's own (`yichuang serve` with two workers), with one route more: it authenticates the
caller like every call and then does the bare transaction of the floor. Both are asked in turn, by as many
clients at once, each with a connection that it keeps.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from api.auth import current_person
from api.shell import server
from benchmarks.timing import Turns
from benchmarks.workplace import LOOP, Workplace

CLIENTS, WORKERS, THREADS = 4, 2, 8
#: Seconds of each turn.
TURN = 1.5

_FLOOR = "YICHUANG_BENCHMARK_FLOOR"


def completions(place: Workplace, turns: int) -> Turns:
    """Milliseconds of one completion and of one bare request, at full load, by turns."""
    taken = Turns()
    token = place.office.people.new_token("clerk", days=1)["token"]
    cases = [place.accept(LOOP) for _ in range(CLIENTS)]
    first = cases[0]["tasks"][0]
    cases[0] = place.office.tasks.complete(
        first["id"], {"again": True}, by=place.who(first), once=(once := place.once(first))
    )
    sizes = [len(part) for part in place.written(cases[0]["number"], once)]
    port = free_port()
    process = _serve(place, port)
    try:
        await_ready(port, process)
        clients = [_Client(port, token, case) for case in cases]
        for turn in range(turns + 1):
            for name, work in (
                ("http completion", lambda client: client.complete()),
                ("http bare endpoint", lambda client: client.bare(sizes)),
            ):
                each = _at_full_load(clients, work)
                if turn:
                    taken.note(name, each)
                    for waited in (waited for client in clients for waited in client.waited):
                        taken.note(f"{name}, as waited for", waited)
    finally:
        process.terminate()
        process.wait(20)
    return taken


class _Client:
    """One client with a case of its own, a task of which can be completed without end."""

    def __init__(self, port: int, token: str, case: Any) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._task: str = case["tasks"][0]["id"]
        self._sent = 0
        #: Milliseconds that each request of this turn took, as the client sees it.
        self.waited: list[float] = []

    def complete(self) -> None:
        self._sent += 1
        key = f"{self._task}-{self._sent}"
        answer = self._post(f"/api/v1/tasks/{self._task}/complete", {"data": {"again": True}}, key)
        self._task = answer["tasks"][0]["id"]

    def bare(self, sizes: list[int]) -> None:
        self._post("/bare", {"sizes": sizes}, None)

    def _post(self, path: str, body: dict[str, Any], key: str | None) -> Any:
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        begun = time.perf_counter()
        self._connection.request("POST", path, json.dumps(body), headers)
        response = self._connection.getresponse()
        text = response.read()
        self.waited.append((time.perf_counter() - begun) * 1000)
        answer = json.loads(text)
        assert response.status == 200, answer
        return answer


def _at_full_load(clients: list[_Client], work: Callable[[_Client], None]) -> float:
    """Milliseconds a request, over all clients at once."""
    done: list[int] = []
    stop = time.perf_counter() + TURN

    def run(client: _Client) -> None:
        count = 0
        client.waited = []
        while time.perf_counter() < stop:
            work(client)
            count += 1
        done.append(count)

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(clients), "a client failed"
    return (time.perf_counter() - begun) * 1000 / sum(done)


# -- the server ------------------------------------------------------------------------------------------------------


class _Server(server._Server):
    """The product's server with the bare endpoint beside it."""

    def load(self) -> Flask:
        app: Flask = super().load()
        app.register_blueprint(_bare(os.environ[_FLOOR]))
        return app


def _bare(file: str) -> Blueprint:
    blueprint = Blueprint("bare", __name__)
    kept = threading.local()

    def connection() -> sqlite3.Connection:
        if not hasattr(kept, "connection"):
            kept.connection = sqlite3.connect(file, isolation_level=None, timeout=10)
            kept.connection.execute("pragma synchronous = full")
        found: sqlite3.Connection = kept.connection
        return found

    @blueprint.post("/bare")
    def bare() -> Response:
        current_person()
        state, *entered = (bytes(size) for size in request.get_json()["sizes"])
        run = connection().execute
        run("begin immediate")
        run("update floor_case set state = ?, seq = seq + 1 where id = 1", (state,))
        run("insert into floor_entry select 1, seq, ?, ? from floor_case where id = 1", entered)
        run("commit")
        return jsonify({"done": True})

    return blueprint


def _serve(place: Workplace, port: int) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "YICHUANG_DATABASE_URL": place.url,
        "YICHUANG_KEYRING_URL": place.keyring,
        "YICHUANG_LOG_LEVEL": "warning",
        "PYTHONPATH": str(Path(__file__).parents[1]),
        _FLOOR: str(place.file),
    }
    command = [sys.executable, "-m", "benchmarks.over_http", str(port)]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=place.file.parent, env=environment, stdout=quiet, stderr=quiet)


def await_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers that it can work.

    :raises RuntimeError: where it does not.
    """
    given_up = time.monotonic() + 60
    while time.monotonic() < given_up and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
    raise RuntimeError("the server of the benchmark does not answer")


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    server._Server = _Server  # type: ignore[misc]
    server.run("127.0.0.1", int(sys.argv[1]), workers=WORKERS, threads=THREADS)
