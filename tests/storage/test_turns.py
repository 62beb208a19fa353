"""Turns at writing to an embedded database."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from engine.errors import Unavailable
from engine.storage import Database
from engine.storage import database as module
from engine.storage.turns import Turns

_PATIENCE = 180.0

#: Another process, which counts in the database: so often, in so many threads.
_COUNTING = """
import sys, threading
from engine.storage import Database
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
def count():
    for _ in range(int(sys.argv[2])):
        with database.write() as connection:
            connection.exec_driver_sql("update counter set count = count + 1")
threads = [threading.Thread(target=count) for _ in range(int(sys.argv[3]))]
for thread in threads: thread.start()
for thread in threads: thread.join()
database.close()
"""

#: Another process, which keeps its turn until it is killed.
_HOLDING = """
import sys, time
from engine.storage import Database
with Database(sys.argv[1]).write():
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/office.db")
    with opened.write() as connection:
        connection.exec_driver_sql("create table counter (count integer)")
        connection.exec_driver_sql("insert into counter values (0)")
    yield opened
    opened.close()


@contextmanager
def _another(database: Database, program: str, *given: int) -> Iterator[subprocess.Popen[str]]:
    """Another process that is ready, and has ended afterwards."""
    command = [sys.executable, "-c", program, database.url.render_as_string(), *map(str, given)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def _count(database: Database, by: int = 0) -> int:
    with database.write() as connection:
        connection.exec_driver_sql("update counter set count = count + ?", (by,))
        return int(connection.exec_driver_sql("select count from counter").scalar() or 0)


def test_threads_of_several_processes_all_have_their_turns(database: Database) -> None:
    with _another(database, _COUNTING, 50, 4) as one, _another(database, _COUNTING, 50, 4) as other:
        for process in (one, other):
            process.communicate("go\n", timeout=_PATIENCE)
            assert process.returncode == 0
    assert _count(database) == 2 * 50 * 4


def test_who_has_just_had_a_turn_comes_behind_those_who_wait(tmp_path: Path) -> None:
    # given one that has the turn, and another process's that waits for it at the head of the line
    (tmp_path / "office.db").touch()
    one, other = (Turns(tmp_path / "office.db") for _ in range(2))
    order: list[str] = []

    def wait() -> None:
        other.wait(_PATIENCE)
        order.append("other")
        other.give_up()

    one.wait(_PATIENCE)
    waiting = threading.Thread(target=wait)
    waiting.start()
    line = (tmp_path / "office.db-line").open()
    until = time.monotonic() + _PATIENCE
    while _is_free(line):
        assert time.monotonic() < until, "nobody stands in line"
        time.sleep(0.001)

    # then the first may not have the next turn too, however soon it asks
    one.give_up()
    one.wait(_PATIENCE)
    order.append("one")
    one.give_up()
    waiting.join()
    assert order == ["other", "one"]
    line.close()
    one.close()
    other.close()


def _is_free(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(file, fcntl.LOCK_UN)
    return True


def test_the_turn_of_one_that_is_killed_is_free(database: Database) -> None:
    with _another(database, _HOLDING) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait(_PATIENCE)
        assert _count(database, 1) == 1


def test_who_waits_too_long_is_refused_and_has_its_turn_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 50)
    with _another(database, _HOLDING), pytest.raises(Unavailable, match="others wrote to it"):
        _count(database)
    assert _count(database, 1) == 1


def test_a_thread_that_waits_too_long_for_another_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write():
            held.set()
            free.wait(_PATIENCE)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(_PATIENCE)
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 50)
    try:
        with pytest.raises(Unavailable, match="others wrote to it"):
            _count(database)
    finally:
        free.set()
        thread.join()
    assert _count(database, 1) == 1


def test_a_transaction_that_raises_gives_its_turn_up(database: Database) -> None:
    with pytest.raises(ValueError, match="half-way"), database.write():
        raise ValueError("half-way")
    assert _count(database, 1) == 1


def test_a_program_that_knows_nothing_of_turns_is_waited_for(database: Database, tmp_path: Path) -> None:
    stranger = sqlite3.connect(tmp_path / "office.db", isolation_level=None, check_same_thread=False)
    stranger.execute("begin immediate")
    stranger.execute("update counter set count = 7")
    timer = threading.Timer(0.2, lambda: stranger.execute("commit"))
    timer.start()
    assert _count(database, 1) == 8
    timer.join()
    stranger.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_makes_is_the_owners_of_the_database(tmp_path: Path) -> None:
    file = tmp_path / "office.db"
    file.touch()
    os.chown(file, 12345, 12345)
    opened = Database(f"sqlite:///{file}")
    with opened.write():
        pass
    owners = {each.name: each.stat().st_uid for each in tmp_path.iterdir() if each.name.endswith(("-line", "-turn"))}
    assert owners == {"office.db-line": 12345, "office.db-turn": 12345}
    opened.close()


def test_a_process_that_was_forked_off_has_turns_of_its_own(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "office.db")
    (tmp_path / "office.db").touch()
    turns.wait(_PATIENCE)
    turns.give_up()

    def try_it(told: multiprocessing.queues.Queue[str]) -> None:
        # The lock of the parent's thread is not this process's.
        turns._threads = threading.Lock()
        try:
            turns.wait(0.05)
            told.put("had it")
        except Unavailable:
            told.put("refused")

    context = multiprocessing.get_context("fork")
    told = context.Queue()
    turns.wait(_PATIENCE)
    child = context.Process(target=try_it, args=(told,))
    child.start()
    assert told.get(timeout=_PATIENCE) == "refused"
    child.join()
    turns.give_up()
    turns.close()


def test_the_file_is_the_owners_alone_and_stays_closed_after(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "office.db-turn"
    assert file.stat().st_mode & 0o777 == 0o600
    database.close()
    assert str(file) not in {os.readlink(each) for each in Path("/proc/self/fd").iterdir() if each.exists()}
