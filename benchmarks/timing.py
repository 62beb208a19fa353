"""Timing things that take turns, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Seconds of rest before what is timed where it ends in a commit: one that follows another at once is quicker.
REST = 0.001


def rest() -> None:
    """Let the disk come to rest. The processor does not, so that what follows finds it as it was."""
    until = time.perf_counter() + REST
    while time.perf_counter() < until:
        pass


class Turns:
    """Times of several things, in milliseconds, by name."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = {}
        #: The part of it in which this process had a processor: what it waits for is left out.
        self.computing: dict[str, list[float]] = {}

    def time(
        self, name: str, work: Callable[[], T], steps: Callable[[T], int] = lambda result: 1, *, rested: bool = False
    ) -> T:
        """Do something and note how long it took.

        :param steps: of how many steps the result is; the time of one is noted.
        :param rested: whether it begins after a `rest`.
        """
        if rested:
            rest()
        begun, computing = time.perf_counter(), time.process_time()
        result = work()
        computed, taken = time.process_time() - computing, time.perf_counter() - begun
        share = 1000 / steps(result)
        self.note(name, taken * share)
        self.computing.setdefault(name, []).append(computed * share)
        return result

    def note(self, name: str, milliseconds: float) -> None:
        """Note a time that was taken elsewhere."""
        self.taken.setdefault(name, []).append(milliseconds)

    def median(self, name: str) -> float:
        """The median of a thing's times: a few slow ones, of which a busy machine has many, leave it alone."""
        return statistics.median(self.taken[name])

    def processor(self, name: str) -> float | None:
        """The median of a thing's processor time, where it was timed here."""
        return statistics.median(self.computing[name]) if name in self.computing else None

    def spread(self, name: str) -> tuple[float, float]:
        """The first and the last decile."""
        deciles = statistics.quantiles(self.taken[name], n=10)
        return deciles[0], deciles[-1]

    def slowest(self, name: str) -> float:
        """What 99 of 100 times stay below."""
        return statistics.quantiles(self.taken[name], n=100)[-1]
