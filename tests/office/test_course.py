"""The whole course of a case, from the window to the reply: each type, on either database."""

from __future__ import annotations

import pytest

from engine import Office
from tests.office.at_work import accept, do, do_named, matter_of_type, to_the_end


@pytest.mark.parametrize(
    ("type", "status"),
    [
        ("instant", "completed"),
        ("joint", "completed"),
        ("promised", "completed"),
        ("reported", "completed"),
        ("returned", "returned"),
    ],
)
def test_a_case_taken_the_ordinary_way_ends_with_a_reply(office: Office, type: str, status: str) -> None:
    case = to_the_end(office, accept(office, matter_of_type(office, type)))

    assert (case["status"], case["type"], case["tasks"]) == (status, type, [])
    assert case["accepted"] and case["ended"]
    kinds = [entry["kind"] for entry in office.history.entries(case["number"], by=_auditor(office))["items"]]
    assert kinds[0] == "case.started" and set(kinds[1:]) == {"task.completed"}
    proof = office.history.verify(case["number"], by=_auditor(office))
    assert proof == {"ok": True, "entries": len(kinds), "first_bad": None}


def test_a_returned_case_waits_for_a_review_that_the_applicant_may_ask_for(office: Office, clock) -> None:
    case = accept(office, matter_of_type(office, "returned"))
    while case["tasks"]:
        case = do(office, case["tasks"][0], **_keeping(case["tasks"][0]))
    assert case["status"] == "open" and "review-requested" in case["offers"]

    clock.pass_time(days=30)
    assert office.clock.tick() == 1
    case = office.cases.get(case["number"], by=_auditor(office))
    assert case["status"] == "returned"
    last = office.history.entries(case["number"], by=_auditor(office))["items"][-1]
    assert last["kind"] == "timer.fired" and last["outcome"]["fired"]["due"] < last["at"]
    assert office.history.verify(case["number"], by=_auditor(office))["ok"]


def _keeping(task) -> dict[str, str]:
    return {"review_right": "kept"} if task["element"] == "serve_notice" else {}


def test_the_inbox_always_shows_the_open_tasks_of_the_case(office: Office) -> None:
    case = accept(office, matter_of_type(office, "joint"))
    auditor = _auditor(office)
    for _ in range(60):
        listed = office.tasks.list(by=auditor, case=case["number"], limit=200)["items"]
        assert {task["id"] for task in listed} == {task["id"] for task in case["tasks"]}
        if not case["tasks"]:
            break
        case = do_named(office, case, case["tasks"][-1]["element"])
    assert case["status"] == "completed"


def test_every_moment_of_a_case_can_be_seen_again(office: Office) -> None:
    case = accept(office, matter_of_type(office, "joint"))
    seen = [case]
    while case["tasks"]:
        case = do_named(office, case, case["tasks"][0]["element"])
        seen.append(case)

    auditor = _auditor(office)
    for then in seen:
        replayed = office.history.replay(then["number"], by=auditor, at=then["version"])
        assert replayed["status"] == then["status"] and replayed["type"] == then["type"]
        assert replayed["due"] == then["due"]
        assert replayed["tokens"] == then["tokens"]
        assert replayed["data"] == then["data"]
        assert {task["id"] for task in replayed["tasks"]} == {task["id"] for task in then["tasks"]}


def test_a_matter_of_forty_four_departments_runs_on_the_same_diagram(office: Office) -> None:
    code = matter_of_type(office, "joint", lambda matter: len(matter["departments"]) >= 40)
    departments = set(office.catalogue.matter(code)["departments"])
    case = accept(office, code)
    while len(case["tasks"]) == 1:
        case = do_named(office, case, case["tasks"][0]["element"])

    lead = office.catalogue.matter(code)["unit"]
    assert {task["unit"] for task in case["tasks"]} == departments | {lead}
    waiting = len(case["tasks"])
    while len(case["tasks"]) > 1:
        case = do_named(office, case, case["tasks"][0]["element"])
        waiting -= 1
        rows = office.tasks.list(by=_auditor(office), case=case["number"], limit=200)["items"]
        assert len(rows) == len(case["tasks"]) == max(waiting, 1)
    assert to_the_end(office, case)["status"] == "completed"


def test_withdrawing_is_possible_at_every_point(office: Office) -> None:
    for steps in range(4):
        case = accept(office, matter_of_type(office, "joint"), serial=910 + steps)
        for _ in range(steps):
            case = do_named(office, case, case["tasks"][0]["element"])
        assert {"withdraw", "return", "report"} <= set(case["offers"])
        case = office.cases.withdraw(case["number"], "申请人改变主意", by=office.people.person("clerk"))
        assert case["status"] == "withdrawn" and case["tasks"] == []
        assert office.history.verify(case["number"], by=_auditor(office))["ok"]


def test_a_case_reported_up_changes_its_type_and_the_history_says_why(office: Office) -> None:
    case = accept(office, matter_of_type(office, "joint"))
    case = do_named(office, case, case["tasks"][0]["element"])
    case = office.cases.report(case["number"], "超出本级权限", by=office.people.person("clerk"))

    assert case["type"] == "reported"
    last = office.history.entries(case["number"], by=_auditor(office))["items"][-1]
    assert last["outcome"]["type"]["to"] == "reported" and "超出本级权限" in str(last["outcome"]["type"]["reason"])
    assert to_the_end(office, case)["status"] == "completed"


def _auditor(office: Office):
    return office.people.person("auditor")


def test_the_lead_reads_the_opinions_under_the_names_of_the_departments(office: Office) -> None:
    # given a joint matter of which some department has no lane of its own
    lanes = {"planning", "housing", "fire", "environment"}
    code = matter_of_type(office, "joint", lambda matter: set(matter["departments"]) - lanes)
    matter = office.catalogue.matter(code)
    names = {unit["code"]: unit["name"] for unit in office.catalogue.units()}
    asked = [matter["unit"], *matter["departments"]]

    # when everybody has given an opinion
    case = accept(office, code)
    while "decide" not in [task["element"] for task in case["tasks"]]:
        case = do(office, case["tasks"][0])

    # then the lead sees who it is from, in the catalogue's words
    decide = office.tasks.get(case["tasks"][0]["id"], by=_auditor(office))
    assert sorted(given["department"] for given in decide["data"]["opinions"]) == sorted(names[code] for code in asked)
