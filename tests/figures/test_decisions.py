"""Whether limits were kept: every place says what the histories say, whatever course the cases take."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pytest

from engine import Office, forms
from engine.errors import Invalid, YichuangError
from tests.conftest import SetClock
from tests.office.at_work import accept, matter_of_type, who_may

#: Answers that lead off the ordinary way.
TURNS: Mapping[str, Sequence[str]] = {
    "upward_review": ["report", "return"],
    "decision": ["grant", "refuse", "report", "return"],
    "return_review": ["upheld", "overturned"],
    "review_right": ["accepted", "kept"],
}
TYPES = ("instant", "joint", "promised", "reported", "returned")


@pytest.mark.parametrize("seed", [1, 2])
def test_every_place_says_of_a_limit_what_the_history_says(office: Office, clock: SetClock, seed: int) -> None:
    chance = random.Random(seed)
    cases = [accept(office, matter_of_type(office, type), serial=901 + n) for n, type in enumerate(TYPES)]
    for _ in range(12):
        for case in cases:
            step(office, case["number"], chance)
            clock.pass_time(hours=chance.choice([0, 1, 20]))
        clock.pass_time(days=chance.choice([0, 0, 1, 6]))
        agrees(office, [case["number"] for case in cases], clock.now())


def step(office: Office, number: str, chance: random.Random) -> None:
    """Something that somebody at a window does, as it comes; also what is refused."""
    clerk, leader = office.people.person("clerk"), office.people.person("hall.leader")
    case = office.cases.get(number, by=clerk)
    draw = chance.random()
    try:
        if case["status"] == "suspended":
            office.cases.resume(number, "已毕", by=clerk)
        elif draw < 0.05:
            office.cases.suspend(number, "专家评审", "expert-review", by=clerk)
        elif draw < 0.1:
            office.cases.extend(number, "情况复杂", chance.choice([1, 10]), by=leader)
        elif draw < 0.15:
            chance.choice([office.cases.report, office.cases.return_])(number, "须改变办理方式", by=clerk)
        elif draw < 0.16:
            office.cases.withdraw(number, "不办了", by=clerk)
        elif draw < 0.25 and "review-requested" in case["offers"]:
            office.cases.message(number, "review-requested", {"reason": "不服"}, by=clerk)
        elif draw < 0.35:
            take_back(office, number, chance)
        elif case["tasks"]:
            complete(office, chance.choice(case["tasks"]), chance)
    except YichuangError:
        office.clock.tick()


def take_back(office: Office, number: str, chance: random.Random) -> None:
    task = chance.choice(office.cases.get(number, by=office.people.person("auditor"))["tasks"] or [None])
    if task is not None and chance.random() < 0.3:
        office.returns.send_back(task["id"], "再看一遍", by=who_may(office, task))
    entries = office.history.entries(number, by=office.people.person("auditor"), limit=1000)["items"]
    done = [entry for entry in entries if entry["kind"] == "task.completed"]
    if done:
        office.returns.withdraw(done[-1]["input"]["task"], "填错了", by=office.people.person(done[-1]["actor"]))


def complete(office: Office, task: Any, chance: random.Random) -> None:
    by = who_may(office, task)
    whole = office.tasks.get(task["id"], by=by)
    turns = {key: chance.choice(options) for key, options in TURNS.items() if chance.random() < 0.5}
    answers = forms.ordinary(whole["form"], whole["data"] | turns) if whole["form"] else {}
    try:
        office.tasks.complete(task["id"], answers | {k: v for k, v in turns.items() if k in answers}, by=by)
    except Invalid:
        plain = forms.ordinary(whole["form"], whole["data"]) if whole["form"] else {}
        office.tasks.complete(task["id"], plain, by=by)


# -- the history, read by itself ----------------------------------------------------------------------


def decided(entries: Sequence[Any]) -> datetime | None:
    """When what stands was decided: going back to before an entry brings again what stood then."""
    stood: list[datetime | None] = [None]
    for entry in entries:
        now = stood[-1]
        passed = [one["properties"].get("milestone") for one in entry["outcome"].get("milestones", ())]
        marks = [name for name in passed if name in ("decided", "reopened")]
        if entry["kind"] in ("task.returned", "task.withdrawn"):
            now = stood[entry["input"]["entry"] - 1]
        elif marks:
            now = datetime.fromisoformat(entry["at"]) if marks[-1] == "decided" else None
        elif "type" in entry["outcome"]:
            now = None
        stood.append(now)
    return stood[-1]


def judged(case: Any, missed: bool) -> str | None:
    """What the figures count a case as."""
    if case["due"] is None or case["status"] in ("suspended", "withdrawn"):
        return None
    if case["ended"]:
        return "late" if missed else "in_time"
    return "late" if missed else None


# -- what each place says -------------------------------------------------------------------------------


def agrees(office: Office, numbers: Sequence[str], now: datetime) -> None:
    auditor = office.people.person("auditor")
    overdue, verdicts, on_board = set(), {}, 0
    rows = {row["number"]: row for row in pages(office)}
    for number in numbers:
        case = office.cases.get(number, by=auditor)
        entries = office.history.entries(number, by=auditor, limit=1000)["items"]
        assert office.history.verify(number, by=auditor) == {"ok": True, "entries": len(entries), "first_bad": None}
        told = decided(entries)
        due = datetime.fromisoformat(case["due"]) if case["due"] else None
        ended = datetime.fromisoformat(case["ended"]) if case["ended"] else None
        missed = due is not None and (told or ended or now) > due
        for view in (case, rows[number]):
            assert (view["decided"] and datetime.fromisoformat(view["decided"])) == told
            assert view["overdue"] == missed
        overdue |= {number} if missed else set()
        verdicts[number] = judged(case, missed)
        on_board += missed and case["status"] == "open"
        agrees_of_tasks(office, case, due if told is None else None, now)
    late, in_time = ({number for number, said in verdicts.items() if said == word} for word in ("late", "in_time"))
    for order in ("-received", "due"):
        assert listed(office, overdue=True, sort=order) == overdue
        assert listed(office, overdue=False, sort=order) == set(numbers) - overdue
        assert listed(office, kept=False, sort=order) == late
        assert listed(office, kept=True, sort=order) == in_time
    for status in ("open", "suspended", "completed", "returned", "withdrawn"):
        assert listed(office, overdue=True, status=status) == {n for n in overdue if rows[n]["status"] == status}
    asked: dict[str, Any] = {"by": auditor, "since": date(2026, 3, 1)}
    totals = office.statistics.read(**asked)["totals"]
    assert (totals["in_time"], totals["answered_late"] + totals["open_late"]) == (len(in_time), len(late))
    for figure, cases in (("in_time", in_time), ("late", late)):
        assert {case["number"] for case in office.statistics.behind(figure, **asked)["cases"]} == cases
    assert office.board.read(by=auditor)["cases"]["late"] == on_board


def agrees_of_tasks(office: Office, case: Any, owed: datetime | None, now: datetime) -> None:
    """What is late in the inbox: a task by its own limit, else by what its case has still to meet."""
    auditor = office.people.person("auditor")
    shown = office.tasks.list(by=auditor, case=case["number"])["items"]
    assert {task["id"] for task in shown} == {task["id"] for task in case["tasks"]}
    late = set()
    for task in [*shown, *case["tasks"]]:
        due = datetime.fromisoformat(task["due"]) if task["due"] else owed
        assert task["overdue"] == (due is not None and now > due)
        assert (task["case_due"] and datetime.fromisoformat(task["case_due"])) == owed
        late |= {task["id"]} if task["overdue"] else set()
    assert {t["id"] for t in office.tasks.list(by=auditor, case=case["number"], overdue=True)["items"]} == late


def pages(office: Office, **filters: Any) -> Iterator[Any]:
    cursor = None
    while True:
        page = office.cases.list(by=office.people.person("auditor"), limit=2, cursor=cursor, **filters)
        yield from page["items"]
        if (cursor := page["next"]) is None:
            return


def listed(office: Office, **filters: Any) -> set[str]:
    return {case["number"] for case in pages(office, **filters)}
