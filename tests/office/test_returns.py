"""Going back: a task is sent back to an earlier step, a completion is taken back; nothing is lost by it."""

from __future__ import annotations

import random
from typing import Any

import pytest

from engine import Office
from engine.errors import (
    CaseClosed,
    CaseSuspended,
    Forbidden,
    Invalid,
    NotFound,
    NotOffered,
    TaskAlreadyCompleted,
    TaskClaimedByAnother,
)
from engine.office.once import Once
from engine.office.person import Person
from tests.conftest import SetClock
from tests.office.at_work import accept, do, do_named, matter_of_type, ordinary, to_the_end, who_may


def elements(case: Any) -> list[str]:
    return [task["element"] for task in case["tasks"]]


def at(case: Any, element: str) -> Any:
    return next(task for task in case["tasks"] if task["element"] == element)


def send_back(office: Office, case: Any, element: str, to: str | None = None) -> Any:
    task = at(case, element)
    return office.returns.send_back(task["id"], "材料与申请不符", to, by=who_may(office, task))


def holds(office: Office, case: Any) -> None:
    """The history is a proof of the case, and leads to it."""
    auditor = office.people.person("auditor")
    proof = office.history.verify(case["number"], by=auditor)
    assert proof["ok"], proof
    replayed = office.history.replay(case["number"], by=auditor)
    assert sorted(task["id"] for task in replayed["tasks"]) == sorted(task["id"] for task in case["tasks"])
    assert replayed["data"] == office.cases.get(case["number"], by=auditor)["data"]
    played = office.history.playback(case["number"], by=auditor)
    assert played["fault"] is None and len(played["frames"]) == proof["entries"]


def instant_at(office: Office, element: str) -> Any:
    case = accept(office, matter_of_type(office, "instant"))
    while elements(case) != [element]:
        case = do(office, case["tasks"][0])
    return case


def passed(office: Office, case: Any) -> set[str]:
    drawing = office.cases.diagram(case["number"], by=office.people.person("auditor"))
    return {place["element"] for place in drawing["passed"]}


class TestWhatWasUndone:
    """It stays in the history; where the case stands, it was not passed."""

    @pytest.mark.parametrize("looked", [False, True])
    def test_is_not_passed_in_the_diagram(self, embedded_office: Office, looked: bool) -> None:
        office = embedded_office
        case = instant_at(office, "decide")
        before = passed(office, case)
        case = do(office, case["tasks"][0])
        # What was passed is remembered where somebody has looked.
        assert not looked or passed(office, case) >= {"decided", "reply", "replying"}
        case = send_back(office, case, "reply")
        assert passed(office, case) == before
        case = do(office, case["tasks"][0])
        assert passed(office, case) >= {"decided", "reply", "replying"}
        case = office.returns.withdraw(*last(office, case), by=office.people.person("clerk"))
        assert passed(office, case) == before

    def test_is_told_to_the_applicant_as_done_once_it_is(self, embedded_office: Office) -> None:
        office = embedded_office
        case = instant_at(office, "reply")

        def told() -> list[str]:
            return [step["name"] for step in office.cases.track(case["number"], case["tracking_code"])["steps"]]

        done = told()
        case = send_back(office, case, "reply")
        assert told() == done[:-1]
        case = do(office, case["tasks"][0])
        assert told() == done


def last(office: Office, case: Any) -> tuple[str, str]:
    """The task that the clerk completed last, and a reason to take that back."""
    task = office.returns.last_of(case["number"], by=office.people.person("clerk"))
    assert task is not None
    return task, "选错了"


class TestSendingBack:
    """退回上一步."""

    def test_the_step_before_is_open_again_for_who_did_it_and_the_data_stays(
        self, office: Office, clock: SetClock
    ) -> None:
        case = instant_at(office, "reply")
        before = office.cases.get(case["number"], by=office.people.person("clerk"))
        first = next(t for t in office.history.entries(case["number"], by=office.people.person("clerk"))["items"][::-1])
        clock.pass_time(hours=1)

        back = send_back(office, case, "reply")

        assert elements(back) == ["decide"]
        assert back["tasks"][0]["assignee"] == first["actor"]
        assert back["data"] == before["data"]
        entry = office.history.entries(case["number"], by=office.people.person("clerk"))["items"][-1]
        assert (entry["kind"], entry["input"]["to"], entry["input"]["reason"]) == (
            "task.returned",
            "decide",
            "材料与申请不符",
        )
        holds(office, back)
        assert to_the_end(office, back)["status"] == "completed"
        holds(office, office.cases.get(case["number"], by=office.people.person("auditor")))

    def test_several_steps_back_by_name(self, office: Office) -> None:
        case = instant_at(office, "reply")
        task = at(case, "reply")
        offered = office.returns.earlier(task["id"], by=office.people.person("clerk"))
        assert [(step["element"], step["barred"] is None) for step in offered] == [
            ("decide", True),
            ("confirm_type", True),
            ("check_materials", False),
        ]
        back = send_back(office, case, "reply", "confirm_type")
        assert elements(back) == ["confirm_type"]
        holds(office, back)
        # and back once more, from where it came the second time
        again = do(office, back["tasks"][0])
        assert elements(again) == ["decide"]
        back = send_back(office, again, "decide")
        assert elements(back) == ["confirm_type"]
        holds(office, back)
        assert to_the_end(office, back)["status"] == "completed"

    def test_not_to_before_the_acceptance_and_not_from_the_first_step(self, office: Office) -> None:
        case = accept(office, matter_of_type(office, "instant"))
        with pytest.raises(NotOffered, match="no step that a person completed"):
            send_back(office, case, "check_materials")
        case = do_named(office, case, "check_materials")
        with pytest.raises(NotOffered, match="accepted"):
            send_back(office, case, "confirm_type")
        assert elements(office.cases.get(case["number"], by=office.people.person("clerk"))) == ["confirm_type"]

    def test_only_to_where_it_came_from_and_only_by_who_has_it(self, office: Office) -> None:
        case = instant_at(office, "reply")
        task = at(case, "reply")
        clerk, leader = office.people.person("clerk"), office.people.person("leader")
        with pytest.raises(Invalid) as wrong:
            send_back(office, case, "reply", "deliver")
        assert wrong.value.errors[0].pointer == "/to"
        with pytest.raises(Invalid) as silent:
            office.returns.send_back(task["id"], "  ", by=clerk)
        assert silent.value.errors[0].pointer == "/reason"
        office.tasks.claim(task["id"], by=leader)
        with pytest.raises(TaskClaimedByAnother):
            office.returns.send_back(task["id"], "退", by=clerk)
        with pytest.raises(Forbidden):
            office.returns.send_back(task["id"], "退", by=office.people.person("auditor"))
        with pytest.raises(NotFound):
            office.returns.send_back(task["id"], "退", by=office.people.person("planning"))
        office.returns.send_back(task["id"], "退", by=leader)
        with pytest.raises(TaskAlreadyCompleted):
            office.returns.send_back(task["id"], "退", by=leader)

    def test_departments_that_wait_beside_it_are_left_alone(self, office: Office) -> None:
        case, opinions = joint(office)
        waiting = {task["id"] for task in case["tasks"]}
        do(office, opinions[0])
        back = office.returns.withdraw(opinions[0]["id"], "意见有误", by=who_may(office, opinions[0]))
        assert len(back["tasks"]) == len(waiting)
        assert {task["id"] for task in back["tasks"]} & waiting == waiting - {opinions[0]["id"]}
        holds(office, back)
        assert to_the_end(office, back)["status"] == "completed"

    def test_not_past_what_another_department_has_done(self, office: Office) -> None:
        _case, opinions = joint(office)
        do(office, opinions[0])
        with pytest.raises(NotOffered, match=r"something else has happened since: task\.completed"):
            office.returns.send_back(opinions[1]["id"], "类型不对", "confirm_type", by=who_may(office, opinions[1]))


def joint(office: Office) -> tuple[Any, list[Any]]:
    """A joint case, and the tasks in which departments give their opinions."""
    case = accept(office, matter_of_type(office, "joint", lambda m: len(m["departments"]) >= 2))
    case = do_named(office, do_named(office, case, "check_materials"), "confirm_type")
    return case, [task for task in case["tasks"] if task["element"].endswith("_opinion")]


class TestTakingBack:
    """撤回自己的办理."""

    def test_ones_own_completion_while_the_next_has_not_begun(self, office: Office) -> None:
        case = instant_at(office, "decide")
        decide = at(case, "decide")
        by = who_may(office, decide)
        given = ordinary(office, decide, by)
        case = office.tasks.complete(decide["id"], given, by=by)
        back = office.returns.withdraw(decide["id"], "选错了", by=by, once=Once(key="w-1", scope="w", digest="d"))
        assert elements(back) == ["decide"]
        assert back["tasks"][0]["assignee"] == by.username
        assert back["tasks"][0]["id"] != decide["id"]
        again = office.returns.withdraw(decide["id"], "选错了", by=by, once=Once(key="w-1", scope="w", digest="d"))
        assert again == back
        with pytest.raises(NotOffered, match="taken back already"):
            office.returns.withdraw(decide["id"], "选错了", by=by)
        holds(office, back)

    def test_not_once_it_has_begun(self, office: Office) -> None:
        case = instant_at(office, "decide")
        decide = at(case, "decide")
        by = who_may(office, decide)
        case = office.tasks.complete(decide["id"], ordinary(office, decide, by), by=by)
        other = office.people.person("leader" if by.username == "clerk" else "clerk")
        office.tasks.claim(case["tasks"][0]["id"], by=other)
        with pytest.raises(NotOffered, match="has begun what followed"):
            office.returns.withdraw(decide["id"], "选错了", by=by)
        office.tasks.unclaim(case["tasks"][0]["id"], by=other)
        with pytest.raises(Forbidden):
            office.returns.withdraw(decide["id"], "选错了", by=other)
        case = do(office, office.cases.get(case["number"], by=by)["tasks"][0])
        with pytest.raises(NotOffered, match=r"something else has happened since: task\.completed"):
            office.returns.withdraw(decide["id"], "选错了", by=by)

    def test_not_while_the_clock_stands_still_and_not_after_the_end(self, office: Office) -> None:
        case, opinions = joint(office)
        by = who_may(office, opinions[0])
        do(office, opinions[0])
        office.cases.suspend(case["number"], "专家评审", "expert-review", by=office.people.person("clerk"))
        with pytest.raises(CaseSuspended):
            office.returns.withdraw(opinions[0]["id"], "意见有误", by=by)
        case = office.cases.resume(case["number"], "评审结束", by=office.people.person("clerk"))
        last: Any = None
        while case["tasks"]:
            last = case["tasks"][0]
            actor = who_may(office, last)
            case = do(office, last)
        with pytest.raises(CaseClosed):
            office.returns.withdraw(last["id"], "选错了", by=actor)

    def test_not_when_a_timer_has_fired_since(self, office: Office, clock: SetClock) -> None:
        _case, opinions = joint(office)
        by = who_may(office, opinions[0])
        do(office, opinions[0])
        clock.pass_time(days=60)
        with pytest.raises(NotOffered, match=r"something else has happened since: timer\.fired"):
            office.returns.withdraw(opinions[0]["id"], "意见有误", by=by)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_course_the_history_stays_a_proof(embedded_office: Office, clock: SetClock, seed: int) -> None:
    assert sum(course(embedded_office, clock, random.Random(seed * 10 + number), 901 + number) for number in range(3))


def course(office: Office, clock: SetClock, chance: random.Random, serial: int) -> int:
    """People complete tasks, send them back and take back what they did, as it comes; how often it went back.

    The law: where the case is then is where it was before the completion, and what is known is what was known.
    """
    auditor = office.people.person("auditor")
    matter = matter_of_type(office, chance.choice(["instant", "joint", "promised", "reported"]))
    case = accept(office, matter, serial=serial)
    done: list[tuple[str, Person]] = []
    went = 0
    for _ in range(20):
        if not case["tasks"]:
            break
        known, draw = case["data"], chance.random()
        task = chance.choice(case["tasks"])
        by = who_may(office, task)
        clock.pass_time(minutes=chance.choice([1, 30]))
        try:
            if draw < 0.3:
                offered = [step["element"] for step in office.returns.earlier(task["id"], by=by) if not step["barred"]]
                to = chance.choice(offered) if offered else None
                case = office.returns.send_back(task["id"], "再看一遍", to, by=by)
            elif draw < 0.5 and done:
                case = office.returns.withdraw(done[-1][0], "填错了", by=done[-1][1])
            else:
                done.append((task["id"], by))
                case = do(office, task)
                continue
        except NotOffered:
            case = office.cases.get(case["number"], by=auditor)
            continue
        went += 1
        entry = office.history.entries(case["number"], by=auditor, limit=1000)["items"][-1]
        before = office.history.replay(case["number"], by=auditor, at=entry["input"]["entry"] - 1)
        assert where(case["tasks"]) == where(before["tasks"])
        assert case["data"] == known
        holds(office, case)
    holds(office, to_the_end(office, case))
    return went


def where(tasks: Any) -> list[str]:
    """At which elements, and in which unit, tasks are open."""
    return sorted(f"{task['element']} {task['unit']}" for task in tasks)
