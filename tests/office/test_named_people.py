"""A diagram names a person for a task: whoever handles cases sees and does it, whatever their unit, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Office
from engine.errors import Forbidden, NotFound
from tests.office.at_work import accept, matter_of_type
from tests.office.test_four_eyes import Hall, file, node, steps, task


def named(id: str, expression: str) -> str:
    """A task for whom an expression gives, in no lane and for no group."""
    assigned = f'<zeebe:assignmentDefinition assignee="{expression}"/>'
    return node("userTask", id, f"<extensionElements>{assigned}</extensionElements>")


WHO = '= if purpose = "plan" then "planning" else purpose'.replace('"', "&quot;")
NAMED = file(steps(task("first"), named("asked", WHO), task("last"), ids="first asked last"))


def asked(hall: Hall, purpose: str) -> Any:
    """A case that waits for the person whom its data names."""
    return hall.complete(hall.start(purpose=purpose), "first", hall.clerk)


def test_somebody_of_another_unit_does_what_the_diagram_asks_of_them(office: Office) -> None:
    hall = Hall(office, NAMED)
    planning, auditor = office.people.person("planning"), office.people.person("auditor")
    before = accept(office, matter_of_type(office, "instant"), serial=902)["number"]
    case = asked(hall, "plan")
    number = case["number"]

    # then it is theirs alone, and they see its case, in lists too, and no other
    (waiting,) = office.tasks.list(by=planning)["items"]
    assert (waiting["element"], waiting["assignee"]) == ("asked", "planning")
    assert office.tasks.get(waiting["id"], by=planning)["element"] == "asked"
    assert [one["number"] for one in office.cases.list(by=planning)["items"]] == [number]
    assert office.history.entries(number, by=planning)["items"]
    with pytest.raises(NotFound):
        office.cases.get(before, by=planning)

    # when it is done, then it is theirs no more, and the case goes on
    done = hall.complete(case, "asked", planning)
    assert [one["element"] for one in done["tasks"]] == ["last"]
    assert office.tasks.list(by=planning)["items"] == office.cases.list(by=planning)["items"] == []
    for gone in (office.cases.get, office.history.entries):
        with pytest.raises(NotFound):
            gone(number, by=planning)
    hall.holds(case)
    assert office.history.verify(number, by=auditor)["ok"]


@pytest.mark.parametrize("username", ["auditor", "admin", "designer"])
def test_whoever_handles_no_cases_is_named_in_vain_and_a_leader_hands_it_on(
    embedded_office: Office, username: str
) -> None:
    hall = Hall(embedded_office, NAMED)
    someone = embedded_office.people.person(username)
    case = asked(hall, username)
    (waiting,) = case["tasks"]
    with pytest.raises((Forbidden, NotFound)):
        embedded_office.tasks.complete(waiting["id"], {}, by=someone)
    assert embedded_office.tasks.counts(by=someone)["mine"] == (username != "designer")
    for filters in ({}, {"assignee": "me"}):
        seen = embedded_office.tasks.list(by=someone, **filters)["items"]
        assert [one["element"] for one in seen] == ([] if username == "designer" else ["asked"])
    embedded_office.tasks.delegate(waiting["id"], "second", by=hall.leader)
    assert hall.complete(case, "asked", hall.second)["tasks"][0]["element"] == "last"
    hall.holds(case)


def test_who_moves_to_another_unit_keeps_what_they_have_until_a_leader_takes_it_back(embedded_office: Office) -> None:
    # given a clerk with one case in hand and another that is anybody's
    office, people = embedded_office, embedded_office.people
    held, other = (accept(office, matter_of_type(office, "instant"), serial=serial) for serial in (901, 902))
    task = held["tasks"][0]["id"]
    office.tasks.claim(task, by=people.person("clerk"))
    token = people.new_token("clerk")["token"]
    people.assign("clerk", [("planning", "clerk")])
    moved = people.by_token(token)
    # then at once
    assert [one["id"] for one in office.tasks.list(by=moved)["items"]] == [task]
    assert office.tasks.get(task, by=moved)["assignee"] == "clerk"
    with pytest.raises(NotFound):
        office.cases.get(other["number"], by=moved)
    # and nothing of it once it is taken back
    office.tasks.unclaim(task, by=people.person("leader"))
    assert office.tasks.list(by=moved)["items"] == []
    with pytest.raises(NotFound):
        office.tasks.claim(task, by=moved)
    # nor where they handle cases nowhere
    office.tasks.claim(task, by=people.person("leader"))
    office.tasks.delegate(task, "leader", by=people.person("leader"))
    people.assign("leader", [("hall", "designer")])
    with pytest.raises(NotFound):
        office.tasks.get(task, by=people.person("leader"))
    assert office.tasks.list(by=people.person("leader"))["items"] == []
