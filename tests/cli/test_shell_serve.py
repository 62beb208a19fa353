"""The server as a process: it answers, keeps time in one worker, survives a worker's death, stops in order."""

from __future__ import annotations

import itertools
import json
import os
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.protection import HEADERS
from api.shell import connections
from engine.demonstration import logins
from tests.api.calling import APPLICANT
from tests.cli.conftest import Shell

COMMAND = Path(sys.executable).with_name("yichuang")


class Server:
    """A running `yichuang serve`, with what it writes."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "serve.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [COMMAND, "serve", "--port", "0", "--workers", "2"], cwd=folder, stdout=log, stderr=log
            )
        self.url = self.wait_for(r"serves (http://\S+)")[0]

    def text(self) -> str:
        """What it has written so far."""
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, pattern: str, times: int = 1) -> list[str]:
        """Wait until its output matches so many times."""
        return until(lambda: found if len(found := re.findall(pattern, self.text())) >= times else None)

    def call(self, path: str, body: Any = None, token: str | None = None) -> tuple[int, bytes]:
        """GET, or POST where there is a body."""
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, content, {"Content-Type": "application/json"})
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def send(self, content: bytes) -> bytes:
        """Send bytes that are no proper request; gives all that comes back."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(content)
            return b"".join(iter(lambda: connection.recv(2**16), b""))

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """End it as an operator does; gives the exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=120)


def until(ask: Callable[[], Any], seconds: float = 120) -> Any:
    """Ask again and again until there is an answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (answer := ask()) is not None:
            return answer
        time.sleep(0.05)
    raise AssertionError("it did not come to that in time")


@pytest.fixture
def server(timed: Shell) -> Iterator[Server]:
    """A server of an office with our processes."""
    running = Server(timed.folder)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def test_a_day_of_a_server(working: Shell, server: Server) -> None:
    # It says where it is, and with whom one can log in to a demonstration office, below all that it logs as it starts.
    logged, told = itertools.tee(server.text().splitlines())
    assert len(list(itertools.takewhile(lambda line: line.startswith("{"), logged))) >= 3
    heading, *people, last = itertools.dropwhile(lambda line: line.startswith("{"), told)
    assert "password" in heading and len(people) == 2 + len(logins())
    assert last == f"Yichuang 一窗 serves {server.url}"
    assert server.call("/readyz")[0] == 200
    assert server.wait_for(r'"route":"/readyz"') and "alembic" not in server.text()

    # What a page loads is not logged, but for what is not there.
    assert server.call("/static/vendor/LICENCES.txt")[0] == 200
    assert server.call("/static/vendor/none.js")[0] == 404
    assert len(server.wait_for(r'"route":"/static')) == 1

    # Both workers answer, with one set of figures.
    token = working.json("token", "new", "clerk")["token"]
    for _ in range(20):
        assert server.call("/api/v1/units", token=token)[0] == 200
    figures = server.call("/metrics")[1].decode()
    assert 'yichuang_http_requests_total{method="GET",route="/api/v1/units",status="200"} 20.0' in figures

    # A timer that is due fires without anybody asking.
    opening = {"matter": "9900101009", "applicant": APPLICANT, "window": "H01"}
    status, made = server.call("/api/v1/cases", opening, token)
    assert status == 201, made
    path = f"/api/v1/cases/{json.loads(made)['number']}"
    until(lambda: json.loads(server.call(path, token=token)[1])["status"] == "completed" or None)

    # Ten megabytes are refused, and the connection's next request is answered.
    assert server.call("/api/v1/cases", b'{"a": "' + b"x" * 10_000_000 + b'"}', token)[0] == 413
    assert server.call("/healthz")[0] == 200

    # Who says beforehand that it will be too much is told so at once, without sending it.
    told = f"POST /api/v1/cases HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\nContent-Length: {2**31}\r\n\r\n"
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(told.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")

    # What is no request, or too long for one, is a problem as everything else that is refused.
    for sent, status in (
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 10_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"nonsense\r\n\r\n", 400),
        (b"POST /api/v1/cases HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
        # where one request ends must not be read in two ways
        (b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy", 400),
        (b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
        (b"TRACE /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 405),
    ):
        head, _, body = server.send(sent).partition(b"\r\n\r\n")
        assert f" {status} ".encode() in head.splitlines()[0] and b"application/problem+json" in head, head
        assert json.loads(body)["status"] == status
        assert b"xxx" not in body
        assert all(f"{name}: {value}".encode() in head for name, value in HEADERS.items())

    # Whoever keeps the time dies; the other worker takes over.
    (keeper,) = server.wait_for(r'"this worker keeps the time","pid":(\d+)')
    os.kill(int(keeper), signal.SIGKILL)
    keepers = server.wait_for(r'"this worker keeps the time","pid":(\d+)', times=2)
    assert keepers[1] != keeper
    _, made = server.call("/api/v1/cases", opening, token)
    path = f"/api/v1/cases/{json.loads(made)['number']}"
    until(lambda: json.loads(server.call(path, token=token)[1])["status"] == "completed" or None)

    # Every line after the greeting is JSON, and nothing personal is in any.
    lines = [line for line in server.text().splitlines() if line.startswith("{")]
    assert all(json.loads(line)["level"] for line in lines)
    assert APPLICANT["name"] not in "".join(lines)
    assert APPLICANT["id_number"] not in server.text()

    assert server.stop() == 0


def test_ten_thousand_idle_connections_and_slow_clients_keep_nobody_waiting(working: Shell, server: Server) -> None:
    token = working.json("token", "new", "clerk")["token"]
    host, port = server.url.removeprefix("http://").split(":")
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(10_000, most - 1500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(few, count + 1400), most))
    opened: list[socket.socket] = []

    def connect(sent: bytes) -> socket.socket:
        connection = socket.create_connection((host, int(port)), timeout=60)
        opened.append(connection)
        connection.sendall(sent)
        return connection

    asked = "POST /api/v1/cases HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
    head = f"{asked}Authorization: Bearer {token}\r\n".encode()

    def slow_ones() -> list[socket.socket]:
        # More of each than there are threads: heads without an end, small bodies that do not come.
        begun = [connect(head) for _ in range(40)]
        return begun + [connect(head + b'Content-Length: 60000\r\n\r\n{"matter"') for _ in range(40)]

    def others_are_answered_before(waiting: list[socket.socket]) -> bool:
        assert server.call("/api/v1/units", token=token)[0] == 200
        ended = select.poll()
        for connection in waiting:
            ended.register(connection, select.POLLIN)
        return ended.poll(0) == []

    try:
        slow = slow_ones()
        assert others_are_answered_before(slow)
        for _ in range(count - len(slow)):
            connect(b"")
        assert all(others_are_answered_before(slow_ones()) for _ in range(5))
        # Who goes on sending is answered, all the same.
        slow[-1].sendall(b" " * (60000 - len(b'{"matter"')))
        assert slow.pop().recv(100).startswith(b"HTTP/1.1 400 ")
        # Who does not is cut off, and whatever waited was no request.
        assert [connection.recv(100) for connection in slow] == [b""] * len(slow)
        assert json.loads(server.call("/api/v1/cases", token=token)[1])["items"] == []
    finally:
        for connection in opened:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))
    assert server.call("/api/v1/units", token=token)[0] == 200
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("read", "is_one"),
    [
        (b"", False),
        (b"GET / HTTP/1.1\r\nHost: h\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", False),
        (b"POST / HTTP/1.1\r\ncontent-length:3\r\n\r\nabc", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET", True),
        (b"POST / HTTP/1.1\r\nX-Content-Length: 3\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: -3\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\n", True),
        # Who asks whether to send at all is asked to.
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", True),
        (b"x" * 2**16, True),
    ],
)
def test_a_thread_is_given_what_is_there(read: bytes, is_one: bool) -> None:
    assert connections.is_there(read) is is_one


def test_a_large_body_must_come_at_a_pace() -> None:
    ours, theirs = socket.socketpair()
    patient = connections._Patience(ours)
    with ours, theirs:
        theirs.sendall(b"ab")
        assert patient.recv(1) == b"a"
        patient._begun -= 60
        with pytest.raises(ConnectionResetError, match="slowly"):
            patient.recv(1)


def test_a_port_that_is_taken_is_said_plainly(server: Server, working: Shell) -> None:
    port = server.url.rpartition(":")[2]
    second = subprocess.run(
        [COMMAND, "serve", "--port", port], cwd=working.folder, capture_output=True, text=True, timeout=120
    )
    assert second.returncode == 1
    assert "Choose another --port" in second.stderr
    assert "Traceback" not in second.stderr


def test_an_office_that_was_never_set_up_is_said_plainly(tmp_path: Path) -> None:
    result = subprocess.run([COMMAND, "serve"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert result.returncode == 1
    assert "yichuang init" in result.stderr
    assert "Traceback" not in result.stderr
