"""The office's figures, read after some days of work."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine import Office
from engine.errors import Forbidden, Invalid, NotFound, NotOffered
from tests.conftest import SetClock
from tests.office.at_work import accept, do, matter_of_type, to_the_end, who_may


def figures(office: Office, who: str = "auditor", **filters: Any) -> Any:
    return office.statistics.read(by=office.people.person(who), **filters)


def test_what_became_of_the_cases_and_whether_limits_were_kept(office: Office, clock: SetClock) -> None:
    instant, promised = matter_of_type(office, "instant"), matter_of_type(office, "promised")
    # given one case answered while the citizen waits, one withdrawn, one that lies about
    to_the_end(office, accept(office, instant, serial=1))
    withdrawn = accept(office, instant, serial=2)
    office.cases.withdraw(withdrawn["number"], "不办了", by=office.people.person("clerk"))
    lying = do(office, accept(office, promised, serial=3)["tasks"][0])
    assert lying["due"]
    # when its limit is over by far
    clock.pass_time(days=200)
    # then it counts as late, and the withdrawn one as neither
    found = figures(office, since=date(2026, 3, 1))
    totals = found["totals"]
    assert (totals["received"], totals["completed"], totals["withdrawn"], totals["open"]) == (3, 1, 1, 1)
    assert (totals["in_time"], totals["answered_late"], totals["open_late"]) == (1, 0, 1)
    assert totals["kept"] == 0.5
    assert {group["key"]: group["received"] for group in found["groups"]} == {instant: 2, promised: 1}
    assert "limit" in found["late"]
    # and when it is answered at last, it is answered late
    to_the_end(office, office.cases.get(lying["number"], by=office.people.person("clerk")))
    totals = figures(office, since=date(2026, 3, 1))["totals"]
    assert (totals["in_time"], totals["answered_late"], totals["open_late"]) == (1, 1, 0)


def test_a_suspended_case_is_not_late_before_it_goes_on(embedded_office: Office, clock: SetClock) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    case = do(office, accept(office, matter_of_type(office, "promised"))["tasks"][0])
    office.cases.suspend(case["number"], "需要检测", "testing", by=clerk)
    clock.pass_time(days=200)
    assert figures(office, since=date(2026, 3, 1))["totals"]["open_late"] == 0


def test_where_cases_wait_and_where_they_are_worked_on(office: Office, clock: SetClock) -> None:
    case = accept(office, matter_of_type(office, "instant"))
    task = case["tasks"][0]
    by = who_may(office, task)
    # given a task that lay for an hour and took ten minutes
    clock.pass_time(hours=1)
    office.tasks.claim(task["id"], by=by)
    clock.pass_time(minutes=10)
    case = do(office, task)
    # then the first element tells the two apart
    station = next(at for at in figures(office)["elements"] if at["element"] == task["element"])
    assert station["waiting"]["median"] == pytest.approx(3600, abs=1)
    assert station["working"]["median"] == pytest.approx(600, abs=1)
    assert station["open"] == 0
    # and a task that is open is counted as open
    assert sum(at["open"] for at in figures(office)["elements"]) == len(case["tasks"])


def test_a_task_completed_without_being_claimed_was_waiting_all_the_time(
    embedded_office: Office, clock: SetClock
) -> None:
    office = embedded_office
    case = accept(office, matter_of_type(office, "instant"))
    clock.pass_time(minutes=30)
    do(office, case["tasks"][0])
    station = next(at for at in figures(office)["elements"] if at["element"] == case["tasks"][0]["element"])
    assert (station["waiting"]["sum"], station["working"]["sum"]) == (pytest.approx(1800, abs=1), 0)


def test_the_ways_that_ended_cases_took(embedded_office: Office) -> None:
    office, matter = embedded_office, matter_of_type(embedded_office, "instant")
    ended = [to_the_end(office, accept(office, matter, serial=serial)) for serial in (1, 2)]
    accept(office, matter, serial=3)
    (variant,) = figures(office)["variants"]
    assert (variant["cases"], variant["share"]) == (2, 1.0)
    assert variant["example"] in {case["number"] for case in ended}
    done = office.cases.track(ended[0]["number"], ended[0]["tracking_code"])["steps"]
    assert variant["steps"] == [step["name"] for step in done]


def test_more_cases_than_are_read_at_once_are_counted_once(
    embedded_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.office.statistics._BATCH", 2)
    office, matter = embedded_office, matter_of_type(embedded_office, "instant")
    for serial in range(1, 6):
        accept(office, matter, serial=serial)
    assert figures(office)["totals"]["received"] == 5


def test_the_period_takes_whole_days_of_the_office(embedded_office: Office, clock: SetClock) -> None:
    office, matter = embedded_office, matter_of_type(embedded_office, "instant")
    accept(office, matter, serial=1)
    # 23:30 in Beijing is the same day there, 00:30 the next one, whatever day it is in UTC.
    clock.pass_time(hours=14.5)
    accept(office, matter, serial=2)
    clock.pass_time(hours=1)
    accept(office, matter, serial=3)
    days = [date(2026, 3, 10), date(2026, 3, 11)]
    assert [figures(office, since=day, until=day)["totals"]["received"] for day in days] == [2, 1]
    found = figures(office, group="day")
    assert {group["key"]: group["received"] for group in found["groups"]} == {"2026-03-10": 2, "2026-03-11": 1}


@pytest.mark.parametrize("group", ["unit", "type", "window", "agent", "week", "month"])
def test_every_grouping_counts_every_case(embedded_office: Office, group: str) -> None:
    office = embedded_office
    for serial, type in enumerate(("instant", "joint"), 1):
        to_the_end(office, accept(office, matter_of_type(office, type), serial=serial))
    found = figures(office, group=group)
    assert sum(item["received"] for item in found["groups"]) == 2
    assert all(item["name"] for item in found["groups"])
    if group == "type":
        assert [(item["key"], item["name"]) for item in found["groups"]] == [("instant", "即办件"), ("joint", "联办件")]


def test_a_leader_has_the_figures_of_the_units_below_and_of_no_others(embedded_office: Office) -> None:
    office = embedded_office
    case = accept(office, matter_of_type(office, "instant"))
    assert figures(office, "leader")["totals"]["received"] == 1
    assert figures(office, "leader", unit=case["unit"])["totals"]["received"] == 1
    assert figures(office, "housing.leader")["totals"]["received"] == 0
    with pytest.raises(NotFound):
        figures(office, "housing.leader", unit=case["unit"])
    with pytest.raises(NotFound):
        figures(office, "auditor", unit="nowhere")
    with pytest.raises(Forbidden):
        figures(office, "clerk")


@pytest.mark.parametrize(
    "asked",
    [
        {"group": "applicant"},
        {"since": date(2026, 3, 11), "until": date(2026, 3, 10)},
        {"since": date(1, 1, 1)},
        {"until": date(9999, 12, 31)},
    ],
)
def test_what_makes_no_period_is_refused(embedded_office: Office, asked: Any) -> None:
    with pytest.raises(Invalid):
        figures(embedded_office, **asked)


def test_the_figures_of_what_was_kept_lead_to_exactly_their_cases(office: Office, clock: SetClock) -> None:
    matter, clerk = matter_of_type(office, "promised"), office.people.person("clerk")

    def accepted(serial: int) -> Any:
        return do(office, accept(office, matter, serial=serial)["tasks"][0])

    in_time = to_the_end(office, accepted(1))["number"]
    answered_late, open_late, suspended, withdrawn = (accepted(serial) for serial in range(2, 6))
    office.cases.suspend(suspended["number"], "检验", "testing", by=clerk)
    untouched = accept(office, matter, serial=6)["number"]
    clock.pass_time(days=200)
    to_the_end(office, answered_late)
    office.cases.withdraw(withdrawn["number"], "不再办理", by=clerk)

    def listed(**filters: Any) -> set[str]:
        return {case["number"] for case in office.cases.list(by=office.people.person("auditor"), **filters)["items"]}

    totals = office.statistics.read(by=office.people.person("auditor"), since=date(2026, 1, 1))["totals"]
    assert (totals["in_time"], totals["answered_late"], totals["open_late"]) == (1, 1, 1)
    assert listed(kept=True) == {in_time}
    assert listed(kept=False) == {answered_late["number"], open_late["number"]}
    assert listed(overdue=True) > listed(kept=False)
    assert untouched in listed() - listed(kept=True) - listed(kept=False)


def listed(office: Office, **filters: Any) -> set[str]:
    found = office.cases.list(by=office.people.person("auditor"), **filters)["items"]
    return {case["number"] for case in found}


def whether_kept(office: Office, number: str) -> tuple[Any, ...]:
    """What each place says of a case's limit."""
    auditor = office.people.person("auditor")
    case = office.cases.get(number, by=auditor)
    (row,) = [row for row in office.cases.list(by=auditor)["items"] if row["number"] == number]
    totals = figures(office, since=date(2026, 3, 1))["totals"]
    assert case["overdue"] == row["overdue"] == (number in listed(office, overdue=True))
    board = office.board.read(by=auditor)
    return case["overdue"], totals["in_time"], totals["answered_late"] + totals["open_late"], late_on(board)


def late_on(board: Any) -> int:
    return sum(unit["cases"]["late"] + unit["tasks"]["late"] for unit in board["units"])


def test_a_return_that_was_decided_and_served_in_time_is_kept_whenever_the_time_for_a_review_ends(
    office: Office, clock: SetClock
) -> None:
    case = accept(office, matter_of_type(office, "returned"))
    while case["tasks"]:
        answers = {"review_right": "kept"} if case["tasks"][0]["element"] == "serve_notice" else {}
        case = do(office, case["tasks"][0], **answers)
    assert case["status"] == "open" and case["due"] and not case["overdue"]
    clock.pass_time(days=200)
    assert whether_kept(office, case["number"]) == (False, 0, 0, 0)
    office.clock.tick()
    ended = office.cases.get(case["number"], by=office.people.person("clerk"))
    assert ended["status"] == "returned" and ended["ended"] > ended["due"] > ended["decided"]
    assert whether_kept(office, case["number"]) == (False, 1, 0, 0)
    assert listed(office, kept=True) == {case["number"]} and not listed(office, kept=False)


def test_a_decision_in_time_keeps_the_limit_though_its_delivery_comes_later(office: Office, clock: SetClock) -> None:
    case = accept(office, matter_of_type(office, "instant"))
    while [task["element"] for task in case["tasks"]] != ["reply"]:
        case = do(office, case["tasks"][0])
    # The reply is due with its delivery, and not by the case's limit, which was met.
    assert case["tasks"][0]["due"] == "2026-03-24T23:59:59+08:00" and case["tasks"][0]["case_due"] is None
    clock.pass_time(days=5)
    assert whether_kept(office, case["number"]) == (False, 0, 0, 0)
    assert not office.tasks.list(by=office.people.person("clerk"), overdue=True)["items"]
    to_the_end(office, case)
    assert whether_kept(office, case["number"]) == (False, 1, 0, 0)


def test_a_decision_after_the_limit_is_late_however_soon_it_is_delivered(office: Office, clock: SetClock) -> None:
    case = accept(office, matter_of_type(office, "instant"))
    while not case["due"]:
        case = do(office, case["tasks"][0])
    clock.pass_time(days=5)
    assert whether_kept(office, case["number"])[:3] == (True, 0, 1)
    case = to_the_end(office, case)
    assert case["decided"] > case["due"]
    assert whether_kept(office, case["number"]) == (True, 0, 1, 0)


@pytest.mark.parametrize("way", ["return", "taken back", "overturned"])
def test_what_was_decided_and_is_handled_anew_is_to_be_decided_again(office: Office, clock: SetClock, way: str) -> None:
    returned = way == "overturned"
    case = accept(office, matter_of_type(office, "returned" if returned else "instant"))
    while case["decided"] is None:
        case = do(office, case["tasks"][0])
    clerk = office.people.person("clerk")
    if way == "return":
        case = office.cases.return_(case["number"], "不予办理", by=clerk)
    elif way == "taken back":
        done = office.returns.last_of(case["number"], by=clerk)
        assert done is not None
        case = office.returns.withdraw(done, "写错了", by=clerk)
    else:
        case = do(office, case["tasks"][0], review_right="kept")
        case = office.cases.message(case["number"], "review-requested", {"reason": "不服"}, by=clerk)
        case = do(office, case["tasks"][0], return_review="overturned", return_review_reason="依据有误")
    assert case["decided"] is None and case["due"] is not None
    clock.pass_time(days=40)
    assert whether_kept(office, case["number"])[:3] == (True, 0, 1)
    assert office.history.verify(case["number"], by=office.people.person("auditor"))["ok"]
    assert office.cases.get(case["number"], by=clerk)["decided"] is None


def test_an_overturning_that_is_taken_back_leaves_the_return_as_it_was_decided(office: Office, clock: SetClock) -> None:
    case = accept(office, matter_of_type(office, "returned"))
    while case["decided"] is None:
        case = do(office, case["tasks"][0])
    decided = case["decided"]
    case = do(office, case["tasks"][0], review_right="kept")
    clerk = office.people.person("clerk")
    review = office.cases.message(case["number"], "review-requested", {"reason": "不服"}, by=clerk)["tasks"][0]
    by = who_may(office, review)
    overturned = do(office, review, return_review="overturned", return_review_reason="依据有误")
    assert overturned["decided"] is None
    assert office.returns.withdraw(review["id"], "写错了", by=by)["decided"] == decided
    clock.pass_time(days=200)
    assert whether_kept(office, case["number"])[:3] == (False, 0, 0)
    assert office.history.verify(case["number"], by=office.people.person("auditor"))["ok"]


def test_nothing_moves_the_limit_of_what_is_decided(office: Office, clock: SetClock) -> None:
    case = accept(office, matter_of_type(office, "instant"))
    while not case["due"]:
        case = do(office, case["tasks"][0])
    clock.pass_time(days=3)
    while case["decided"] is None:
        case = do(office, case["tasks"][0])
    number, clerk, leader = case["number"], office.people.person("clerk"), office.people.person("hall.leader")
    with pytest.raises(NotOffered, match="decided"):
        office.cases.extend(number, "来不及了", 10, by=leader)
    with pytest.raises(NotOffered, match="decided"):
        office.cases.suspend(number, "专家评审", "expert-review", by=clerk)
    assert whether_kept(office, number) == (True, 0, 1, 1)
    # Handled anew, it is to be decided again, and may take its time.
    office.cases.return_(number, "不予办理", by=clerk)
    assert office.cases.extend(number, "须核对依据", 10, by=leader)["due"] > case["due"]
