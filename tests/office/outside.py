"""What lies outside the office, on this machine: an HTTP server and a mail server that note what they are sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from tests.serving import held_port


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Web:
    """An HTTP server: what it was asked, and what it answers next."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    #: Status, headers, and the parts of the body, each sent by itself.
    answer: tuple[int, dict[str, str], list[bytes]] = (
        200,
        {"Content-Type": "application/json"},
        [b'{"receipt": "R7"}'],
    )
    #: Runs before anything is answered, and before a part is sent.
    before: Callable[[], None] = lambda: None
    pause: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


@contextmanager
def web() -> Iterator[Web]:
    """An HTTP server on a free port of 127.0.0.1."""
    told = Web()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            told.asked.append(Asked(self.command, self.path, dict(self.headers.items()), self.rfile.read(length)))
            told.before()
            status, headers, parts = told.answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for part in parts:
                    told.pause()
                    self.wfile.write(part)
            except OSError:
                pass  # nobody listens any more

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _any

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Postman:
    """What a mail server got; `refuses` says what it answers to a recipient."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.port = 0
        self.refuses: str | None = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuses is not None:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(envelope)
        return "250 OK"


@contextmanager
def postman() -> Iterator[Postman]:
    """A mail server on a free port of 127.0.0.1."""
    handler = Postman()
    held, handler.port = held_port()
    # How long it may take to begin.
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port, ready_timeout=180)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()
        held.close()
