"""At the window: acceptance, triage, hand-overs, and what the citizen or a leader may ask for at any point."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.errors import Invalid
from tests.processes.ordinary import MONDAY, TYPES, Course, matter

by_type = pytest.mark.parametrize("type", TYPES)


def of(type: str) -> dict[str, object]:
    """A matter of that type, with departments where it is a joint one."""
    return matter(type, departments=["planning", "fire"] if type == "joint" else [])


# The ordinary way -----------------------------------------------------------------------------------------------


@by_type
def test_ordinary_answers_bring_a_case_of_each_type_to_its_end(type: str) -> None:
    case = Course(of(type)).go_on()

    assert case.status == ("returned" if type == "returned" else "completed")
    assert case.variables["type"] == type
    assert case.milestones == ["accepted", "decided", "delivered"]
    assert case.open == []


def test_the_window_checks_confirms_replies_and_delivers() -> None:
    case = Course(of("instant"))

    for element in ("check_materials", "confirm_type", "decide", "reply", "deliver"):
        assert case.open == [element]
        assert case.task(element).groups == ("window",)
        case.complete(element)
    assert case.status == "completed"


# Acceptance -----------------------------------------------------------------------------------------------------


LATER = [
    {"name": "申请表", "form": "original", "copies": 1, "required": True, "issuer": ""},
    {"name": "授权委托书", "form": "original", "copies": 1, "required": False, "issuer": ""},
    {"name": "身份证复印件", "form": "copy", "copies": 1, "required": False, "issuer": "公安机关"},
]


def undertaken(days: int = 3, **more: object) -> Course:
    """A case that was accepted on Monday although a material was lacking."""
    case = Course(matter("instant", materials=LATER, **more))
    return case.complete(
        "check_materials",
        check_result="undertaking",
        undertaken_materials=["授权委托书"],
        undertaken_days=days,
        undertaking_signatory="王芳",
    )


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("undertaken_materials", []),
        ("undertaken_materials", ["申请表"]),
        ("undertaken_days", 11),
        ("undertaken_days", None),
        ("undertaking_signatory", " "),
        ("undertaking_consequence", ""),
    ],
)
def test_an_undertaking_says_who_what_by_when_and_else(field: str, answer: object) -> None:
    """Only what the catalogue lets follow can be undertaken, and not beyond the promised limit of ten days."""
    case = Course(matter("instant", materials=LATER))
    whole = {"undertaken_materials": ["授权委托书"], "undertaken_days": 10, "undertaking_signatory": "王芳"}

    with pytest.raises(Invalid) as refusal:
        case.complete("check_materials", check_result="undertaking", **{**whole, field: answer})
    assert {error.pointer.removesuffix("/0") for error in refusal.value.errors} == {f"/data/{field}"}
    assert case.complete("check_materials", check_result="undertaking", **whole).milestones == ["accepted"]


def test_a_matter_without_such_materials_takes_no_undertaking() -> None:
    case = Course(matter("instant", materials=LATER[:1]))

    with pytest.raises(Invalid) as refusal:
        case.complete("check_materials", check_result="undertaking", undertaking_signatory="王芳")
    assert [error.pointer for error in refusal.value.errors] == ["/data/undertaken_materials"]


def test_what_was_undertaken_and_comes_in_time_troubles_nobody() -> None:
    case = undertaken()
    assert case.milestones == ["accepted"]
    assert case.variables["undertaking"] == {"materials": ["授权委托书"], "until": "2026-03-05", "state": "open"}

    case.wait(working_days=1).message("undertaking-kept")
    assert case.variables["undertaking"]["state"] == "kept"
    case.go_on().wait(working_days=20)
    assert case.status == "completed"
    assert "chase_undertaking" not in case.open


def test_the_reply_waits_for_what_was_undertaken() -> None:
    case = undertaken().go_on("reply")

    assert case.milestones == ["accepted", "decided"]
    assert case.open == []
    case.message("undertaking-kept")
    assert case.open == ["reply"]
    assert case.go_on().status == "completed"


def test_after_its_last_day_an_undertaking_is_chased_and_its_breach_recorded() -> None:
    case = undertaken().go_on("reply")

    case.until(datetime.fromisoformat("2026-03-05T23:59:00+08:00"))
    assert case.open == []
    case.until(datetime.fromisoformat("2026-03-06T00:00:00+08:00"))
    assert case.open == ["chase_undertaking"]
    assert case.task("chase_undertaking").groups == ("window",)
    case.complete("chase_undertaking", breach_note="电话催告两次，未补交")
    assert case.variables["undertaking"]["state"] == "broken"
    assert case.open == ["reply"], "the reply waits no longer"
    assert case.go_on().status == "completed"


def test_what_comes_late_closes_the_chase_by_itself() -> None:
    case = undertaken().wait(working_days=5)
    assert "chase_undertaking" in case.open

    case.message("undertaking-kept")
    assert "chase_undertaking" not in case.open
    assert case.variables["undertaking"]["state"] == "kept"


@pytest.mark.parametrize("way", ["report", "return", "withdraw"])
def test_an_undertaking_outlives_the_hand_over_and_ends_with_the_case(way: str) -> None:
    case = undertaken().message(way, reason="改办")

    if way == "report":
        case.wait(working_days=5)
        assert "chase_undertaking" in case.open
        case.complete("chase_undertaking", breach_note="未补交")
    case.go_on()
    assert case.status == {"report": "completed", "return": "returned", "withdraw": "withdrawn"}[way]
    assert case.open == []


def test_a_mistake_is_mended_on_the_spot_and_the_file_checked_again() -> None:
    case = Course(of("instant")).complete("check_materials", check_result="mended")

    assert case.open == ["mend"]
    case.complete("mend", mended_items="更正申请人名称")
    assert case.open == ["check_materials"]
    assert case.shown(case.task("check_materials"))["check_result"] == "complete", "the check begins anew"
    case.complete("check_materials")
    assert case.milestones == ["accepted"]


def test_what_is_missing_is_told_once_and_the_limit_has_not_begun() -> None:
    case = Course(of("promised")).complete("check_materials", check_result="missing")
    case.complete("tell_missing", missing_list="公司章程\n住所使用证明", days_given=20)

    assert case.open == ["record_supplement"]
    assert case.variables["missing_materials"] == "公司章程\n住所使用证明"
    case.wait(working_days=10)
    assert case.milestones == [], "told in time, so not deemed accepted"
    assert case.due is None

    case.complete("record_supplement")
    assert case.variables["missing_materials"] is None, "nothing is missing any more that the applicant was told"
    assert case.open == ["check_materials"]
    accepted_on = case.complete("check_materials").now
    assert case.accepted == accepted_on
    assert case.due is not None


def test_a_supplement_that_comes_by_itself_closes_the_clerks_task() -> None:
    case = Course(of("instant")).complete("check_materials", check_result="missing").complete("tell_missing")

    assert "materials-supplied" in case.offers
    case.message("materials-supplied", note="章程已上传")
    assert case.open == ["check_materials"]
    assert case.variables["supplement"] == {"note": "章程已上传", "by": "message"}
    assert "materials-supplied" not in case.offers


def test_a_second_notice_is_possible_and_begins_empty() -> None:
    case = Course(of("instant")).complete("check_materials", check_result="missing").complete("tell_missing")
    case.complete("record_supplement").complete("check_materials", check_result="missing")

    assert case.shown(case.task("tell_missing"))["days_given"] == 15
    case.complete("tell_missing", missing_list="签名").complete("record_supplement").complete("check_materials")
    assert case.milestones == ["accepted"]


def test_what_is_not_supplied_in_time_goes_back() -> None:
    case = Course(of("instant")).complete("check_materials", check_result="missing")
    case.complete("tell_missing", days_given=10)

    case.wait(working_days=9)
    assert case.open == ["record_supplement"]
    case.wait(working_days=2)
    assert case.status == "returned"
    assert case.variables["type"] == "returned"
    assert "逾期未补正" in case.variables["type_reason"]
    assert case.milestones == []


def test_a_refusal_at_acceptance_names_the_right_body_and_ends_as_returned() -> None:
    case = Course(of("instant")).complete("check_materials", check_result="refused")

    with pytest.raises(Invalid) as refusal:
        case.complete("refuse_acceptance", refusal_reason="", refusal_basis="", right_body="")
    assert {error.pointer for error in refusal.value.errors} == {
        "/data/refusal_reason",
        "/data/refusal_basis",
        "/data/right_body",
    }
    case.complete("refuse_acceptance", refusal_reason="不属于本机关职权", right_body="市公安局")
    assert case.status == "returned"
    assert case.variables["type"] == "returned"
    assert case.variables["type_reason"] == "不属于本机关职权"
    assert case.variables["refusal"]["right_body"] == "市公安局"
    assert case.milestones == []
    assert case.due is None


def test_a_file_that_nobody_answers_is_deemed_accepted_on_its_day_of_receipt() -> None:
    case = Course(of("promised"))

    # Received on Monday: the fifth working day is the next Monday, and it has to end.
    case.until(datetime.fromisoformat("2026-03-09T23:59:00+08:00"))
    assert case.open == ["check_materials"]
    case.until(datetime.fromisoformat("2026-03-10T00:00:00+08:00"))
    assert case.milestones == ["deemed-accepted"]
    assert case.accepted == MONDAY
    assert case.due == datetime.fromisoformat("2026-03-16T23:59:59+08:00"), "ten working days from the day of receipt"
    assert case.open == ["confirm_type"]
    assert case.go_on().status == "completed"


def test_the_days_are_counted_in_the_offices_zone() -> None:
    # Half past midnight in Beijing is still the day before in UTC.
    case = Course(of("instant"), received=datetime.fromisoformat("2026-03-02T00:30:00+08:00"))

    case.until(datetime.fromisoformat("2026-03-09T23:59:00+08:00"))
    assert case.milestones == []
    case.wait(hours=1)
    assert case.milestones == ["deemed-accepted"]


def test_five_working_days_pass_over_a_holiday() -> None:
    case = Course(of("instant"), received=datetime.fromisoformat("2026-09-30T10:00:00+08:00"))

    # National Day is 1 to 7 October 2026; Saturday 10 October is worked instead.
    case.until(datetime.fromisoformat("2026-10-12T23:59:00+08:00"))
    assert case.milestones == []
    case.wait(working_days=2)
    assert case.milestones == ["deemed-accepted"]


def test_mending_does_not_begin_the_five_days_anew() -> None:
    case = Course(of("instant")).wait(working_days=4)
    case.complete("check_materials", check_result="mended").complete("mend")

    case.wait(working_days=2)
    assert case.milestones == ["deemed-accepted"]


def test_a_supplement_begins_the_five_days_anew() -> None:
    case = Course(of("instant")).complete("check_materials", check_result="missing").complete("tell_missing")
    case.wait(working_days=8).complete("record_supplement")

    case.wait(working_days=4)
    assert case.open == ["check_materials"]
    case.wait(working_days=2)
    assert case.milestones == ["deemed-accepted"]


# Triage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "departments", "facts", "proposed"),
    [
        ("instant", [], {}, "instant"),
        ("joint", ["planning", "fire"], {}, "joint"),
        ("promised", [], {}, "promised"),
        ("reported", [], {}, "reported"),
        ("returned", [], {}, "returned"),
        ("instant", [], {"needs_survey": True}, "promised"),
        ("instant", ["market"], {}, "instant"),
        ("instant", ["market", "fire"], {}, "joint"),
        ("joint", ["fire"], {"needs_survey": True}, "joint"),
        ("promised", [], {"beyond_authority": True}, "reported"),
        ("joint", ["fire"], {"beyond_authority": True}, "reported"),
        ("instant", [], {"not_permitted": True}, "returned"),
        ("reported", [], {"not_permitted": True, "beyond_authority": True}, "returned"),
        (None, [], {}, "promised"),
    ],
)
def test_triage_proposes_from_the_matter_and_the_facts(
    type: str, departments: list[str], facts: dict[str, bool], proposed: str
) -> None:
    case = Course(matter(type, departments=departments)).complete("check_materials", **facts)

    assert case.variables["proposal"]["type"] == proposed
    assert case.variables["proposal"]["reason"]
    assert case.open == ["confirm_type"]
    case.complete("confirm_type")
    assert case.variables["type"] == proposed
    assert case.variables["type_reason"] == case.variables["proposal"]["reason"]


def test_triage_of_a_matter_that_names_no_list_of_departments() -> None:
    case = Course({**of("joint"), "departments": None}).go_on()

    assert case.status == "completed"
    assert case.variables["opinion_lead"]["opinion"] == "agree"


def test_the_clerk_overrides_the_proposal_with_a_reason() -> None:
    case = Course(of("instant")).complete("check_materials")

    with pytest.raises(Invalid) as refusal:
        case.complete("confirm_type", triage_choice="override", type_override="promised", override_reason="")
    assert [error.pointer for error in refusal.value.errors] == ["/data/override_reason"]
    case.complete("confirm_type", triage_choice="override", type_override="promised", override_reason="需实地核实")
    assert (case.variables["type"], case.variables["type_reason"]) == ("promised", "需实地核实")
    assert case.open == ["issue_slip"]


# Hand-overs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "until", "answers"),
    [
        ("instant", "decide", {"decision": "return", "decision_reason": "政策不允许"}),
        ("joint", "decide", {"decision": "return", "decision_reason": "政策不允许"}),
        ("promised", "decide", {"decision": "return", "decision_reason": "政策不允许"}),
        ("reported", "review", {"upward_review": "return", "upward_opinion": "政策不允许"}),
    ],
)
def test_every_type_can_hand_a_case_over_to_returned(type: str, until: str, answers: dict[str, str]) -> None:
    case = Course(of(type)).go_on(until).complete(until, **answers)

    assert case.open == ["state_reasons"]
    assert case.variables["type"] == "returned"
    case.go_on().wait(working_days=6)
    assert case.status == "returned"


def test_the_lead_of_a_joint_case_hands_it_up() -> None:
    case = Course(of("joint")).go_on("decide")
    case.complete("decide", decision="report", decision_reason="超出本级权限")

    assert case.open == ["review"]
    assert case.variables["type"] == "reported"
    assert case.go_on().status == "completed"
    assert case.milestones == ["accepted", "decided", "delivered"]


@pytest.mark.parametrize(
    ("type", "until", "answers"),
    [
        ("instant", "decide", {"decision": "return", "decision_reason": "政策不允许"}),
        ("joint", "decide", {"decision": "report", "decision_reason": "政策不允许"}),
        ("reported", "review", {"upward_review": "return", "upward_opinion": "政策不允许"}),
    ],
)
def test_the_reason_of_a_hand_over_goes_with_it(type: str, until: str, answers: dict[str, str]) -> None:
    case = Course(of(type)).go_on(until).complete(until, **answers)

    assert case.variables["type_reason"] == "政策不允许"


def test_a_return_that_a_review_overturns_goes_back_to_triage() -> None:
    case = Course(of("instant")).complete("check_materials", not_permitted=True).complete("confirm_type")
    case.go_on("serve_notice").complete("serve_notice", review_right="kept").message(
        "review-requested", reason="政策已修订"
    )
    case.complete("review", return_review="overturned", return_review_reason="原依据已废止")

    assert case.open == ["confirm_type"]
    assert case.variables["proposal"]["type"] == "instant", "what made it a returned case holds no longer"
    assert case.go_on().status == "completed"
    assert case.variables["type"] == "instant"


# At every point -------------------------------------------------------------------------------------------------

POINTS = [
    ("instant", "check_materials"),
    ("instant", "confirm_type"),
    ("instant", "decide"),
    ("joint", "planning_opinion"),
    ("joint", "decide"),
    ("promised", "issue_slip"),
    ("promised", "examine"),
    ("reported", "report_upward"),
    ("reported", "record_answer"),
    ("returned", "state_reasons"),
    ("promised", "reply"),
    ("promised", "deliver"),
]
at_every_point = pytest.mark.parametrize(("type", "point"), POINTS, ids=[f"{type}-{point}" for type, point in POINTS])


@at_every_point
def test_the_applicant_withdraws(type: str, point: str) -> None:
    case = Course(of(type)).go_on(point)
    assert point in case.open

    assert {"withdraw", "report", "return"} <= case.offers
    case.message("withdraw", reason="不再办理")
    assert case.status == "withdrawn"
    assert case.variables["withdrawal_reason"] == "不再办理"
    assert case.open == []


@at_every_point
def test_a_leader_has_the_case_reported_up(type: str, point: str) -> None:
    case = Course(of(type)).go_on(point).message("report", reason="重大复杂")

    assert case.open == ["review"]
    assert (case.variables["type"], case.variables["type_reason"]) == ("reported", "重大复杂")
    assert case.milestones.count("accepted") == 1, "what is reported up has been accepted, and only once"
    assert case.go_on().status == "completed"


@at_every_point
def test_a_leader_has_the_case_returned(type: str, point: str) -> None:
    accepted = point != "check_materials"
    case = Course(of(type)).go_on(point).message("return", reason="非本机关事项")

    assert case.open == ["state_reasons"]
    assert (case.variables["type"], case.variables["type_reason"]) == ("returned", "非本机关事项")
    assert case.milestones.count("accepted") == accepted
    case.go_on().wait(working_days=6)
    assert case.status == "returned"


@pytest.mark.parametrize("choice", ["missing", "refused"])
def test_before_acceptance_too_the_case_can_be_withdrawn(choice: str) -> None:
    case = Course(of("instant")).complete("check_materials", check_result=choice).message("withdraw", reason="改日再来")

    assert case.status == "withdrawn"


def test_a_case_that_waits_for_its_supplement_can_be_withdrawn() -> None:
    case = Course(of("instant")).complete("check_materials", check_result="missing").complete("tell_missing")

    assert case.message("withdraw", reason="改日再来").status == "withdrawn"


def test_a_case_that_waits_for_the_end_of_the_review_time_can_be_withdrawn() -> None:
    case = Course(of("returned")).go_on("serve_notice").complete("serve_notice", review_right="kept")

    assert case.message("withdraw", reason="接受退回").status == "withdrawn"


def test_a_case_returned_before_acceptance_is_accepted_when_the_return_is_overturned() -> None:
    case = Course(of("promised")).message("return", reason="误以为非本机关事项")
    case.go_on("serve_notice").complete("serve_notice", review_right="kept")
    assert "accepted" not in case.milestones

    case.message("review-requested", reason="属本机关事项")
    case.complete("review", return_review="overturned", return_review_reason="属本机关事项")
    assert case.milestones[-1] == "accepted"
    assert case.due is not None
    assert case.go_on().status == "completed"
