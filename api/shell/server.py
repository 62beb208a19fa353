"""The server: gunicorn as a library; in exactly one of its worker processes the deadlines' clock and what is regular.

The workers race for a lock on a file in ``var/``. Whoever holds it sweeps the clock; the operating system
lets go of it when the process dies, however it dies, and another worker takes over within seconds. Two
sweeps at once would do no harm (the history's key lets each timer fire once), only double work.
"""

from __future__ import annotations

import fcntl
import gc
import logging
import multiprocessing
import os
import shutil
import socket
import threading
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import click
import orjson
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException

from api import log, metrics
from api.environment import VAR
from api.problems.types import PROBLEM_TYPES
from api.protection import HEADERS
from api.shell.connections import Worker, most_connections
from engine import Office

_log = logging.getLogger("yichuang.server")

#: Seconds after which a worker asks again for the clock's lock.
_ASK_AGAIN = 2.0
_LOCK = VAR / "clock.lock"


def run(host: str, port: int, *, workers: int, threads: int, clock: bool = True, welcome: str = "") -> None:
    """Serve until a signal ends it: SIGTERM and SIGINT let running requests finish.

    :param clock: whether to keep the time; where workers do, the server need not.
    :param welcome: what to print once it answers, before the URL.
    """
    VAR.mkdir(parents=True, exist_ok=True)
    _check_free(host, port)
    figures = VAR / "metrics"
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir()
    os.environ[metrics.FOLDER_VARIABLE] = str(figures.resolve())
    _Server(host, port, workers, threads, clock, welcome).run()


def keep_time(
    office: Office, checkpoints: Path, stop: threading.Event, asked: threading.Event, clock: bool = True
) -> None:
    """Make checkpoints, tidy the materials and sweep the clock of `office`, while this process holds the lock.

    :param checkpoints: the file to which they are appended.
    :param stop: ends it.
    :param asked: set once it is known, and said, whether it is this process.
    :param clock: whether to sweep the clock.
    """
    with open(_LOCK, "a", encoding="ascii") as file:
        while not stop.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                asked.set()
                stop.wait(_ASK_AGAIN)
                continue
            if clock:
                _log.info("this worker keeps the time", extra={"fields": {"pid": os.getpid()}})
            asked.set()
            threading.Thread(
                target=office.checkpoints.run, args=(checkpoints, stop), name="checkpoints", daemon=True
            ).start()
            threading.Thread(target=office.materials.run, args=(stop,), name="materials", daemon=True).start()
            if clock:
                threading.Thread(target=office.outbox.run, args=(stop,), name="outbox", daemon=True).start()
            try:
                office.clock.run(stop) if clock else stop.wait()
            except Exception as error:
                _log.error("the clock stopped", extra={"fields": {"traceback": log.frames(error)}})
                fcntl.flock(file, fcntl.LOCK_UN)
                stop.wait(_ASK_AGAIN)


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, host: str, port: int, workers: int, threads: int, clock: bool, welcome: str) -> None:
        self._address = (host, port)
        self._clock = clock
        self._size = (workers, threads)
        self._welcome = welcome
        self._stop = threading.Event()
        #: Workers that were ready, counted by all of them.
        self._ready = multiprocessing.Value("i", 0)
        super().__init__(prog="yichuang")

    def load_config(self) -> None:
        host, port = self._address
        workers, threads = self._size
        settings = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": workers,
            "worker_class": _Worker,
            # Made once, before the workers are forked off: a new one answers at once, and they share its memory.
            "preload_app": True,
            "threads": threads,
            "worker_connections": most_connections(),
            "graceful_timeout": 15,
            "timeout": 60,
            "keepalive": 5,
            "proc_name": "yichuang",
            "logger_class": _Log,
            "control_socket_disable": True,
            "post_worker_init": self._begin,
            "worker_exit": self._stop_clock,
            "child_exit": lambda _server, worker: metrics.forget_process(worker.pid),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        # Before the fork: this opens no connection to a database, which processes must not share.
        from api.application import create_app

        app = create_app()
        # What is there by now stays: the collector's marks in it would make each worker a copy of its own (12 MB).
        gc.collect()
        gc.freeze()
        return app

    def _begin(self, worker: Any) -> None:
        office: Office = worker.wsgi.extensions["office"]
        kept, asked = Path(worker.wsgi.config["CHECKPOINTS"]), threading.Event()
        threading.Thread(
            target=keep_time, args=(office, kept, self._stop, asked, self._clock), name="clock", daemon=True
        ).start()
        asked.wait(_ASK_AGAIN)
        with self._ready.get_lock():
            self._ready.value += 1
            # Last of all, so that it stands below what the workers log; not again where one has died.
            if self._ready.value == self.cfg.workers:
                self._tell(worker.sockets[0])

    def _tell(self, listener: Any) -> None:
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        if self._welcome:
            click.echo(self._welcome)
        click.echo(f"Yichuang 一窗 serves http://{shown}:{port}")

    def _stop_clock(self, _server: Any, worker: Any) -> None:
        self._stop.set()


class _Worker(Worker):
    """A worker that answers as a problem what it cannot even read as a request, as the application does the rest."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        if not isinstance(exc, ParseException):
            super().handle_error(req, client, addr, exc)
            return
        kind = PROBLEM_TYPES["too-large" if isinstance(exc, LimitRequestLine | LimitRequestHeaders) else "malformed"]
        status = _STATUS.get(type(exc), HTTPStatus(kind.status))
        _log.warning("what is no request was refused", extra={"fields": {"status": int(status)}})
        # Nothing of what was sent is repeated.
        body = orjson.dumps({"type": kind.uri, "title": kind.title, "status": int(status), "detail": kind.meaning})
        headers = {
            "Connection": "close",
            "Content-Type": "application/problem+json",
            "Content-Length": str(len(body)),
            **HEADERS,
        }
        lines = [f"HTTP/1.1 {int(status)} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        head = "\r\n".join(lines) + "\r\n\r\n"
        with suppress(OSError):
            client.sendall(head.encode() + body)


#: Status of what has one of its own.
_STATUS = {
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
}


class _Log(Logger):  # type: ignore[misc]
    """gunicorn's own messages as lines of our log; requests are logged by the application."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        log.configure(os.environ.get("YICHUANG_LOG_LEVEL", "info"))
        self.error_log.handlers[:] = []
        self.error_log.propagate = True


def _check_free(host: str, port: int) -> None:
    """Say plainly that a port is taken, before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            told = f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port."
            raise click.ClickException(told) from None
