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
    """One completion in round 10 and in round 200 of a loop around a task, and around a parallel block.

    One case that is early and one that is late, in turns: what the machine does meanwhile is done to both.
    """
    turns = Turns()
    for name, matter in (("loop of a task", LOOP), ("loop of a block", LOOP_OF_BRANCHES)):
        for _ in range(cases):
            at = {round: _gone_round(place, place.accept(matter), round - AROUND) for round in (EARLY, LATE)}
            for _ in range(2 * AROUND):
                for _ in range(_steps_of_a_round(at[EARLY])):
                    for round, case in at.items():
                        at[round] = _completed(place, case, turns, f"{name}, round {round}")
    return turns


def sizes(place: Workplace) -> dict[str, float]:
    """What a loop around a parallel block leaves behind.

    Bytes that a step of round 200 writes (state, entry and kept answer) over those of round 10, and the bytes of
    memory that a round leaves in the process, once the caches for instants and statements have taken what they hold
    of a case.
    """
    case, written = place.accept(LOOP_OF_BRANCHES), dict[int, int]()
    held = 0
    # From the first round on: what was taken before the tracing began would count for nothing when it is given back.
    tracemalloc.start()
    for round in range(1, LATE + 1):
        for _ in range(_steps_of_a_round(case)):
            task = case["tasks"][0]
            once = place.once(task)
            case = place.office.tasks.complete(task["id"], {"again": True}, by=place.who(task), once=once)
        if round in (EARLY, LATE):
            written[round] = sum(map(len, place.written(case["number"], once)))
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


def _gone_round(place: Workplace, case: CaseView, rounds: int) -> CaseView:
    for _ in range(rounds * _steps_of_a_round(case)):
        case = _completed(place, case, Turns(), "on the way")
    return case


def _steps_of_a_round(case: CaseView) -> int:
    """How many completions a round takes that begins now: of the branches one each, and what follows their join."""
    return 1 if len(case["tasks"]) == 1 else len(case["tasks"]) + 1


def _completed(place: Workplace, case: CaseView, turns: Turns, name: str) -> CaseView:
    task = case["tasks"][0]
    by, once = place.who(task), place.once(task)
    return turns.time(name, lambda: place.office.tasks.complete(task["id"], {"again": True}, by=by, once=once))


def _opinions(place: Workplace, many: int, turns: Turns) -> None:
    matter = place.matter_of(many)
    case, lead = place.accept(matter), place.office.catalogue.matter(matter)["unit"]
    while not (others := _of_others(case, lead)):
        task = case["tasks"][0]
        case = place.office.tasks.complete(task["id"], place.answer(task), by=place.who(task))
    while others:
        task = others[-1]
        data, by, once = place.answer(task), place.who(task), place.once(task)
        case = turns.time(
            f"opinion of one of {many}",
            lambda: place.office.tasks.complete(task["id"], data, by=by, once=once),  # noqa: B023
        )
        others = _of_others(case, lead)


def _of_others(case: CaseView, lead: str) -> list[TaskView]:
    """The open tasks of the departments beside the leading one."""
    return [task for task in case["tasks"] if task["unit"] not in (lead, "hall")]
