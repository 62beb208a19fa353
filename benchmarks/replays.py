"""What executing a recorded case again costs, beside the case itself."""

from __future__ import annotations

import statistics

from benchmarks.timing import Turns
from benchmarks.workplace import Workplace

#: How often each case is replayed.
TIMES = 3


def replays(place: Workplace, cases: int) -> Turns:
    """Ordinary joint cases of three departments: begun and completed, then executed again from their history.

    Of both, what the whole case took is shared among its entries. A replay reads the entries, executes each on the
    recorded version with the recorded answers, and compares outcome and state with what was recorded; it commits
    nothing.
    """
    turns, matter, auditor = Turns(), place.matter_of(3), place.person("auditor")
    for turn in range(1 + cases):
        taken, live = turns if turn else Turns(), Turns()
        case = live.time("entry", lambda: place.accept(matter))
        while case["tasks"]:
            task = case["tasks"][0]
            data, by = place.answer(task), place.who(task)
            case = live.time(
                "entry",
                lambda: place.office.tasks.complete(task["id"], data, by=by),  # noqa: B023
            )
        taken.note("live entry", statistics.mean(live.taken["entry"]))
        for _ in range(TIMES):
            taken.time(
                "replayed entry",
                lambda: place.office.history.replay(case["number"], by=auditor),  # noqa: B023
                steps=lambda state: int(state["seq"]),
            )
    return turns
