"""What was interrupted is told apart from what was passed, from the history of a case."""

from __future__ import annotations

from typing import Any

from engine import Office
from tests.conftest import SetClock
from tests.office.at_work import accept, do, do_named, matter_of_type, to_the_end, until


def drawn(office: Office, case: Any, process: str) -> tuple[set[str], set[str], set[str]]:
    """The elements of a process that are drawn as active, as passed and as interrupted."""
    told = office.cases.diagram(case["number"], by=office.people.person("auditor"))
    active, passed, interrupted = (
        {one["element"] for one in told[name] if one["process"] == process}
        for name in ("active", "passed", "interrupted")
    )
    return active, passed, interrupted


def test_a_task_that_an_answer_has_ended_was_not_passed(embedded_office: Office) -> None:
    # given a reported case whose answer is typed in by a clerk, and one whose answer comes as a message
    office = embedded_office
    by_hand, by_message = (
        until(office, accept(office, matter_of_type(office, "reported")), "record_answer") for _ in range(2)
    )
    by_hand = do_named(office, by_hand, "record_answer")
    by = office.people.person("clerk")
    given = {"decision": "grant", "reason": "符合规定"}
    by_message = office.cases.message(by_message["number"], "upper-answer", given, by=by)

    # then the task was passed in the one and interrupted in the other, where the flow behind it was not taken
    ways = {"start", "review", "review_outcome", "report_upward", "answered", "decided"}
    assert drawn(office, by_hand, "reported") == (set(), {*ways, "record_answer"}, set())
    answered = {*ways, "upper_answer", "answer_is_clear"}
    assert drawn(office, by_message, "reported") == (set(), answered, {"record_answer"})

    # and the call of the process was passed in both
    for case in (by_hand, by_message):
        active, passed, interrupted = drawn(office, case, "one_window")
        assert "reported" in passed
        assert interrupted == set()
        assert "reply" in active


def test_a_reminder_that_is_moot_was_interrupted_and_one_that_was_done_was_passed(
    embedded_office: Office, clock: SetClock
) -> None:
    # given a promised case after its limit, with two reminders, one of which the leader does
    office = embedded_office
    case = until(office, accept(office, matter_of_type(office, "promised")), "examine")
    clock.pass_time(days=60)
    office.clock.tick()
    case = office.cases.get(case["number"], by=office.people.person("clerk"))
    case = do_named(office, case, "supervise")

    # when it is decided
    case = do_named(office, do_named(office, case, "examine"), "decide")

    # then the other is gone with it
    _, passed, interrupted = drawn(office, case, "promised")
    assert interrupted == {"remind_unit"}
    assert {"supervise", "supervised", "handling", "examine", "decide", "limit_near"} <= passed
    assert "reminded" not in passed


def test_what_runs_inside_of_what_is_interrupted_is_interrupted(embedded_office: Office) -> None:
    # given a joint case, one of whose departments has answered
    office = embedded_office
    several = matter_of_type(office, "joint", lambda matter: {"planning", "fire"} <= set(matter["departments"]))
    case = until(office, accept(office, several), "planning_opinion")
    case = do_named(office, case, "planning_opinion")
    assert drawn(office, case, "joint")[2] == set()

    # when the applicant withdraws it
    by = office.people.person("clerk")
    office.cases.withdraw(case["number"], "不办了", by=by)

    # then all that was under way was interrupted, from the whole handling to the open tasks, and nothing else
    _, passed, interrupted = drawn(office, case, "one_window")
    assert interrupted == {"handling", "joint"}
    assert {"check_materials", "confirm_type", "withdrawn_by_applicant"} <= passed
    _, passed, interrupted = drawn(office, case, "joint")
    assert {"fire_opinion", "lead_examination"} <= interrupted
    assert "planning_opinion" in passed
    assert not {"planning_opinion", "start"} & interrupted


def test_what_begins_anew_after_an_interruption_is_active_and_then_passed(embedded_office: Office) -> None:
    # given a promised case that is reported up while it is examined
    office = embedded_office
    case = until(office, accept(office, matter_of_type(office, "promised")), "examine")
    by = office.people.person("clerk")
    case = office.cases.report(case["number"], "超出本级权限", by=by)
    active, passed, interrupted = drawn(office, case, "one_window")
    assert (interrupted, "handling" in active, "ordered_up" in passed) == ({"promised"}, True, True)
    assert drawn(office, case, "promised")[2] == {"handling", "examine"}

    # when it has gone on to its end, then only what nobody has finished is interrupted
    case = to_the_end(office, case)
    assert case["status"] == "completed"
    active, passed, interrupted = drawn(office, case, "one_window")
    assert active == set()
    assert interrupted == {"promised"}
    assert {"handling", "reported", "reply", "deliver"} <= passed


def test_what_was_sent_back_was_not_interrupted(embedded_office: Office) -> None:
    # given a reply that is sent back to the decision
    office = embedded_office
    case = until(office, accept(office, matter_of_type(office, "instant")), "reply")
    (task,) = case["tasks"]
    case = office.returns.send_back(task["id"], "决定有误", None, by=office.people.person("clerk"))
    assert [task["element"] for task in case["tasks"]] == ["decide"]

    # then the case is at the decision, and nothing was interrupted, nor is when it has gone on
    for _ in range(2):
        for process in ("instant", "one_window"):
            assert drawn(office, case, process)[2] == set()
        case = do(office, case["tasks"][0])
    assert "decide" in drawn(office, case, "instant")[1]
