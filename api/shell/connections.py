"""Connections that wait cost no thread: a request is handed to one when it is there.

gunicorn's threads wait for what a client has not sent yet, so that a few dozen connections that send little keep
everybody else from being answered. Here the worker's own loop reads until the head of a request is whole, and the body
too where it is small. What a thread still reads, a large body, must come at a pace.
"""

from __future__ import annotations

import errno
import re
import resource
import selectors
import socket
import struct
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

#: Seconds in which a request must be there whole, or as far as a thread is to read on.
HEAD_SECONDS = 15.0
#: Bytes that are waited for: of a head without an end, and of a body.
_LARGEST_HEAD, _SMALL_BODY = 2**16, 2**16

#: What a thread reads must come at so many bytes a second, after so many seconds of grace, and never pause for longer.
SLOWEST, _GRACE, _LONGEST_PAUSE = 4096, 10.0, 10
#: Seconds that a client may take to fetch what the connection's buffer cannot hold of an answer.
_LONGEST_FETCH = 30

#: Most connections of a worker; with more, the one that has been idle for longest gives way.
MOST_CONNECTIONS = 10_000
#: Files that a worker needs besides.
_OTHER_FILES = 500

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n", re.I)
_EXPECTS = re.compile(rb"\r\nexpect:", re.I)


def most_connections() -> int:
    """How many connections a worker may have, once this process may open as many files as it is allowed to."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_CONNECTIONS if hard == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, hard - _OTHER_FILES)
    if soft < most + _OTHER_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most + _OTHER_FILES, hard))
    return most


class Worker(ThreadWorker):  # type: ignore[misc]
    """A worker of threads that get a connection only when there is something to do on it."""

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, and wait for its first request."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another worker was faster, or the client is gone
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _LONGEST_PAUSE, 0))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _LONGEST_FETCH, 0))
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._give_way()
        self._wait(TConn(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """Wait for the next request of a connection that was kept."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._wait(conn)

    def murder_pending(self) -> None:
        """Close what has waited for too long; while the server stops, also what has sent nothing yet."""
        if not self.alive:
            for conn in [conn for conn in self.pending_conns if not conn.read]:
                self._close(conn)
        super().murder_pending()

    def _wait(self, conn: Any) -> None:
        conn.read = bytearray()
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + HEAD_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._more, conn))

    def _more(self, conn: Any, client: socket.socket) -> None:
        """Read what has come, and hand the connection to a thread where that is a request."""
        try:
            came = client.recv(_LARGEST_HEAD)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        if not came:
            self._close(conn)
            return
        conn.read += came
        if not is_there(conn.read):
            return
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        conn.init()
        conn.parser.unreader.unread(bytes(conn.read))
        conn.parser.unreader.sock = _Patience(conn.sock)
        conn.data_ready = True
        self.enqueue_req(conn)

    def _give_way(self) -> None:
        """Close the connection that has been idle for longest, if one is."""
        idle = [waiting[0] for waiting in (self.pending_conns, self.keepalived_conns) if waiting]
        if idle:
            self._close(min(idle, key=lambda conn: conn.timeout))

    def _close(self, conn: Any) -> None:
        for waiting in (self.pending_conns, self.keepalived_conns):
            if conn in waiting:
                waiting.remove(conn)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()


def is_there(read: bytes | bytearray) -> bool:
    """Whether what was read of a request is all that is worth waiting for."""
    end = read.find(b"\r\n\r\n")
    if end < 0:
        # What is no request however it goes on is refused by whoever reads it.
        return len(read) >= _LARGEST_HEAD
    length = _LENGTH.search(read, 0, end + 2)
    if length is None or int(length[1]) > _SMALL_BODY or _EXPECTS.search(read, 0, end + 2):
        return True
    return len(read) - end - 4 >= int(length[1])


class _Patience:
    """A socket as a thread reads from it: a client that dawdles is cut off, as one that is gone."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._begun, self._read = time.monotonic(), 0

    def gettimeout(self) -> float | None:
        """As of a socket."""
        return self._sock.gettimeout()

    def settimeout(self, seconds: float | None) -> None:
        """As of a socket."""
        self._sock.settimeout(seconds)

    def recv(self, most: int) -> bytes:
        """What has come, at most so many bytes.

        :raises ConnectionResetError: where it takes too long.
        """
        try:
            came = self._sock.recv(most)
        except BlockingIOError:
            raise ConnectionResetError(errno.ECONNRESET, "nothing came for too long") from None
        self._read += len(came)
        if time.monotonic() - self._begun > _GRACE + self._read / SLOWEST:
            raise ConnectionResetError(errno.ECONNRESET, "it comes too slowly")
        return came
