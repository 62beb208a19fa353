"""How each of the five types is handled, as far as it differs from the ordinary way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import Invalid
from tests.processes.ordinary import Course, matter

FORTY_FOUR = ["planning", "housing", "fire", "environment", *(f"department-{n:02}" for n in range(1, 41))]


def handled(type: str, departments: list[str] | None = None, unit: str = "market", **facts: bool) -> Course:
    """A case that was accepted and confirmed to be of its type."""
    case = Course(matter(type, unit, departments or []))
    return case.complete("check_materials", **facts).complete("confirm_type")


# Instant --------------------------------------------------------------------------------------------------------


def test_a_refusal_at_the_window_states_its_reason_and_is_replied_to() -> None:
    case = handled("instant")

    with pytest.raises(Invalid) as refusal:
        case.complete("decide", decision="refuse", decision_reason="")
    assert [error.pointer for error in refusal.value.errors] == ["/data/decision_reason"]
    case.complete("decide", decision="refuse", decision_reason="经营场所不符合要求")
    assert case.milestones == ["accepted", "decided"]
    assert case.go_on().status == "completed"
    assert (case.variables["decision"], case.variables["decision_reason"]) == ("refuse", "经营场所不符合要求")


def test_an_instant_case_is_due_with_the_case() -> None:
    case = handled("instant")

    assert case.task("decide").due == case.due


# Joint ----------------------------------------------------------------------------------------------------------


def test_two_departments_and_the_lead_examine_at_once() -> None:
    case = handled("joint", ["planning", "water"], unit="housing")

    groups = {task.element.id: task.groups for task in case.tasks}
    assert groups == {
        "lead_examination": ("housing",),
        "planning_opinion": ("planning",),
        "further_opinion": ("water",),
    }
    case.complete("further_opinion").complete("lead_examination")
    assert case.open == ["planning_opinion"], "the lead waits for every department"
    case.complete("planning_opinion")
    assert case.task("decide").groups == ("housing",)


def test_each_usual_department_is_asked_when_the_matter_names_it() -> None:
    case = handled("joint", ["planning", "housing", "fire", "environment"], unit="market")

    assert sorted(task.groups[0] for task in case.tasks) == ["environment", "fire", "housing", "market", "planning"]
    assert case.go_on().status == "completed"


def test_a_lead_that_the_matter_names_among_the_departments_is_asked_once() -> None:
    case = handled("joint", ["planning", "market", "fire", "water"], unit="planning")

    assert case.open == ["fire_opinion", "further_opinion", "further_opinion", "lead_examination"]


def test_a_joint_matter_without_any_other_department_goes_to_its_lead() -> None:
    case = handled("joint", [], unit="planning")

    assert case.open == ["lead_examination"]
    assert case.go_on().status == "completed"


def test_forty_four_departments_on_the_same_diagram() -> None:
    case = handled("joint", FORTY_FOUR, unit="development")

    assert len(case.tasks) == 45
    assert {task.groups[0] for task in case.tasks} == {*FORTY_FOUR, "development"}
    for answered, department in enumerate(reversed(FORTY_FOUR), start=1):
        case.complete(case.task(next(t for t in case.tasks if department in t.groups).element.id, group=department))
        assert len(case.tasks) == 45 - answered
    case.complete("lead_examination")
    assert case.open == ["decide"]
    seen = case.names(case.task("decide"))["opinions_further"]
    assert [opinion["department"] for opinion in seen] == FORTY_FOUR[4:], "each at its place, whoever came first"
    case.go_on()
    assert case.status == "completed"


def test_opinions_are_kept_apart() -> None:
    case = handled("joint", ["planning", "fire", "water", "health"], unit="housing")
    case.complete("lead_examination")
    case.complete("planning_opinion", opinion="conditions", conditions="退让红线三米")
    case.complete("fire_opinion", opinion="refuse", opinion_reason="无消防车道")
    case.complete(case.task("further_opinion", group="health"))
    case.complete(case.task("further_opinion", group="water"), opinion="conditions", conditions="办理取水许可")
    case.go_on()

    said = case.variables
    assert said["opinion_lead"]["opinion"] == "agree"
    assert said["opinion_planning"]["conditions"] == "退让红线三米"
    assert (said["opinion_fire"]["opinion"], said["opinion_fire"]["reason"]) == ("refuse", "无消防车道")
    assert [(each["department"], each["opinion"]) for each in said["opinions_further"]] == [
        ("water", "conditions"),
        ("health", "agree"),
    ]
    assert "opinion_environment" not in said


@pytest.mark.parametrize(("opinion", "field"), [("conditions", "conditions"), ("refuse", "opinion_reason")])
def test_conditions_and_refusals_are_stated(opinion: str, field: str) -> None:
    case = handled("joint", ["fire"])

    with pytest.raises(Invalid) as refusal:
        case.complete("fire_opinion", opinion=opinion, **{field: ""})
    assert [error.pointer for error in refusal.value.errors] == [f"/data/{field}"]


def test_a_refusal_does_not_stop_the_others_but_the_lead_sees_it() -> None:
    case = handled("joint", ["planning", "fire"])
    case.complete("fire_opinion", opinion="refuse", opinion_reason="无消防车道")

    assert case.open == ["lead_examination", "planning_opinion"]
    case.complete("lead_examination").complete("planning_opinion")
    assert case.names(case.task("decide"))["opinions"] == [
        {"department": "market", "opinion": "同意", "remark": None},
        {"department": "planning", "opinion": "同意", "remark": None},
        {"department": "fire", "opinion": "不同意", "remark": "无消防车道"},
    ]
    case.complete("decide", decision="refuse", decision_reason="消防不符合要求")
    assert case.go_on().variables["decision"] == "refuse"


def test_a_department_beyond_its_own_limit_is_urged_and_may_still_answer() -> None:
    case = handled("joint", ["fire", "planning"])
    case.complete("planning_opinion").complete("lead_examination")

    case.wait(working_days=6)
    assert case.open == ["fire_opinion"]
    case.wait(working_days=2)
    assert case.open == ["fire_opinion", "fire_reminder"]
    assert case.task("fire_reminder").groups == ("fire:leader",)
    case.complete("fire_reminder")
    case.wait(working_days=20)
    assert case.open == ["fire_opinion"], "one reminder"
    case.complete("fire_opinion")
    assert case.open == ["decide"]


def test_each_further_department_has_its_own_reminder() -> None:
    case = handled("joint", ["water", "health", "culture"])
    case.complete("lead_examination").complete(case.task("further_opinion", group="health"))

    case.wait(working_days=11)
    assert sorted(task.groups[0] for task in case.tasks if task.element.id == "further_reminder") == [
        "culture:leader",
        "water:leader",
    ]
    case.complete(case.task("further_opinion", group="water"))
    assert [task.groups[0] for task in case.tasks if task.element.id == "further_reminder"] == ["culture:leader"], (
        "the opinion ends the reminder"
    )
    case.complete(case.task("further_opinion", group="culture"))
    assert case.open == ["decide"]


@pytest.mark.parametrize("department", ["lead", "planning", "housing", "fire", "environment"])
def test_a_reminder_ends_with_the_opinion_that_it_asks_for(department: str) -> None:
    # given a joint case in which everybody is late
    case = handled("joint", ["planning", "housing", "fire", "environment"]).wait(working_days=11)
    late = {f"{one}_reminder" for one in ("lead", "planning", "housing", "fire", "environment")}
    assert late < set(case.open)

    # when one of them gives its opinion, then its leader is reminded no longer, and the others' still are
    case.complete("lead_examination" if department == "lead" else f"{department}_opinion")
    assert late & set(case.open) == late - {f"{department}_reminder"}


# Promised -------------------------------------------------------------------------------------------------------


def test_a_promised_case_begins_with_its_slip_and_goes_to_the_responsible_unit() -> None:
    case = handled("promised", unit="forestry")

    assert case.task("issue_slip").groups == ("window",)
    assert case.due is not None
    assert case.names(case.task("issue_slip"))["promised_date"] == case.due.date().isoformat()
    case.complete("issue_slip")
    assert case.open == ["examine"], "no survey is needed"
    assert case.task("examine").groups == ("forestry",)


def test_a_survey_is_due_within_three_working_days() -> None:
    case = handled("promised", unit="forestry", needs_survey=True).complete("issue_slip")

    survey = case.task("survey")
    assert survey.groups == ("forestry",)
    assert survey.due == case.calendar.limit(case.now, 3)
    case.wait(working_days=4)
    assert case.open == ["survey", "survey_reminder"]
    assert case.task("survey_reminder").groups == ("forestry:leader",)
    case.complete("survey").complete("examine").complete("decide")
    assert case.open == ["reply"], "the reminder is moot"


def test_the_unit_is_reminded_before_the_limit_and_the_supervisor_called_at_it() -> None:
    case = handled("promised", unit="forestry").complete("issue_slip")
    assert case.due is not None

    case.until(case.calendar.shift(case.due, -2) - timedelta(seconds=1))
    assert case.open == ["examine"]
    case.until(case.calendar.shift(case.due, -2))
    assert case.open == ["examine", "remind_unit"]
    assert case.task("remind_unit").groups == ("forestry",)
    case.until(case.due - timedelta(seconds=1))
    assert case.open == ["examine", "remind_unit"]
    case.until(case.due)
    assert case.open == ["examine", "remind_unit", "supervise"]
    assert case.task("supervise").groups == ("window:leader",)

    case.complete("examine").complete("supervise")
    assert case.open == ["decide", "remind_unit"]
    case.complete("decide")
    assert case.open == ["reply"]
    assert case.go_on().status == "completed"


def test_a_case_decided_in_time_reminds_nobody() -> None:
    case = handled("promised").complete("issue_slip").complete("examine").complete("decide")

    case.wait(working_days=30)
    assert case.open == ["reply", "supervise_delivery"], "only the delivery has a limit from here on"


# Reported -------------------------------------------------------------------------------------------------------


def reported_up() -> Course:
    return handled("reported", unit="police").complete("review").complete("report_upward")


def test_the_upper_levels_answer_comes_back_as_a_message() -> None:
    case = reported_up()

    assert case.task("record_answer").groups == ("police",)
    case.message("upper-answer", decision="refuse", reason="不符合全省规划")
    assert case.milestones == ["accepted", "decided"]
    assert (case.variables["decision"], case.variables["decision_reason"]) == ("refuse", "不符合全省规划")
    assert case.go_on().status == "completed"


@pytest.mark.parametrize("said", [{}, {"decision": "同意"}, {"decision": None, "reason": "见附件"}])
def test_an_answer_that_says_neither_grant_nor_refuse_decides_nothing(said: dict[str, str | None]) -> None:
    case = reported_up().message("upper-answer", **said)

    assert (case.open, case.milestones) == (["record_answer"], ["accepted"])
    case.complete("record_answer", decision="refuse", decision_reason="不符合全省规划")
    assert case.milestones == ["accepted", "decided"]


def test_the_upper_levels_answer_is_recorded_by_a_clerk() -> None:
    case = reported_up().complete("record_answer", decision="refuse", decision_reason="不符合全省规划")

    assert "upper-answer" not in case.offers
    assert case.variables["decision"] == "refuse"
    assert case.open == ["reply"]


def test_no_answer_from_above_goes_to_the_supervisor_and_does_not_end_the_wait() -> None:
    case = reported_up().wait(working_days=9)
    assert case.open == ["record_answer"]

    case.wait(working_days=2)
    assert case.open == ["record_answer", "urge_upper_level"]
    assert case.task("urge_upper_level").groups == ("window:leader",)
    case.message("upper-answer", decision="grant", reason=None)
    assert case.open == ["reply"]


# Returned -------------------------------------------------------------------------------------------------------


def test_a_return_states_basis_reason_and_right_office() -> None:
    case = handled("returned")

    with pytest.raises(Invalid) as refusal:
        case.complete("state_reasons", policy_basis="", return_reason="", right_office="")
    assert {error.pointer for error in refusal.value.errors} == {
        "/data/policy_basis",
        "/data/return_reason",
        "/data/right_office",
    }
    case.complete("state_reasons", policy_basis="《某条例》第三条", return_reason="无许可依据", right_office="市水务局")
    assert case.milestones == ["accepted", "decided"]
    case.complete("serve_notice")
    assert case.milestones == ["accepted", "decided", "delivered"]
    assert case.variables["type"] == "returned"


def test_the_time_for_a_review_is_the_notices_and_ends_with_its_last_day() -> None:
    case = handled("returned").complete("state_reasons")
    case.complete("serve_notice", review_days=3, review_right="kept")

    case.wait(working_days=3)
    assert case.status == "open"
    assert "review-requested" in case.offers
    case.wait(working_days=1)
    assert case.status == "returned"


def test_a_return_that_the_applicant_accepts_ends_at_once() -> None:
    case = handled("returned").complete("state_reasons")

    with pytest.raises(Invalid) as refusal:
        case.complete("serve_notice", review_right=None)
    assert [error.pointer for error in refusal.value.errors] == ["/data/review_right"], "nobody waives a right unasked"
    assert case.complete("serve_notice", review_right="accepted").status == "returned"


def test_a_review_by_the_windows_leader_can_uphold_the_return() -> None:
    case = (
        handled("returned")
        .go_on("serve_notice")
        .complete("serve_notice", review_right="kept")
        .message("review-requested", reason="不服")
    )

    assert case.task("review").groups == ("window:leader",)
    case.wait(working_days=10)
    assert case.open == ["review", "supervise_review"], "the time for asking is over, and that for the review too"
    assert case.task("supervise_review").groups == ("market:leader",)
    case.complete("review")
    assert case.status == "returned"
    assert case.variables["review_request"] == "不服"


def test_no_department_has_longer_than_the_whole_case() -> None:
    # given two joint cases, one with a whole limit of five working days, the other of twenty
    def departments(promised_days: int) -> Course:
        case = Course(matter("joint", "market", ["planning", "fire", "water"], promised_days=promised_days))
        return case.complete("check_materials").complete("confirm_type")

    tight, ample = departments(5), departments(20)

    # then what each department is given lies inside of it
    own = ("lead_examination", "planning_opinion", "fire_opinion", "further_opinion")
    assert {tight.task(element).due for element in own} == {tight.due}
    assert [ample.task(element).due.date().isoformat() for element in own] == [  # type: ignore[union-attr]
        "2026-03-16",
        "2026-03-16",
        "2026-03-11",
        "2026-03-16",
    ]
    tight.wait(working_days=6)
    assert {"lead_reminder", "planning_reminder", "fire_reminder", "further_reminder"} <= set(tight.open)
    ample.wait(working_days=6)
    assert not any(element.endswith("_reminder") for element in ample.open)


def test_a_decision_is_delivered_within_ten_working_days_or_the_leader_steps_in() -> None:
    # given a decision on Monday 2 March 2026, whose reply takes two days to write
    case = handled("instant").go_on("decide").complete("decide")
    to_be_written_by = case.task("reply").due
    case.wait(working_days=2).complete("reply")

    # then the delivery is due ten working days after the decision, not after the reply, which is due by then too
    due = case.task("deliver").due
    assert due is not None and due.date().isoformat() == "2026-03-16"
    assert to_be_written_by == due
    case.wait(working_days=8)
    assert case.open == ["deliver"]
    case.wait(working_days=1)
    assert case.open == ["deliver", "supervise_delivery"]
    assert case.task("supervise_delivery").groups == ("window:leader",)
    # who steps in has until the end of the next working day
    due = case.task("supervise_delivery").due
    assert due is not None and due.date().isoformat() == "2026-03-17"

    # and the reminder is moot with the delivery
    case.complete("deliver")
    assert case.open == [] and case.status == "completed"
