"""What a step costs as a case grows: long after its beginning, and with many departments at work."""

from __future__ import annotations

import gc
import tracemalloc

from benchmarks.timing import Turns
from benchmarks.workplace import LOOP, LOOP_OF_BRANCHES, Workplace
from engine import Office
from engine.office.views import CaseView, TaskView

#: Entries of the cases whose opening is compared.
FEW, MANY = 20, 2000

#: Rounds of a loop that are compared, and how many around each are timed.
EARLY, LATE, AROUND = 10, 200, 5


def loops(place: Workplace, cases: int) -> Turns:
    """One completion in round 10 and in round 200 of a loop around a task, and around a parallel block."""
    turns = Turns()
    for name, matter in (("loop of a task", LOOP), ("loop of a block", LOOP_OF_BRANCHES)):
        for _ in range(cases):
            case = place.accept(matter)
            for round in range(1, LATE + AROUND + 1):
                near = next((at for at in (EARLY, LATE) if abs(round - at) <= AROUND), None)
                taken = turns if near else Turns()
                for _ in range(len(case["tasks"]) + 1 if matter == LOOP_OF_BRANCHES else 1):
                    task = case["tasks"][0]
                    by = place.who(task)
                    case = taken.time(
                        f"{name}, round {near}",
                        lambda: place.office.tasks.complete(task["id"], {"again": True}, by=by),  # noqa: B023
                    )
    return turns


def sizes(place: Workplace) -> dict[str, float]:
    """What a loop around a parallel block leaves behind.

    Bytes that a step of round 200 writes (state and entry) over those of round 10, and the bytes of memory that a
    round leaves in the process, once the caches for instants and statements have taken what they hold of a case.
    """
    case, written = place.accept(LOOP_OF_BRANCHES), dict[int, int]()
    held = 0
    # From the first round on: what was taken before the tracing began would count for nothing when it is given back.
    tracemalloc.start()
    for round in range(1, LATE + 1):
        for _ in range(len(case["tasks"]) + 1):
            task = case["tasks"][0]
            case = place.office.tasks.complete(task["id"], {"again": True}, by=place.who(task))
        if round in (EARLY, LATE):
            written[round] = sum(map(len, place.written(case["number"])))
        if round == LATE // 2:
            gc.collect()
            held = tracemalloc.get_traced_memory()[0]
    gc.collect()
    left = tracemalloc.get_traced_memory()[0] - held
    tracemalloc.stop()
    return {
        "bytes written, round 200 over round 10": written[LATE] / written[EARLY],
        "bytes of memory that a round leaves": left / (LATE - LATE // 2),
    }


def departments(place: Workplace, cases: int) -> Turns:
    """One department's opinion in a joint case of three departments and in one of forty-four."""
    turns = Turns()
    for many in [3, 3, 3, 3, 44] * cases:
        _opinions(place, many, turns)
    return turns


def openings(place: Workplace, cases: int) -> Turns:
    """A case that is not at hand, opened whole, with twenty entries and with two thousand."""
    turns, by = Turns(), place.person("clerk")
    numbers = {entries: place.accept(LOOP)["number"] for entries in (FEW, MANY)}
    for entries, number in numbers.items():
        for n in range(entries - 1):
            place.office.cases.comment(number, f"remark {n}", by=by)
    for _ in range(cases):
        # Nothing of it is in the memory of an office that has just been opened.
        office = Office(place.url, keyring=place.keyring)
        office.cases.get(place.accept(LOOP)["number"], by=by)
        for entries, number in numbers.items():
            turns.time(f"opening a case of {entries} entries", lambda: office.cases.get(number, by=by))  # noqa: B023
        office.close()
    return turns


def _opinions(place: Workplace, many: int, turns: Turns) -> None:
    matter = place.matter_of(many)
    case, lead = place.accept(matter), place.office.catalogue.matter(matter)["unit"]
    while not (others := _of_others(case, lead)):
        task = case["tasks"][0]
        case = place.office.tasks.complete(task["id"], place.answer(task), by=place.who(task))
    while others:
        task = others[-1]
        data, by = place.answer(task), place.who(task)
        case = turns.time(
            f"opinion of one of {many}",
            lambda: place.office.tasks.complete(task["id"], data, by=by),  # noqa: B023
        )
        others = _of_others(case, lead)


def _of_others(case: CaseView, lead: str) -> list[TaskView]:
    """The open tasks of the departments beside the leading one."""
    return [task for task in case["tasks"] if task["unit"] not in (lead, "hall")]
