"""The server is killed again and again while two clerks' days run: nothing is lost, and nothing is doubled."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine import Office
from examples.a_day_at_the_window import Day, unplanned, with_tokens
from tests.endurance.served import Served


class Days:
    """Days that run at once, each in a thread, and what the office acknowledged to them."""

    def __init__(self, served: Served, each: dict[str, int]) -> None:
        tokens = json.loads(served.tokens().read_text(encoding="utf-8"))
        #: What was done, and the case after it, in the order in which the answers came.
        self.acknowledged: list[tuple[str, dict[str, Any]]] = []
        self.cases: dict[str, list[dict[str, Any]]] = {}
        self.failures: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._run, args=(label, each[label], served.url, tokens)) for label in each
        ]
        for thread in self._threads:
            thread.start()

    @property
    def running(self) -> bool:
        """Whether one of them is not over yet."""
        return any(thread.is_alive() for thread in self._threads)

    def await_steps(self, count: int, seconds: float = 180) -> None:
        """Wait until as many more steps were acknowledged."""
        until, given_up = len(self.acknowledged) + count, time.monotonic() + seconds
        while len(self.acknowledged) < until and self.running:
            assert time.monotonic() < given_up, f"only {len(self.acknowledged)} steps of {until}"
            time.sleep(0.002)

    def end(self, seconds: float = 300) -> None:
        """Wait until all are over."""
        for thread in self._threads:
            thread.join(seconds)
        assert not self.failures, self.failures
        assert not self.running

    def _run(self, label: str, each: int, url: str, tokens: dict[str, str]) -> None:
        day = Day(
            people=with_tokens(url, tokens, patience=300),
            names=list(tokens),
            each=each,
            label=label,
            acknowledged=lambda what, case: self.acknowledged.append((what, case)),
        )
        try:
            self.cases[label] = day.run()
        except BaseException as error:
            self.failures.append(error)


@pytest.mark.parametrize(
    ("database_url", "kills", "each"), [("sqlite", 20, 2), ("postgres", 5, 1)], indirect=["database_url"]
)
def test_killed_at_random_moments(database_url: str, kills: int, each: int, tmp_path: Path) -> None:
    served = Served(database_url, tmp_path)
    chance = random.Random(20_030_901)
    served.start()
    days = Days(served, {"one": each, "two": 1})
    try:
        for _ in range(kills):
            # Somewhere within a step: after some more were answered, and a little later than that.
            days.await_steps(chance.randint(1, 4))
            time.sleep(chance.uniform(0, 0.06))
            assert days.running, "the days are too short for so many kills"
            served.kill()
            with closing(served.office()) as office:
                with_the_server_away(office)
            served.start()
        days.end()
    finally:
        served.close()
    with closing(served.office()) as office:
        at_the_end(office, days)


def with_the_server_away(office: Office) -> None:
    """What is stored is whole at every moment: the inbox is what is open, and every history holds."""
    auditor = office.people.person("auditor")
    for case in office.cases.list(by=auditor, limit=100)["items"]:
        view = office.cases.get(case["number"], by=auditor)
        inbox = office.tasks.list(by=auditor, case=case["number"], limit=200)["items"]
        assert {task["id"] for task in inbox} == {task["id"] for task in view["tasks"]}
        proof = office.history.verify(case["number"], by=auditor)
        assert proof == {"ok": True, "entries": view["version"], "first_bad": None}


def at_the_end(office: Office, days: Days) -> None:
    """Every case ended as planned, every acknowledged step is in its history once, and no case is there twice."""
    auditor = office.people.person("auditor")
    ended = [case for cases in days.cases.values() for case in cases]
    for cases in days.cases.values():
        assert unplanned(cases) == []
    listed = [case["number"] for case in office.cases.list(by=auditor, limit=100)["items"]]
    assert sorted(listed) == sorted(case["number"] for case in ended)
    assert office.tasks.list(by=auditor, limit=200)["items"] == []

    recorded: Counter[tuple[str, str]] = Counter()
    for number in listed:
        entries = office.history.entries(number, by=auditor, limit=200)["items"]
        assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
        recorded.update((number, done(entry)) for entry in entries)
        assert office.history.verify(number, by=auditor)["ok"]
    assert set(recorded.values()) == {1}, "a step is in a history twice"
    answered = {(case["number"], what) for what, case in days.acknowledged}
    assert answered == set(recorded), "a step was lost, or made by nobody"


def done(entry: Any) -> str:
    """What an entry records, in the words of the day's acknowledgements."""
    match entry["kind"]:
        case "case.started":
            return "start"
        case "task.completed":
            return str(entry["input"]["task"])
        case "message.received":
            return str(entry["input"]["name"])
    return str(entry["kind"])
