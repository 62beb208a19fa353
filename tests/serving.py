"""Ports of our own, and an application on one for the length of a block."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import make_server


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """Serve an application; gives its URL."""
    server = make_server("127.0.0.1", 0, _closed(app), threaded=True)
    # How often it looks whether it is to end: the test waits for that.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _closed(app: WSGIApplication) -> WSGIApplication:
    """An application whose answers are closed even where whoever asked has gone (PEP 3333).

    This server reads what is left of a request before it closes the answer; where the connection was reset, that fails
    and the file in the answer stays open, until a test that has nothing to do with it is told of it.
    """

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        answer = app(environ, start_response)
        try:
            yield from answer
        finally:
            if close := getattr(answer, "close", None):
                close()

    return call


def held_port() -> tuple[socket.socket, int]:
    """A port that nobody else is given, nor has for a connection, until the socket is closed.

    A server that may take over an address (SO_REUSEADDR, as all here) listens on it beside the socket, which does not.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held, held.getsockname()[1]
