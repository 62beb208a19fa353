"""How cases went through their diagrams: how long they waited where, and which ways they took."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypedDict

from engine.figures.spread import Spread, SpreadView


class Course(NamedTuple):
    """One task on a case's way."""

    process: str
    element: str
    name: str
    created: datetime
    #: When somebody first took it; None where it was completed without, or lies there untaken.
    claimed: datetime | None
    #: When it was completed; None while it is open.
    completed: datetime | None

    @property
    def taken(self) -> datetime:
        """When somebody first took a task that is completed: at the latest then."""
        assert self.completed is not None
        return min(self.claimed or self.completed, self.completed)


class StationView(TypedDict):
    """The tasks of one element of a diagram."""

    process: str
    element: str
    name: str
    open: int
    #: From the task's beginning until somebody took it. A task that was completed at once was taken then.
    waiting: SpreadView | None
    #: From then until it was completed.
    working: SpreadView | None
    #: Both together.
    whole: SpreadView | None


class VariantView(TypedDict):
    """One way through the diagrams, and how many cases went it."""

    #: By which its cases are asked for.
    id: str
    #: Names of the tasks in the order in which they were completed.
    steps: list[str]
    cases: int
    #: Of all cases that have ended.
    share: float
    #: Number of a case that went it.
    example: str


class Stations:
    """Where cases wait: by element, those with most time in them first."""

    def __init__(self) -> None:
        self._stations: dict[tuple[str, str], _Station] = {}

    def add(self, task: Course) -> None:
        """Count a task."""
        self._stations.setdefault((task.process, task.element), _Station()).add(task)

    def view(self) -> list[StationView]:
        """The elements, those with most time in them first."""
        found: list[StationView] = [
            {
                "process": process,
                "element": element,
                "name": station.name,
                "open": station.open,
                "waiting": station.waiting.view(),
                "working": station.working.view(),
                "whole": station.whole.view(),
            }
            for (process, element), station in self._stations.items()
        ]
        return sorted(found, key=lambda at: (-(at["whole"] or {"sum": 0.0})["sum"], at["process"], at["element"]))


class _Station:
    def __init__(self) -> None:
        self.name = ""
        self.open = 0
        self.waiting, self.working, self.whole = Spread(), Spread(), Spread()

    def add(self, task: Course) -> None:
        self.name = task.name
        if task.completed is None:
            self.open += 1
            return
        self.waiting.add(task.taken - task.created)
        self.working.add(task.completed - task.taken)
        self.whole.add(task.completed - task.created)


class Variants:
    """Which ways cases took."""

    def __init__(self) -> None:
        self._cases: Counter[tuple[str, ...]] = Counter()
        self._examples: dict[tuple[str, ...], str] = {}

    def add(self, steps: Sequence[str], number: str) -> None:
        """Count the way of a case that has ended.

        :param steps: names of its completed tasks, in order.
        """
        way = tuple(steps)
        self._cases[way] += 1
        self._examples.setdefault(way, number)

    def view(self, most: int) -> list[VariantView]:
        """The ways that most cases took."""
        whole = self._cases.total()
        return [
            {
                "id": way_id(way),
                "steps": list(way),
                "cases": cases,
                "share": round(cases / whole, 4),
                "example": self._examples[way],
            }
            for way, cases in self._cases.most_common(most)
        ]


def way_id(steps: Sequence[str]) -> str:
    """What stands for a way in an address.

    :param steps: names of the tasks, in order.
    """
    return hashlib.sha256("\n".join(steps).encode()).hexdigest()[:16]
