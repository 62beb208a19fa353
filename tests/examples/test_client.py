"""The example client: what gets no whole answer is asked again under its key, and lists have no page ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from examples.client import Client, Problem


def problem(name: str, status: int, head: str = "") -> bytes:
    body = json.dumps({"type": f"/problems/{name}", "status": status, "detail": "told"})
    return f"HTTP/1.1 {status} x\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def answer(view: Any) -> bytes:
    body = json.dumps(view)
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


#: What a server may send that is not the answer, and passes.
PASSING = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a body": b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"number": "2026',
    "half a body without a length": b'HTTP/1.1 200 OK\r\n\r\n{"number": "2026',
    "no HTTP": b"\x00\x01\x02",
    "unavailable": problem("unavailable", 503, "Retry-After: 0\r\n"),
    "unavailable, cut": problem("unavailable", 503)[:-9],
    "too many attempts": problem("rate-limited", 429),
    "a lost race": problem("conflict", 409),
    "a page of a proxy": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 13\r\n\r\n<h1>502</h1>\r\n",
}


class Scripted(BaseHTTPRequestHandler):
    """Sends what the script says, request by request, and closes."""

    script: ClassVar[list[bytes]] = []
    asked: ClassVar[list[tuple[str, str | None, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked.append((self.path, self.headers.get("Idempotency-Key"), body))
        self.wfile.write(self.script.pop(0))
        self.close_connection = True

    do_GET = do_POST

    def log_message(self, *_about: Any) -> None:
        """Nothing is told."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(address: str) -> Client:
    Scripted.asked.clear()
    return Client(address, "token", pause=0.001)


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_asked_again_as_it_was(client: Client, name: str) -> None:
    Scripted.script[:] = [PASSING[name], PASSING[name], answer({"number": "n"})]
    assert client.post("/cases", {"matter": "m"}) == {"number": "n"}
    assert len(Scripted.asked) == 3
    assert len(set(Scripted.asked)) == 1, "the key and the body are the same each time"
    assert Scripted.asked[0][1]


def test_it_gives_up_after_as_many_attempts_as_it_was_told(client: Client) -> None:
    Scripted.script[:] = [PASSING["unavailable"]] * 6
    with pytest.raises(Problem) as caught:
        client.post("/cases")
    assert (caught.value.name, len(Scripted.asked)) == ("unavailable", 5)


def test_a_refusal_is_told_at_once(client: Client) -> None:
    Scripted.script[:] = [problem("case-closed", 409)]
    with pytest.raises(Problem) as caught:
        client.post("/cases/n/withdraw", {"reason": "x"})
    assert (caught.value.name, len(Scripted.asked)) == ("case-closed", 1)


def test_each_deed_has_a_key_of_its_own(client: Client) -> None:
    Scripted.script[:] = [answer({}), answer({}), answer({})]
    client.post("/cases"), client.post("/cases"), client.post("/cases", key="mine")
    keys = [key for _path, key, _body in Scripted.asked]
    assert len(set(keys)) == 3
    assert keys[2] == "mine"


def test_a_list_is_read_to_its_end_also_where_a_page_was_cut(client: Client) -> None:
    Scripted.script[:] = [
        answer({"items": [1, 2], "next": "c/1"}),
        PASSING["half a body"],
        answer({"items": [3], "next": "c2"}),
        answer({"items": [], "next": None}),
    ]
    assert list(client.items("/tasks", group="hall")) == [1, 2, 3]
    assert [path.partition("?")[2] for path, _key, _body in Scripted.asked] == [
        "group=hall", "group=hall&cursor=c%2F1", "group=hall&cursor=c%2F1", "group=hall&cursor=c2",
    ]  # fmt: skip
