"""Which cases a list shows to whom: those that the person may open, in their order, whichever way they are found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from engine import Office
from engine.errors import NotFound
from tests.conftest import SetClock
from tests.office.at_work import accept, do, do_named, matter_of_type, to_the_end

PEOPLE = ("clerk", "leader", "housing", "fire", "market.leader", "auditor", "designer")


def _open_to(office: Office, name: str, numbers: list[str]) -> list[str]:
    by, seen = office.people.person(name), []
    for number in numbers:
        try:
            office.cases.get(number, by=by)
        except NotFound:
            continue
        seen.append(number)
    return seen


def _paged(office: Office, name: str, *, limit: int = 2, **filters: Any) -> list[str]:
    by, found, cursor = office.people.person(name), list[str](), None
    while True:
        assert len(found) <= 100, "the pages go round in a circle"
        page = office.cases.list(by=by, limit=limit, cursor=cursor, **filters)
        found += [case["number"] for case in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return found


@pytest.fixture
def numbers(office: Office, clock: SetClock) -> list[str]:
    """Cases in the order in which they came in, some at the same instant, some ended, some at another unit's window."""
    made = []
    for turn in range(6):
        case = accept(office, matter_of_type(office, "joint" if turn % 2 else "instant"))
        if turn % 3:
            do_named(office, case, "check_materials")
        if turn == 1:
            to_the_end(office, office.cases.get(case["number"], by=office.people.person("clerk")))
        made.append(case["number"])
        clock.pass_time(minutes=turn % 2)
    return made


def test_each_person_is_shown_what_they_may_open(office: Office, numbers: list[str]) -> None:
    seen = {name: _open_to(office, name, numbers) for name in PEOPLE}
    auditor = office.people.person("auditor")
    limits = {number: office.cases.get(number, by=auditor)["due"] for number in numbers}
    assert len(set(limits.values())) > 1 and None in limits.values(), "some have no limit yet"

    for name in PEOPLE:
        assert _paged(office, name, sort="received") == seen[name], name
        assert _paged(office, name) == seen[name][::-1], name
        by_limit = sorted(seen[name], key=lambda number: (limits[number] or "9999", numbers.index(number)))
        assert _paged(office, name, sort="due") == by_limit, name
        assert _paged(office, name, sort="-due") == by_limit[::-1], name
        assert sorted(_paged(office, name, q=numbers[0][:8])) == sorted(seen[name]), name
    assert len({tuple(each) for each in seen.values()}) > 2, "they do not all see the same"


def test_cases_are_sorted_by_their_limits_page_by_page(office: Office, numbers: list[str]) -> None:
    """Those without a limit come after all others: none is lost or told twice where a page ends among them."""
    auditor = office.people.person("auditor")
    due = {number: office.cases.get(number, by=auditor)["due"] for number in numbers}
    assert len([each for each in due.values() if each is None]) > 1
    assert len({each for each in due.values() if each is not None}) > 1

    for name in PEOPLE:
        seen = sorted(_open_to(office, name, numbers), key=lambda number: (due[number] or "~", numbers.index(number)))
        for limit in (1, 2, 3):
            assert _paged(office, name, sort="due", limit=limit) == seen, (name, limit)
            assert _paged(office, name, sort="-due", limit=limit) == seen[::-1], (name, limit)


def test_filters_hold_for_every_way_a_case_is_seen(
    office: Office, numbers: list[str], clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether few cases have what is asked for, or so many that they are not all looked at."""
    by = office.people.person("auditor")
    clock.pass_time(days=60)
    cases = {number: office.cases.get(number, by=by) for number in numbers}
    ended = {number for number, case in cases.items() if case["status"] == "completed"}
    late = {number for number, case in cases.items() if case["overdue"] and case["status"] == "open"}
    assert ended and len(late) > 2

    seen = {name: _open_to(office, name, numbers) for name in PEOPLE}
    for many in (2, 1000):
        monkeypatch.setattr("engine.office.cases._MANY", many)
        for name in PEOPLE:
            wanted = [number for number in seen[name] if number in ended]
            assert _paged(office, name, sort="received", status="completed") == wanted, (name, many)
            wanted = [number for number in seen[name] if number in late]
            assert _paged(office, name, sort="received", status="open", overdue=True) == wanted, (name, many)
        by_limit = _paged(office, "fire", sort="-due", status="open", overdue=True)
        assert sorted(by_limit) == [number for number in seen["fire"] if number in late], many


def test_the_time_at_which_a_case_came_in_is_proven_with_its_units(office: Office, numbers: list[str]) -> None:
    with office.database.write() as connection:
        connection.exec_driver_sql(
            "update case_unit set received_at = '2026-01-01T00:00:00.000000Z' where unit = 'hall'"
        )

    proof = office.history.verify(numbers[0], by=office.people.person("auditor"))

    assert proof["first_bad"] is not None
    assert "the unit hall that had a task in the case has another received_at" in proof["first_bad"]["reason"]


def test_a_case_is_late_from_its_limit_on_and_not_from_the_next_day(office: Office, clock: SetClock) -> None:
    case = accept(office, matter_of_type(office, "joint"))
    number = do(office, case["tasks"][0])["number"]
    auditor = office.people.person("auditor")
    due = datetime.fromisoformat(office.cases.get(number, by=auditor)["due"])
    clock.pass_time(seconds=(due - clock.now()).total_seconds() - 60)
    assert _paged(office, "auditor", overdue=True) == []
    clock.pass_time(seconds=120)
    assert _paged(office, "auditor", overdue=True) == [number]
