"""Ports of our own, and an application on one for the length of a block."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import make_server


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application; gives its URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    # How often it looks whether it is to end: the test waits for that.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def held_port() -> tuple[socket.socket, int]:
    """A port that nobody else is given, nor has for a connection, until the socket is closed.

    A server that may take over an address (SO_REUSEADDR, as all here) listens on it beside the socket, which does not.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held, held.getsockname()[1]
