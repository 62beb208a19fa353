"""What executing a recorded step again costs, beside the step itself."""

from __future__ import annotations

from benchmarks.timing import Turns
from benchmarks.workplace import Workplace

#: How often each case is replayed.
TIMES = 3


def replays(place: Workplace, cases: int) -> Turns:
    """Ordinary joint cases of three departments: each completion, then the whole case executed again from its history.

    A replay reads the entries, executes each on the recorded version with the recorded answers, and compares outcome
    and state with what was recorded; it commits nothing.
    """
    turns, matter, auditor = Turns(), place.matter_of(3), place.person("auditor")
    for turn in range(1 + cases):
        taken = turns if turn else Turns()
        case = place.accept(matter)
        while case["tasks"]:
            task = case["tasks"][0]
            data, by = place.answer(task), place.who(task)
            case = taken.time(
                "live step",
                lambda: place.office.tasks.complete(task["id"], data, by=by),  # noqa: B023
            )
        for _ in range(TIMES):
            taken.time(
                "replayed step",
                lambda: place.office.history.replay(case["number"], by=auditor),  # noqa: B023
                steps=lambda state: int(state["seq"]),
            )
    return turns
