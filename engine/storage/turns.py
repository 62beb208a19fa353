"""Whose turn it is to write to an embedded database.

SQLite lets one write at a time. Who finds it taken sleeps for 1, 2, 5, 10, … 100 milliseconds before asking again
(its busy handler), and comes too late through hundreds of turns of others. Here the threads of a process line up
before a lock, the first thread of each process before one on a file, and whoever is next of all asks another file
every tenth of a millisecond: who has just written comes behind them. That is good manners and no more: the database's
own lock guards it, and a program that knows nothing of these files is waited for as ever.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

from engine.errors import Unavailable

#: How the names of the files end: of the line, and of the turn.
ENDINGS = ("-line", "-turn")

#: Seconds between two questions of who stands in the line of processes, and of who is at its head.
_IN_LINE, _AT_THE_HEAD = 0.0005, 0.0001


class Turns:
    """The turns of one process at one database.

    :param database: its file. Those of the turns stand beside it; they are made where they are not there, and left.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._threads = threading.Lock()
        #: The open files, and the process that opened them: a lock would be shared with one that was forked off.
        self._opened: tuple[int, int, int] | None = None

    def wait(self, patience: float) -> None:
        """Wait for the turn, which is then the caller's until it is given up.

        :param patience: in seconds.
        :raises Unavailable: where it does not come, or a file cannot be opened.
        """
        until = time.monotonic() + patience
        if not self._threads.acquire(timeout=patience):
            raise _refusal(patience)
        try:
            line, turn = self._descriptors()
            if not _lock(line, until, _IN_LINE):
                raise _refusal(patience)
            try:
                if not _lock(turn, until, _AT_THE_HEAD):
                    raise _refusal(patience)
            finally:
                fcntl.flock(line, fcntl.LOCK_UN)
        except BaseException as error:
            self._threads.release()
            if isinstance(error, OSError):
                raise Unavailable(f"The database is not available: {error.strerror}") from error
            raise

    def give_up(self) -> None:
        """Let the next have its turn."""
        try:
            fcntl.flock(self._descriptors()[1], fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def close(self) -> None:
        """Close the files; whoever waits for a turn later opens them again."""
        with self._threads:
            opened, self._opened = self._opened, None
            for descriptor in (opened or ())[:2]:
                os.close(descriptor)

    def _descriptors(self) -> tuple[int, int]:
        if self._opened is None or self._opened[2] != os.getpid():
            line, turn = map(self._open, ENDINGS)
            self._opened = line, turn, os.getpid()
        return self._opened[:2]

    def _open(self, ending: str) -> int:
        file = self._database.with_name(f"{self._database.name}{ending}")
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        if os.geteuid() == 0 and self._database.exists():
            # What root makes is the service's, as SQLite does with its own files beside the database.
            owner = self._database.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        return descriptor


def _lock(descriptor: int, until: float, pause: float) -> bool:
    """Lock a file; gives False where others have it until that instant of the monotonic clock."""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
        time.sleep(pause)


def _refusal(patience: float) -> Unavailable:
    return Unavailable(f"The database is not available: others wrote to it for {patience:g} seconds.")
