"""The course of a trial, step by step, and what can be done where it came to rest: for who looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from engine.errors import YichuangError
from engine.history.difference import Change, differences
from engine.history.kinds import Kind
from engine.trial.rehearsal import Rehearsal


@dataclass(frozen=True, kw_only=True)
class Station:
    """A case after one step."""

    kind: Kind
    #: What the step was given.
    input: Mapping[str, Any]
    #: Key of the process, id and name of the element that the step was about; empty where it was about none.
    process: str
    element: str
    name: str
    #: On the trial's clock, in the calendar's zone, RFC 3339.
    at: str
    status: str
    #: Elements that tokens passed in this step, in order, with the keys of their processes; where it began comes first.
    passed: tuple[tuple[str, str], ...]
    #: Where tokens are, likewise.
    tokens: tuple[tuple[str, str], ...]
    #: Of the variables.
    changes: tuple[Change, ...]


@dataclass
class Course:
    """Watches a case: a station for each of its steps (see `Trials.begin` and `run`)."""

    stations: list[Station] = field(default_factory=list)
    #: The case that is watched, as it is now.
    case: Rehearsal | None = None
    _before: dict[str, Any] = field(default_factory=dict)
    _seen: int = 0

    def __call__(self, case: Rehearsal, kind: Kind, input: Mapping[str, Any], at: tuple[str, str] | None) -> None:
        """Note the case as it is after a step."""
        self.case = case
        # A copy, as the case goes on with its own.
        after: dict[str, Any] = orjson.loads(orjson.dumps(dict(case.execution.variables)))
        process, element = at or ("", "")
        self.stations.append(
            Station(
                kind=kind,
                input=input,
                process=process,
                element=element,
                name=case.name_of(process, element),
                at=case.now.astimezone(case.handling.calendar.zone).isoformat(),
                status=case.case.status,
                passed=(*((at,) if at else ()), *case.passed[self._seen :]),
                tokens=tuple((t["process"], t["element"]) for t in case.execution.projection()["tokens"]),
                changes=tuple(differences(self._before, after)),
            )
        )
        self._before, self._seen = after, len(case.passed)


def openings(case: Rehearsal) -> list[dict[str, Any]]:
    """What can be done with a case now, each as the step of a scenario that does it.

    :returns: `kind` (`task`, `job`, `message` or `timer`), `name`, `step`; of a task `groups` as well.
    """
    found: list[dict[str, Any]] = []
    for task in case.tasks:
        step: dict[str, Any] = {"complete": task.element.id}
        try:
            answers = case.ordinary(task, case.planned(task.element.id))
        except YichuangError:
            # Only who knows what is meant can answer it.
            answers = {}
        if answers:
            step["with"] = answers
        found.append({"kind": "task", "name": task.element.name, "groups": list(task.groups), "step": step})
    for job in case.jobs:
        found.append({"kind": "job", "name": job.element.name, "step": {"complete": job.element.id}})
    found += [{"kind": "message", "name": name, "step": {"message": name}} for name in sorted(case.offers)]
    if case.timers and not case.case.suspended:
        timer = case.timers[0]
        due = timer.due.astimezone(case.handling.calendar.zone)
        name = case.name_of(timer.process, timer.element)
        found.append({"kind": "timer", "name": name, "step": {"until": due.isoformat()}})
    return found
