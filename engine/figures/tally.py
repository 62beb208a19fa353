"""What became of a number of cases, and whether their limits were kept."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Literal, NamedTuple, TypedDict

from engine.figures.spread import Spread, SpreadView

#: What `late` means in every figure: stated wherever one is shown.
LATE = (
    "A case is late when what was answered was decided after its limit, or when it is open after it and not decided. "
    "Delivery and the time for a review come after the decision; where a process does not say when it decided, the end "
    "of the case counts. The limit is as extensions and suspensions have moved it. Cases without a limit, suspended "
    "and withdrawn ones count neither as late nor as in time."
)

#: How a case ends with an answer to the citizen.
ANSWERED = ("completed", "returned")


class CaseFacts(NamedTuple):
    """What the figures need of a case."""

    status: str
    received: datetime
    due: datetime | None
    ended: datetime | None
    decided: datetime | None


class Figures(TypedDict):
    """What became of a number of cases."""

    received: int
    open: int
    suspended: int
    failed: int
    completed: int
    returned: int
    withdrawn: int
    #: Answered, and decided by their limit.
    in_time: int
    #: Answered, and decided after it.
    answered_late: int
    #: Open after it, and not decided by it.
    open_late: int
    #: `in_time` of all that are in time or late; null where there is none.
    kept: float | None
    #: From receipt to the answer, of those answered.
    duration: SpreadView | None


def answered(case: CaseFacts) -> bool:
    """Whether a case has ended with an answer to the citizen."""
    return case.ended is not None and case.status in ANSWERED


def is_late(due: datetime | None, decided: datetime | None, ended: datetime | None, now: datetime) -> bool:
    """Whether a limit was missed: the decision meets it, and where none is told the end."""
    return due is not None and (decided or ended or now) > due


def judged(case: CaseFacts, now: datetime) -> Literal["in_time", "answered_late", "open_late"] | None:
    """Whether a case's limit was kept, as it is at the instant `now`; None where nobody can say (see `LATE`)."""
    if case.due is None:
        return None
    if case.ended is None:
        # A suspended case's limit moves when it is resumed: until then nobody can say that it was missed.
        return "open_late" if case.status != "suspended" and is_late(case.due, case.decided, None, now) else None
    if not answered(case):
        return None
    return "answered_late" if is_late(case.due, case.decided, case.ended, now) else "in_time"


class Tally:
    """Counts cases."""

    def __init__(self) -> None:
        self._status: Counter[str] = Counter()
        self._verdicts: Counter[str] = Counter()
        self._duration = Spread()

    def add(self, case: CaseFacts, now: datetime) -> None:
        """Count a case as it is at the instant `now`."""
        self._status[case.status] += 1
        if (verdict := judged(case, now)) is not None:
            self._verdicts[verdict] += 1
        if case.ended is not None and answered(case):
            self._duration.add(case.ended - case.received)

    def view(self) -> Figures:
        """The figures."""
        in_time, whole = self._verdicts["in_time"], self._verdicts.total()
        return {
            "received": self._status.total(),
            "open": self._status["open"],
            "suspended": self._status["suspended"],
            "failed": self._status["failed"],
            "completed": self._status["completed"],
            "returned": self._status["returned"],
            "withdrawn": self._status["withdrawn"],
            "in_time": in_time,
            "answered_late": self._verdicts["answered_late"],
            "open_late": self._verdicts["open_late"],
            "kept": round(in_time / whole, 4) if whole else None,
            "duration": self._duration.view(),
        }
