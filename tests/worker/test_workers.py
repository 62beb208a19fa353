"""Workers of one office on PostgreSQL: every timer fires once, on time, whoever dies meanwhile."""

from __future__ import annotations

import signal
import time
from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import text

from tests.worker.conftest import Waiting


def once_each(numbers: list[str]) -> Counter[str]:
    return Counter(dict.fromkeys(numbers, 1))


@pytest.mark.parametrize(("workers", "kills"), [(1, 0), (3, 3)])
def test_what_is_due_in_one_minute_fires_once_each(waiting: Waiting, workers: int, kills: int) -> None:
    numbers = waiting.accept(300, seconds_left=-5)
    alive = [waiting.start_worker() for _ in range(workers)]
    began = time.monotonic()
    for killed in range(1, kills + 1):
        waiting.wait_until_ended(killed * 60, 90)
        alive.pop(0).send_signal(signal.SIGKILL)
        alive.append(waiting.start_worker())
    assert not kills or waiting.ended() < 300, "they were killed in the middle of it"
    waiting.wait_until_ended(300, 90)
    print(f"{workers} workers, with their start: {300 / (time.monotonic() - began):.0f} timers a second")
    assert waiting.fired(numbers) == once_each(numbers)
    assert waiting.office.history.verify(numbers[0], by=waiting.auditor)["ok"]


def test_a_timer_that_is_set_for_the_next_second_is_not_late(waiting: Waiting) -> None:
    waiting.start_worker()
    waiting.start_worker()
    waiting.accept(1, seconds_left=-1)
    waiting.wait_until_ended(1, 60)
    numbers = [waiting.accept(1, seconds_left=1)[0] for _ in range(5)]
    waiting.wait_until_ended(6, 30)
    for number in numbers:
        fired = waiting.office.history.entries(number, by=waiting.auditor)["items"][-1]
        late = datetime.fromisoformat(fired["at"]) - datetime.fromisoformat(fired["outcome"]["fired"]["due"])
        print(f"late by {late.total_seconds():.3f} s")
        assert 0 <= late.total_seconds() < 2


def test_workers_come_back_to_a_database_that_lost_them(waiting: Waiting) -> None:
    worker = waiting.start_worker()
    waiting.accept(1, seconds_left=-1)
    waiting.wait_until_ended(1, 60)
    cut_off = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> "
    with waiting.office.database.engine.connect() as connection:
        connection.execute(text(cut_off + "pg_backend_pid()"))
    waiting.accept(3, seconds_left=-1)
    waiting.wait_until_ended(4, 60)
    assert worker.poll() is None
    worker.terminate()
    assert worker.wait(20) == 0
