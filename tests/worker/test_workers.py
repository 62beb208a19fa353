"""Workers of one office on PostgreSQL: every timer fires once, on time, whoever dies meanwhile."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import text, update

from engine.definitions.model import SourceFile
from engine.storage import tables
from engine.worker.worker import Worker
from tests.office.outside import web
from tests.worker.conftest import Waiting


def once_each(numbers: list[str]) -> Counter[str]:
    return Counter(dict.fromkeys(numbers, 1))


def test_what_is_due_in_one_minute_fires_once_each(waiting: Waiting) -> None:
    numbers = waiting.accept(300, seconds_left=-5)
    waiting.start_worker()
    began = time.monotonic()
    waiting.wait_until_ended(300)
    print(f"one worker, with its start: {300 / (time.monotonic() - began):.0f} timers a second")
    assert waiting.fired(numbers) == once_each(numbers)
    assert waiting.office.history.verify(numbers[0], by=waiting.auditor)["ok"]


def test_what_waits_in_the_queue_is_not_put_into_it_again_and_again(
    waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction for each case that waits longer than usual would leave the workers no time to fire them."""
    numbers = waiting.accept(40, seconds_left=-5)
    monkeypatch.setattr("engine.worker.worker.AGAIN_AFTER", 0.05)
    monkeypatch.setattr("engine.worker.worker.PAUSE", 0.05)
    monkeypatch.setattr("engine.worker.worker.MOST_QUEUED", 20)
    wake, most = waiting.office.clock.wake, list[int]()

    def slowly(case: int) -> int:
        time.sleep(0.02)
        most.append(waiting.asked("select count(*) from procrastinate.procrastinate_jobs where status = 'todo'"))
        return wake(case)

    monkeypatch.setattr(waiting.office.clock, "wake", slowly)
    stop = threading.Event()
    worker = threading.Thread(target=Worker(waiting.office, concurrency=1).run, args=(stop,))
    worker.start()
    try:
        waiting.wait_until_ended(40)
    finally:
        stop.set()
        worker.join(300)
    assert waiting.fired(numbers) == once_each(numbers)
    assert 10 < max(most) <= 20
    put = (
        "select n_tup_ins from pg_stat_all_tables where schemaname = 'procrastinate' and relname = 'procrastinate_jobs'"
    )
    assert waiting.asked(put) < 80  # Those that were refused are counted too.


def test_a_timer_that_is_set_for_the_next_second_is_not_late(waiting: Waiting) -> None:
    waiting.start_worker()
    waiting.start_worker()
    waiting.accept(1, seconds_left=-1)
    waiting.wait_until_ended(1)
    # The seconds are for the acceptance, on a machine that has other things to do.
    numbers = [waiting.accept(1, seconds_left=3)[0] for _ in range(5)]
    waiting.wait_until_ended(6)
    late = []
    for number in numbers:
        fired = waiting.office.history.entries(number, by=waiting.auditor)["items"][-1]
        by = datetime.fromisoformat(fired["at"]) - datetime.fromisoformat(fired["outcome"]["fired"]["due"])
        late.append(by.total_seconds())
    print(f"late by {late} s")
    assert 0 <= min(late) < 2, "such a machine does not keep all of them waiting; what waits for the next look does"


def test_workers_come_back_to_a_database_that_lost_them(waiting: Waiting) -> None:
    worker = waiting.start_worker()
    waiting.accept(1, seconds_left=-1)
    waiting.wait_until_ended(1)
    # Returns when the other ends are gone, after at most so many milliseconds: one that goes later would be handed out.
    cut_off = (
        "select pg_terminate_backend(pid, 30000) from pg_stat_activity "
        "where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()"
    )
    with waiting.office.database.engine.connect() as connection:
        # False is one that has gone by itself meanwhile: the worker has some that it needs for a moment.
        assert any(connection.execute(text(cut_off)).scalars())
    waiting.accept(3, seconds_left=-1)
    waiting.wait_until_ended(4)
    assert worker.poll() is None
    worker.terminate()
    assert worker.poll() == 0


_CALLS = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="d" targetNamespace="t"><process id="waits" isExecutable="true"><startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="call"/>
    <serviceTask id="call"><extensionElements><zeebe:taskDefinition type="http"/><zeebe:ioMapping>
      <zeebe:input source="= &quot;{url}&quot;" target="url"/></zeebe:ioMapping></extensionElements></serviceTask>
    <sequenceFlow id="f2" sourceRef="call" targetRef="end"/><endEvent id="end"/></process></definitions>"""


def test_workers_send_each_request_once_though_one_is_killed(waiting: Waiting) -> None:
    with web() as outside:
        source = SourceFile(name="waits.bpmn", content=_CALLS.format(url=outside.url).encode())
        waiting.office.definitions.deploy([source], by=waiting.office.people.person("designer"))
        hosts = f"localhost:{outside.port},127.0.0.0/8,::1"
        outside.before = lambda: time.sleep(0.02)
        first, *_ = (waiting.start_worker(YICHUANG_CONNECTOR_HOSTS=hosts) for _ in range(2))
        numbers = waiting.accept(40, seconds_left=60)
        while len(outside.asked) < 10:
            time.sleep(0.01)
        first.kill()
        waiting.wait_until_ended(36)
        late = {"locked_until": waiting.office.clock.now()}
        with waiting.office.database.write() as connection:
            # As if two minutes were over, also for the two jobs that the other worker may have in hand.
            connection.execute(update(tables.job).where(tables.job.c.status == "open").values(late))
        waiting.wait_until_ended(40)
    keys = Counter(asked.headers["Idempotency-Key"] for asked in outside.asked)
    assert len(keys) == 40 and sum(keys.values()) <= 44, "again only what a worker had begun"
    for number in numbers:
        kinds = [entry["kind"] for entry in waiting.office.history.entries(number, by=waiting.auditor)["items"]]
        assert kinds == ["case.started", "job.completed"]
    assert waiting.office.history.verify(numbers[0], by=waiting.auditor)["ok"]
