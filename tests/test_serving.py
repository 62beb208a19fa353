"""The server of the tests leaves nothing open."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

from tests.serving import served


class Answer:
    """An answer that ends when whoever asked has gone."""

    def __init__(self, gone: threading.Event, closed: threading.Event) -> None:
        self.gone, self.closed = gone, closed

    def __iter__(self) -> Iterator[bytes]:
        yield b"begun"
        assert self.gone.wait(180)

    def close(self) -> None:
        self.closed.set()


def test_an_answer_is_closed_where_whoever_asked_has_gone() -> None:
    gone, closed = threading.Event(), threading.Event()

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Answer:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return Answer(gone, closed)

    with served(app) as url:
        asking = socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])))
        asking.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert asking.recv(1)
        # Closed by a reset, as a browser does that leaves a page whose files are on their way.
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        asking.close()
        gone.set()
        assert closed.wait(180)
