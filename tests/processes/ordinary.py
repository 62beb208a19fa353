"""One case on the office's own definitions, in memory: driven by ordinary answers, on a clock that is set.

Forms are filled as a client would that takes what a form shows and its first options, and are judged by the
same rules as in the office. For tests of definitions; there is no database and nobody's rights are asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from engine import forms
from engine.calendar import Calendar
from engine.calendar.expressions import functions
from engine.definitions import Process, SourceFile, read
from engine.execution import Execution, OpenTask, Outcome, Program, Step

FOLDER = Path(__file__).parents[2] / "processes"
TYPES = ("instant", "joint", "promised", "reported", "returned")
#: A Monday morning at nine in Beijing; no holiday is near.
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def files(folder: Path = FOLDER) -> list[SourceFile]:
    """The definitions, forms, decisions and notices of a folder and those below it."""
    found = sorted(path for path in folder.rglob("*") if path.suffix in (".bpmn", ".dmn", ".form", ".notice"))
    return [SourceFile(name=path.name, content=path.read_bytes()) for path in found]


@cache
def processes() -> Mapping[str, Process]:
    """All definitions that come with the program, by key."""
    return {process.key: process for process in read(files()).processes}


@cache
def program(key: str) -> Program:
    """A definition with all that it calls, ready to run."""
    return Program.compile(processes()[key], processes())


@cache
def schema(form: str) -> Mapping[str, Any]:
    """A form that comes with the program, by its id."""
    found: Mapping[str, Any] = json.loads((FOLDER / form.partition("-")[0] / f"{form}.form").read_bytes())
    return found


def matter(type: str = "instant", unit: str = "market", departments: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    """A matter of the catalogue."""
    return {
        "code": "0100101001",
        "name": "测试事项",
        "type": type,
        "unit": unit,
        "departments": list(departments),
        "statutory_days": 20,
        "promised_days": 10,
        "legal_basis": "行政许可法",
        "fee": 0,
        **more,
    }


class Course:
    """The course of one case."""

    def __init__(
        self, of: Mapping[str, Any], *, key: str = "one_window", received: datetime = MONDAY, **data: Any
    ) -> None:
        """Receive an application.

        :param of: the matter
        :param key: the definition that runs
        :param data: the case's own data
        """
        self.now = received.astimezone(UTC)
        self.calendar = Calendar()
        self.program = program(key)
        #: Milestones in the order in which they were passed.
        self.milestones: list[str] = []
        self._matter = dict(of)
        self._case: dict[str, Any] = {
            "number": "20260302-H01-0001-8",
            "type": None,
            "status": "open",
            "channel": "window",
            "agent": "clerk",
            "received": self._local(received),
            "accepted": None,
            "due": None,
        }
        self._seq = 0
        self._execution = Execution.start(self.program, data, self._step())
        self._note(self._execution.started)

    # What is seen --------------------------------------------------------------------------------------------

    @property
    def tasks(self) -> list[OpenTask]:
        """The open tasks."""
        assert not self._execution.incidents, self._execution.incidents
        return self._execution.tasks

    @property
    def open(self) -> list[str]:
        """Element ids of the open tasks, sorted."""
        return sorted(task.element.id for task in self.tasks)

    @property
    def variables(self) -> Mapping[str, Any]:
        """The case's data."""
        return self._execution.variables

    @property
    def accepted(self) -> datetime | None:
        """When the case was accepted, in the office's time."""
        found: datetime | None = self._case["accepted"]
        return found

    @property
    def due(self) -> datetime | None:
        """When the case's limit ends, in the office's time."""
        found: datetime | None = self._case["due"]
        return found

    @property
    def status(self) -> str:
        """``open``, or how the case ended."""
        if not self._execution.ended:
            return "open"
        end = self._execution.end
        return str(end.properties.get("status", "completed")) if end else "completed"

    @property
    def offers(self) -> frozenset[str]:
        """The messages that the case can take now."""
        return self._execution.waits_for()

    @property
    def timers(self) -> dict[str, datetime]:
        """When the timers that wait fire, by element; of those in several instances the last."""
        return {timer.element: timer.due for timer in self._execution.timers}

    def task(self, element: str, *, group: str | None = None) -> OpenTask:
        """The open task at an element, of that group where one is named."""
        found = [t for t in self.tasks if t.element.id == element and group in (None, *t.groups)]
        assert found, f"{element} is not open; open are {self.open}"
        return found[0]

    def names(self, task: OpenTask) -> dict[str, Any]:
        """What a task's form and its person see: the variables in its scope, and the facts."""
        return {**self._execution.task_data(task.id), **self._facts()}

    def shown(self, task: OpenTask) -> dict[str, Any]:
        """The ordinary answers to a task's form."""
        return forms.ordinary(schema(task.element.form or ""), self.names(task), now=self.now)

    # What is done --------------------------------------------------------------------------------------------

    def complete(self, element: str | OpenTask, **answers: Any) -> Course:
        """Complete a task with the ordinary answers, except for those that are given.

        Answers that they bring up are answered in the ordinary way too.
        """
        task = self.task(element) if isinstance(element, str) else element
        form, names = schema(task.element.form or ""), self.names(task)
        ordinary = forms.ordinary(form, {**names, **answers}, now=self.now)
        data = forms.validate(form, {**ordinary, **answers}, names, now=self.now)
        # As long as a person takes; ids and instants of two steps differ.
        self.now += timedelta(minutes=1)
        self._execution = self._again()
        self._note(self._execution.complete(task.id, data, self._step()))
        return self

    def go_on(self, until: str | None = None, most: int = 500) -> Course:
        """Complete whatever is open, in the ordinary way, up to a task at an element, or until nothing is."""
        for _ in range(most):
            if not self.tasks or until in self.open:
                return self
            self.complete(self.tasks[0])
        raise AssertionError(f"still open after {most} tasks: {self.open}")

    def message(self, name: str, **payload: Any) -> Course:
        """Deliver a message."""
        self.now += timedelta(minutes=1)
        self._execution = self._again()
        self._note(self._execution.message(name, payload, self._step()))
        return self

    def wait(self, working_days: int = 0, **more: float) -> Course:
        """Let time pass, firing every timer at the instant at which it is due.

        :param more: beyond the working days, as `timedelta` counts it
        """
        return self.until(self.calendar.shift(self.now, working_days) + timedelta(**more))

    def until(self, instant: datetime) -> Course:
        """Let time pass up to an instant."""
        while (due := self._execution.wake_at) is not None and due <= instant:
            self.now = max(self.now, due)
            self._execution = self._again()
            outcome = self._execution.fire_next(self._step())
            assert outcome is not None, "the timer that was to wake the case did not fire"
            self._note(outcome)
        self.now = max(self.now, instant.astimezone(UTC))
        return self

    # ---------------------------------------------------------------------------------------------------------

    def _again(self) -> Execution:
        """The case as the office has it between two steps: stored and restored."""
        return Execution.restore(self.program, self._execution.dump())

    def _local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.calendar.zone)

    def _facts(self) -> dict[str, Any]:
        return {
            "case": self._case,
            "matter": self._matter,
            "window": {"code": "H01", "unit": "hall"},
            "office": {"zone": self.calendar.zone.key},
        }

    def _step(self) -> Step:
        self._seq += 1
        return Step(
            case=self._case["number"],
            seq=self._seq,
            now=self.now,
            facts=self._facts(),
            functions=functions(self.calendar, self.now),
        )

    def _note(self, outcome: Outcome) -> None:
        for reached in outcome.milestones:
            name = reached.properties.get("milestone")
            if name is None:
                continue
            self.milestones.append(name)
            if name in ("accepted", "deemed-accepted") and self._case["accepted"] is None:
                begin = self._local(self.now) if name == "accepted" else self._case["received"]
                self._case["accepted"] = begin
                self._case["due"] = self._local(self.calendar.limit(begin, self._matter["promised_days"]))
        self._case["type"] = self.variables.get("type")
