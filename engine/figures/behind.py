"""The cases behind a figure: how many there are, and those that took longest."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta
from typing import TypedDict

from engine.figures.course import Course
from engine.figures.tally import CaseFacts, answered, judged

#: What is counted of cases, beside their statuses.
COUNTED = ("received", "answered", "in_time", "late")

#: What is told of the tasks of an element.
PARTS = ("open", "waiting", "working")

#: So many of the cases behind a figure are named.
MOST_BEHIND = 200


class Taken(TypedDict):
    """One of the cases behind a figure."""

    number: str
    #: From receipt to its end, or until now; of a task of it, what the figure tells of that.
    seconds: float


class Behind:
    """Cases, those that took longest first."""

    def __init__(self) -> None:
        self.count = 0
        self._longest: list[tuple[float, str]] = []

    def add(self, number: str, taken: timedelta) -> None:
        """Count a case, or a task of one."""
        self.count += 1
        item = (max(taken.total_seconds(), 0.0), number)
        if len(self._longest) < MOST_BEHIND:
            heapq.heappush(self._longest, item)
        else:
            heapq.heappushpop(self._longest, item)

    def view(self) -> list[Taken]:
        """The `MOST_BEHIND` that took longest."""
        found = sorted(self._longest, key=lambda item: (-item[0], item[1]))
        return [{"number": number, "seconds": round(seconds, 3)} for seconds, number in found]


def counts(figure: str, case: CaseFacts, now: datetime) -> bool:
    """Whether a case is one of those that a figure counts.

    :param figure: a status, or one of `COUNTED`
    """
    if figure == "received":
        return True
    if figure == "answered":
        return answered(case)
    if figure == "in_time":
        return judged(case, now) == "in_time"
    if figure == "late":
        return judged(case, now) in ("answered_late", "open_late")
    return case.status == figure


def spent(part: str, task: Course, now: datetime) -> timedelta | None:
    """What a task adds to a figure of its element; None where it is none of those.

    :param part: one of `PARTS`
    """
    if task.completed is None:
        return now - task.created if part == "open" else None
    return {"open": None, "waiting": task.taken - task.created, "working": task.completed - task.taken}[part]
