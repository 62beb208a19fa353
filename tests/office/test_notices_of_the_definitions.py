"""What the office's own definitions tell an applicant in writing, from the first look at the file to the decision."""

from __future__ import annotations

import re
from typing import Any

from engine import Office
from engine.office.cases import GROUNDS
from tests.conftest import SetClock
from tests.office.at_work import accept, do_named, matter_of_type
from tests.office.handing_in import hand_in

Told = dict[str, list[str]]


def told(office: Office, case: Any) -> Told:
    """The lines of a case's notices, by the element that gave them; the history they stand in holds."""
    by = office.people.person("auditor")
    found: Told = {}
    for view in office.notices.list(case["number"], by=by):
        read = office.notices.open(view["id"], by=by).document
        found[view["element"]] = [read.title, *(" ".join(row) for block in read.blocks for row in block.rows)]
    assert office.history.verify(case["number"], by=by)["ok"]
    return found


def begin(office: Office, type: str) -> Any:
    return accept(office, matter_of_type(office, type))


def checked(office: Office, case: Any, **answers: Any) -> Any:
    return do_named(office, case, "check_materials", **answers)


def test_what_is_missing_is_told_once_then_acceptance_promise_and_decision(
    embedded_office: Office, clock: SetClock
) -> None:
    office = embedded_office
    case = checked(office, begin(office, "promised"), check_result="missing")
    case = do_named(office, case, "tell_missing", missing_list="身份证\n\n申请表", days_given=10)
    found = told(office, case)
    assert found["tell_missing"][:2] == ["补正材料一次性告知书", "测试人901："]
    assert found["tell_missing"][3:5] == ["身份证", "申请表"] and "10 个工作日" in found["tell_missing"][5]

    clock.pass_time(days=1)
    case = do_named(office, case, "record_supplement")
    lacking = next(m["name"] for m in office.catalogue.matter(case["matter"])["materials"] if not m["required"])
    given = {"undertaken_materials": [lacking], "undertaken_days": 2, "undertaking_signatory": "测试人901"}
    case = checked(office, case, check_result="undertaking", needs_survey=True, **given)
    found = told(office, case)["accepted"]
    assert found[0] == "受理通知书" and "本件容缺受理。你承诺最迟于 2026-03-13 补交下列材料：" in found
    assert lacking in found
    assert "受理日期 2026年3月11日" in found
    limit = next(line for line in found if line.startswith("办结期限 "))

    hand_in(office, case, material=lacking, source="window", grade="B")
    case = office.cases.get(case["number"], by=office.people.person("clerk"))
    case = do_named(office, case, "confirm_type")
    case = do_named(office, case, "issue_slip")
    slip = told(office, case)["issue_slip"]
    assert slip[0] == "承诺单" and limit.replace("办结期限", "承诺办结日期") in slip
    assert "现场勘验 需要，三个工作日内进行" in slip

    for element in ("survey", "examine", "decide"):
        case = do_named(office, case, element)
    case = do_named(office, case, "reply", reply_text="准予登记。", reply_certificate="登记证 1 号")
    decision = told(office, case)["reply"]
    assert decision[0] == "准予办理决定书" and "准予登记。" in decision and "随附证照 登记证 1 号" in decision
    assert not any("行政复议" in line for line in decision)
    assert [task["element"] for task in case["tasks"]] == ["deliver"], "the decision is there to be delivered"


def test_a_limit_that_is_suspended_resumed_and_extended_is_told_with_its_reasons(
    embedded_office: Office, clock: SetClock
) -> None:
    office = embedded_office
    clerk, leader, auditor = (office.people.person(name) for name in ("clerk", "leader", "auditor"))
    case = checked(office, begin(office, "promised"), check_result="complete")
    number = case["number"]
    limit = next(line for line in told(office, case)["accepted"] if line.startswith("办结期限 "))
    office.cases.suspend(number, "请专家评审", "expert-review", 20, by=clerk)
    clock.pass_time(days=6)
    office.cases.resume(number, "评审已完", by=clerk)
    office.cases.extend(number, "案情复杂", 3, by=leader)

    assert told(office, case).keys() == {"accepted", "one_window"}
    suspended, resumed, extended = (
        [read.title, *(" ".join(row) for block in read.blocks for row in block.rows)]
        for read in (
            office.notices.open(view["id"], by=auditor).document
            for view in office.notices.list(number, by=auditor)
            if view["element"] == "one_window"
        )
    )
    assert suspended[0] == "办理期限中止告知书" and "依法需要进行专家评审" in suspended[2]
    assert {"事由说明 请专家评审", "所需时间 预计 20 个工作日", f"原{limit}"} <= set(suspended)
    assert resumed[0] == "办理期限恢复告知书" and {"不计入期限 4 个工作日", f"原{limit}"} <= set(resumed)
    new = next(line for line in resumed if line.startswith("现办结期限 "))
    assert extended[0] == "延长办理期限告知书" and "经本行政机关负责人批准" in extended[2]
    assert {"延长理由 案情复杂", "延长 3 个工作日", new.replace("现", "原", 1)} <= set(extended)
    assert new not in extended


def test_every_ground_of_a_suspension_is_told_in_words(embedded_office: Office) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    case = checked(office, begin(office, "promised"), check_result="complete")
    for ground in GROUNDS:
        office.cases.suspend(case["number"], "依法", ground, by=clerk)
        office.cases.resume(case["number"], "已完成", by=clerk)
    by = office.people.person("auditor")
    views = [one for one in office.notices.list(case["number"], by=by) if one["name"] == "one_window-suspended.notice"]
    read = [office.notices.open(view["id"], by=by).document.blocks for view in views]
    words = [re.search(r"依法需要进行([\u4e00-\u9fff]{2,4})。", blocks[1].rows[0][0]) for blocks in read]
    assert len({word[1] for word in words if word}) == len(GROUNDS)
    rows = [row for blocks in read for block in blocks for row in block.rows if row[0] == "所需时间"]
    assert rows == [("所需时间", "以上述事项实际完成所需时间为准")] * len(GROUNDS)


def test_a_refusal_tells_of_the_remedies(embedded_office: Office) -> None:
    office = embedded_office
    case = checked(office, begin(office, "instant"), check_result="complete")
    case = do_named(office, case, "confirm_type")
    case = do_named(office, case, "decide", decision="refuse", decision_reason="不符合条件")
    case = do_named(office, case, "reply", reply_text="不符合条件。")
    decision = told(office, case)["reply"]
    assert decision[0] == "不予办理决定书" and any("行政复议" in line for line in decision)


def test_refused_at_acceptance(embedded_office: Office) -> None:
    office = embedded_office
    case = checked(office, begin(office, "promised"), check_result="refused")
    case = do_named(
        office, case, "refuse_acceptance", refusal_reason="非本机关职权", refusal_basis="某法", right_body="市局"
    )
    assert case["status"] == "returned"
    refusal = told(office, case)["refuse_acceptance"]
    assert refusal[0] == "不予受理通知书"
    assert {"理由 非本机关职权", "依据 某法", "应当向其申请的机关 市局"} <= set(refusal)


def test_a_file_without_an_answer_is_deemed_accepted_and_the_applicant_told_so(
    embedded_office: Office, clock: SetClock
) -> None:
    office = embedded_office
    case = begin(office, "promised")
    clock.pass_time(days=9)
    office.clock.tick()
    deemed = told(office, case)["deemed_accepted"]
    assert deemed[0] == "受理通知书（视为受理）" and "受理日期 2026年3月10日" in deemed


def test_a_return_and_the_review_of_it(embedded_office: Office) -> None:
    office = embedded_office
    case = checked(office, begin(office, "promised"), check_result="complete", not_permitted=True)
    case = do_named(office, case, "confirm_type")
    case = do_named(
        office, case, "state_reasons", return_reason="政策不允许", policy_basis="某规定", right_office="区局"
    )
    given = told(office, case)["decided"]
    assert given[0] == "退回通知书" and {"退回理由 政策不允许", "政策依据 某规定", "应去机关 区局"} <= set(given)
    assert [task["element"] for task in case["tasks"]] == ["serve_notice"], "the notice is there to be served"

    case = do_named(office, case, "serve_notice", review_right="kept")
    clerk = office.people.person("clerk")
    case = office.cases.message(case["number"], "review-requested", {"reason": "有异议"}, by=clerk)
    case = do_named(office, case, "review", return_review="upheld", return_review_reason="理由充分")
    review = told(office, case)["review"]
    assert review[0] == "复核决定书" and {"复核结论 维持", "理由 理由充分"} <= set(review)
    assert case["status"] == "returned"


def test_a_report_upward(embedded_office: Office) -> None:
    office = embedded_office
    case = checked(office, begin(office, "promised"), check_result="complete", beyond_authority=True)
    case = do_named(office, case, "confirm_type")
    case = do_named(office, case, "review")
    case = do_named(office, case, "report_upward", upper_body="市局", submission_number="上报 1 号")
    reported = told(office, case)["report_upward"]
    assert reported[0] == "上报告知书" and {"上报机关 市局", "上报文号 上报 1 号"} <= set(reported)


def test_a_limit_that_may_still_move_is_called_so_in_writing(embedded_office: Office) -> None:
    # given a promise that reaches into a year whose holidays nobody has published
    office = embedded_office
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000008,长期,promised,hall,《试》,district,400,400,one_window\n")
    case = checked(office, accept(office, "9900000008"), check_result="complete")
    assert case["due_provisional"]

    # then the notice says that it is counted anew once they are
    assert any("节假日安排尚未公布" in line for line in told(office, case)["accepted"])
    sure = checked(office, begin(office, "promised"), check_result="complete")
    assert not any("尚未公布" in line for line in told(office, sure)["accepted"])
