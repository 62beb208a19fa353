"""How long things took: mean, median and ninth decile of many durations."""

from __future__ import annotations

import math
from array import array
from datetime import timedelta
from typing import TypedDict


class SpreadView(TypedDict):
    """A number of durations, in seconds."""

    count: int
    sum: float
    mean: float
    median: float
    #: Nine of ten took no longer.
    p90: float


class Spread:
    """Durations, gathered one by one: eight bytes each."""

    def __init__(self) -> None:
        self._seconds = array("d")

    def add(self, duration: timedelta) -> None:
        """Count a duration; one that a clock put back made negative counts as none."""
        self._seconds.append(max(duration.total_seconds(), 0.0))

    def view(self) -> SpreadView | None:
        """The figures, or None where nothing was added.

        Quantiles are by the nearest rank: each is a duration that occurred.
        """
        if not self._seconds:
            return None
        seconds = sorted(self._seconds)
        total = math.fsum(seconds)
        return {
            "count": len(seconds),
            "sum": round(total, 3),
            "mean": round(total / len(seconds), 3),
            "median": round(_quantile(seconds, 0.5), 3),
            "p90": round(_quantile(seconds, 0.9), 3),
        }


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
