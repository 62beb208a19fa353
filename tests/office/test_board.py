"""What a leader sees of the work of the units below: figures, and the tasks that they count."""

from __future__ import annotations

import pytest

from engine import Office
from engine.errors import Forbidden
from tests.conftest import SetClock
from tests.office.at_work import accept, do_named, matter_of_type


def test_a_board_counts_by_unit_and_person(office: Office, clock: SetClock) -> None:
    # given three cases: one task claimed, one that nobody has, one at a department
    clerk, leader = office.people.person("clerk"), office.people.person("leader")
    instant = matter_of_type(office, "instant")
    claimed, free = (accept(office, instant, serial=serial) for serial in (901, 902))
    office.tasks.claim(claimed["tasks"][0]["id"], by=clerk)
    do_named(office, free, "check_materials")

    # then the leader's board counts them where they are
    board = office.board.read(by=leader)
    assert [unit["unit"] for unit in board["units"]] == ["hall"]
    (hall,) = board["units"]
    assert hall["tasks"] == {"open": 2, "late": 0, "today": 1}
    assert hall["cases"] == {"open": 2, "late": 0, "today": 1}
    assert [(one["username"], one["tasks"]["open"]) for one in hall["people"]] == [("clerk", 1), (None, 1)]
    assert (board["unclaimed"], board["tasks"], board["cases"]) == (1, hall["tasks"], hall["cases"])

    # and every figure is the number of what its list holds
    found = office.tasks.list(by=leader, unit="hall", assignee="clerk")["items"]
    assert [task["case"] for task in found] == [claimed["number"]]
    assert len(office.tasks.list(by=leader, unit="hall")["items"]) == 2

    # and on the next day what was due is late
    clock.pass_time(days=1)
    board = office.board.read(by=leader)
    assert (board["tasks"]["late"], board["cases"]["late"]) == (1, 1)
    assert len(office.tasks.list(by=leader, unit="hall", overdue=True)["items"]) == 1
    assert len(office.cases.list(by=leader, unit="hall", status="open", overdue=True)["items"]) == 1


def test_the_board_ends_at_the_units_that_one_leads(office: Office) -> None:
    accept(office, matter_of_type(office, "instant"))
    assert office.board.read(by=office.people.person("housing.leader"))["units"] == []
    for username in ("clerk", "designer"):
        with pytest.raises(Forbidden):
            office.board.read(by=office.people.person(username))
    for username in ("clerk", "housing.leader"):
        with pytest.raises(Forbidden):
            office.tasks.list(by=office.people.person(username), unit="hall")
    for username in ("auditor", "admin"):
        assert [unit["unit"] for unit in office.board.read(by=office.people.person(username))["units"]] == ["hall"]
