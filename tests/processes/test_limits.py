"""What a list says of a task: its limit ends with a day, its timer says the same, and so does the case's limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.processes.ordinary import Course, matter

Case = Callable[..., Course]


def begun(type: str = "promised", promised_days: int = 30) -> Course:
    """A case that has just been received."""
    departments = ["planning", "fire", "water"] if type == "joint" else []
    return Course(matter(type, "market", departments, promised_days=promised_days))


def handled(type: str, promised_days: int = 30) -> Course:
    """A case that was accepted and confirmed to be of its type."""
    facts = {"needs_survey": True} if type == "promised" else {}
    return begun(type, promised_days).complete("check_materials", **facts).complete("confirm_type")


def mended(days: int) -> Course:
    """A file whose mistakes were mended, for so long."""
    return begun().complete("check_materials", check_result="mended").wait(working_days=days).complete("mend")


def missing() -> Course:
    """A file of which something is missing: the applicant was told."""
    return begun().complete("check_materials", check_result="missing").complete("tell_missing")


def under_review() -> Course:
    """A return against which the applicant asked for a review."""
    case = handled("returned").complete("state_reasons").complete("serve_notice", review_right="kept")
    return case.message("review-requested", reason="不服")


@pytest.mark.parametrize(
    ("case", "element", "timer"),
    [
        (begun, "check_materials", "acceptance_limit"),
        (lambda: begun().complete("check_materials", check_result="mended"), "mend", "acceptance_limit"),
        (lambda: begun().complete("check_materials", check_result="missing"), "tell_missing", "acceptance_limit"),
        (lambda: begun().complete("check_materials", check_result="refused"), "refuse_acceptance", "acceptance_limit"),
        (lambda: mended(days=2), "check_materials", "acceptance_limit"),
        (missing, "record_supplement", "supplement_lapsed"),
        (lambda: missing().wait(working_days=4).complete("record_supplement"), "check_materials", "acceptance_limit"),
        (lambda: handled("joint"), "lead_examination", "lead_limit"),
        (lambda: handled("joint"), "planning_opinion", "planning_limit"),
        (lambda: handled("joint"), "fire_opinion", "fire_limit"),
        (lambda: handled("joint"), "further_opinion", "further_limit"),
        (lambda: handled("promised").complete("issue_slip"), "survey", "survey_limit"),
        (lambda: handled("reported").go_on("record_answer"), "record_answer", "answer_late"),
        (under_review, "review", "review_limit"),
        (lambda: handled("instant").go_on("reply"), "reply", "delivery_limit"),
        (lambda: handled("instant").go_on("reply").wait(working_days=3).complete("reply"), "deliver", "delivery_limit"),
    ],
)
def test_a_task_is_due_when_its_timer_fires_which_is_the_end_of_a_day(case: Case, element: str, timer: str) -> None:
    # given a case at a task
    found = case()
    due = found.task(element).due

    # then its list, its timer and the office's rule say one instant
    assert due is not None
    assert due == found.timers[timer]
    assert due.astimezone(found.calendar.zone).time() == found.calendar.closes
    assert found.calendar.is_working(found.calendar.today(due))


@pytest.mark.parametrize(
    ("case", "element", "days"),
    [
        (lambda: handled("reported"), "review", 20),
        (lambda: handled("reported").complete("review"), "report_upward", 1),
        (lambda: handled("returned"), "state_reasons", 5),
        (lambda: handled("returned").complete("state_reasons"), "serve_notice", 10),
        (under_review, "review", 5),
    ],
)
def test_a_limit_of_working_days_ends_with_the_last(case: Case, element: str, days: int) -> None:
    found = case()
    assert found.task(element).due == found.calendar.limit(found.now, days)


@pytest.mark.parametrize(
    ("type", "element"),
    [
        ("promised", "survey"),
        ("reported", "review"),
        ("reported", "report_upward"),
        ("reported", "record_answer"),
        ("returned", "state_reasons"),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_what_the_decision_waits_for_is_due_with_the_case_at_the_latest(type: str, element: str, late: bool) -> None:
    # given a case whose whole limit is one day, and which may be beyond it
    case = handled(type, promised_days=1)
    assert case.due is not None
    if late:
        case.until(case.due + timedelta(days=2))
    if element != case.open[0]:
        case.go_on(element)

    # then its task is due with it: in time is in time, and late is late
    due = case.task(element).due
    assert due is not None and due <= case.due
    assert (due < case.now) is late


def test_a_return_before_acceptance_has_five_days() -> None:
    case = begun().message("return", reason="不属本机关事项")
    assert case.due is None
    assert case.task("state_reasons").due == case.calendar.limit(case.now, 5)
