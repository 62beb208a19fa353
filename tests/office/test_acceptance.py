"""Acceptance, as the Administrative Licensing Law (行政许可法 art. 32) wants it, and the limit that follows."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine import Office
from engine.errors import CaseSuspended, Forbidden, Invalid, NotOffered
from engine.office.cases import GROUNDS
from tests.office.at_work import accept, do, do_named, matter_of_type, ordinary, who_may


def test_before_acceptance_there_is_no_limit(embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    assert case["due"] is None and case["accepted"] is None
    case = do_named(embedded_office, case, "check_materials")
    assert case["accepted"] is not None and case["due"] is not None


def test_a_file_nobody_answers_is_deemed_accepted_on_its_day_of_receipt(embedded_office: Office, clock) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    clock.pass_time(days=10)
    assert embedded_office.clock.tick() == 1
    case = embedded_office.cases.get(case["number"], by=embedded_office.people.person("clerk"))
    assert case["accepted"] == case["received"]


def test_after_a_supplement_the_day_of_receipt_is_that_of_the_supplement(embedded_office: Office, clock) -> None:
    office = embedded_office
    case = accept(office, matter_of_type(office, "promised"))
    case = do_named(office, case, "check_materials", check_result="missing")
    case = do_named(office, case, "tell_missing", missing_list="房产证复印件", days_given=20)
    followed = office.cases.track(case["number"], case["tracking_code"])
    assert followed["missing"] == "房产证复印件", "the citizen sees what is missing"
    assert followed["missing_until"] == "2026-04-08", "and until when it may come: 20 working days, less 清明节"
    clock.pass_time(days=14)
    supplemented = clock.now()
    case = do_named(office, case, "record_supplement")
    assert office.cases.track(case["number"], case["tracking_code"])["missing_until"] is None
    clock.pass_time(days=10)
    office.clock.tick()

    case = office.cases.get(case["number"], by=office.people.person("clerk"))
    assert abs(datetime.fromisoformat(case["accepted"]) - supplemented).total_seconds() < 1
    assert office.history.verify(case["number"], by=office.people.person("auditor"))["ok"]


def test_an_instant_matter_is_due_on_the_same_day(embedded_office: Office, clock) -> None:
    case = do_named(
        embedded_office, accept(embedded_office, matter_of_type(embedded_office, "instant")), "check_materials"
    )
    assert case["due"] == "2026-03-10T23:59:59+08:00"


def test_a_promised_case_reminds_before_its_limit_and_goes_to_the_supervisor_at_it(
    embedded_office: Office, clock
) -> None:
    office = embedded_office
    case = accept(office, matter_of_type(office, "promised"))
    while "examine" not in [task["element"] for task in case["tasks"]]:
        case = do(office, case["tasks"][0])
    due = datetime.fromisoformat(case["due"])

    clock.pass_time(seconds=(due - clock.now()).total_seconds() - 3600)
    assert office.clock.tick() == 1
    reminded = office.cases.get(case["number"], by=office.people.person("clerk"))
    assert "remind_unit" in [task["element"] for task in reminded["tasks"]]
    clock.pass_time(hours=2)
    assert office.clock.tick() == 1
    late = office.cases.get(case["number"], by=office.people.person("clerk"))
    supervise = next(task for task in late["tasks"] if task["element"] == "supervise")
    assert (supervise["group"], supervise["unit"], supervise["role"]) == ("window:leader", "hall", "leader")
    assert late["overdue"]
    assert office.clock.tick() == 0, "each timer fires once"


def test_what_is_due_fires_before_a_late_completion_is_decided(embedded_office: Office, clock) -> None:
    office = embedded_office
    case = accept(office, matter_of_type(office, "promised"))
    by = who_may(office, case["tasks"][0])
    answer = ordinary(office, case["tasks"][0], by)
    clock.pass_time(days=10)

    from engine.errors import TaskAlreadyCompleted

    with pytest.raises(TaskAlreadyCompleted):
        office.tasks.complete(case["tasks"][0]["id"], answer, by=by)
    kinds = [entry["kind"] for entry in office.history.entries(case["number"], by=by)["items"]]
    assert kinds == ["case.started", "timer.fired"]


def test_a_suspension_takes_its_working_days_out_of_the_limit(embedded_office: Office, clock) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    case = accept(office, matter_of_type(office, "promised"))
    while "examine" not in [task["element"] for task in case["tasks"]]:
        case = do(office, case["tasks"][0])
    number, before = case["number"], case["due"]
    assert before == "2026-03-17T23:59:59+08:00"

    suspended = office.cases.suspend(number, "专家评审", "expert-review", by=clerk)
    assert suspended["status"] == "suspended"
    clock.pass_time(days=14)
    assert office.clock.tick() == 0, "the clock stands still"
    with pytest.raises(CaseSuspended):
        office.tasks.complete(suspended["tasks"][0]["id"], {}, by=who_may(office, suspended["tasks"][0]))
    office.cases.comment(number, "评审已安排", by=clerk)

    resumed = office.cases.resume(number, "评审结束", by=clerk)
    assert resumed["status"] == "open"
    assert resumed["due"] == "2026-03-31T23:59:59+08:00", "ten working days later"
    assert office.clock.tick() == 0, "the reminder moved with the limit"
    assert office.history.verify(number, by=office.people.person("auditor"))["ok"]


def test_an_extension_needs_a_leader_a_reason_and_has_an_end(embedded_office: Office, clock) -> None:
    office = embedded_office
    clerk, leader = office.people.person("clerk"), office.people.person("leader")
    case = accept(office, matter_of_type(office, "promised"))
    number = case["number"]
    with pytest.raises(NotOffered):
        office.cases.extend(number, "案情复杂", 5, by=leader)
    do_named(office, case, "check_materials")

    with pytest.raises(Forbidden):
        office.cases.extend(number, "案情复杂", 5, by=clerk)
    with pytest.raises(Invalid):
        office.cases.extend(number, " ", 5, by=leader)
    assert office.cases.extend(number, "案情复杂", 5, by=leader)["due"] == "2026-03-24T23:59:59+08:00"
    with pytest.raises(Invalid) as refused:
        office.cases.extend(number, "仍然复杂", 6, by=leader)
    assert refused.value.errors[0].pointer == "/days"


def test_joint_handling_may_be_extended_by_fifteen_working_days_and_moves_what_waits(embedded_office: Office) -> None:
    office, leader = embedded_office, embedded_office.people.person("leader")
    case = do_named(office, accept(office, matter_of_type(office, "joint")), "check_materials")
    before = office.cases.get(case["number"], by=leader)["due"]
    with pytest.raises(Invalid) as refused:
        office.cases.extend(case["number"], "跨部门会商", 16, by=leader)
    assert refused.value.errors[0].pointer == "/days"
    extended = office.cases.extend(case["number"], "跨部门会商", 15, by=leader)
    assert extended["limit"]["extended"] == 15 and extended["due"] > before
    with pytest.raises(Invalid):
        office.cases.extend(case["number"], "再延", 1, by=leader)
    assert office.history.verify(case["number"], by=office.people.person("auditor"))["ok"]


def test_only_the_laws_grounds_stop_a_limit_and_only_one_that_runs(embedded_office: Office) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    case = accept(office, matter_of_type(office, "promised"))
    with pytest.raises(NotOffered, match="not accepted yet"):
        office.cases.suspend(case["number"], "检测", "testing", by=clerk)
    case = do_named(office, case, "check_materials")
    for ground in ("holiday", "", "TESTING"):
        with pytest.raises(Invalid) as refused:
            office.cases.suspend(case["number"], "人手不足", ground, by=clerk)
        assert refused.value.errors[0].pointer == "/ground"
    for ground in GROUNDS:
        office.cases.suspend(case["number"], "依法", ground, by=clerk)
        assert office.cases.resume(case["number"], "完毕", by=clerk)["due"] == case["due"], "no working day was lost"


def test_a_task_without_a_date_of_its_own_is_as_urgent_as_its_case(embedded_office: Office, clock) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    case = do_named(office, accept(office, matter_of_type(office, "promised")), "check_materials")
    (task,) = office.tasks.list(by=clerk)["items"]
    assert (task["element"], task["due"], task["case_due"]) == ("confirm_type", None, case["due"])
    assert office.tasks.list(by=clerk, overdue=True)["items"] == []

    later = accept(office, matter_of_type(office, "instant"), serial=5)
    clock.pass_time(days=20)
    assert next(row["case"] for row in office.tasks.list(by=clerk, overdue=True)["items"]) in (
        case["number"],
        later["number"],
    )
    assert case["number"] in [row["case"] for row in office.tasks.list(by=clerk, overdue=True)["items"]]
    assert office.history.verify(case["number"], by=office.people.person("auditor"))["ok"]
