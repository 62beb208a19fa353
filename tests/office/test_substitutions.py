"""Substitution: a colleague does the tasks of who is away, between two dates, with no right that they have not got."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Office
from engine.errors import Forbidden, Invalid, NotFound, TaskClaimedByAnother
from engine.office.once import Once
from engine.office.person import Person
from tests.conftest import SetClock
from tests.office.at_work import accept, do, do_named, matter_of_type, ordinary


class Hall:
    """The demonstration office, whose hall has two clerks more. It is the morning of 10 March 2026."""

    def __init__(self, office: Office) -> None:
        self.office = office
        for name in ("second", "third"):
            office.people.add(name, name, "a long enough word", [("hall", "clerk")])
        self.case = accept(office, matter_of_type(office, "instant"))
        self.task = self.case["tasks"][0]["id"]
        office.tasks.claim(self.task, by=self.person("clerk"))

    def person(self, name: str) -> Person:
        return self.office.people.person(name)

    def name(
        self, substitute: str = "second", since: str = "2026-03-10", until: str = "2026-03-12", **more: Any
    ) -> Any:
        return self.office.substitutions.name(substitute, since, until, **({"by": self.person("clerk")} | more))

    def inbox(self, name: str, **filters: Any) -> list[tuple[str, str | None]]:
        found = self.office.tasks.list(by=self.person(name), **filters)["items"]
        return [(task["id"], task.get("on_behalf_of")) for task in found]

    def complete(self, name: str) -> Any:
        by = self.person(name)
        return self.office.tasks.complete(self.task, ordinary(self.office, {"id": self.task}, by), by=by)


@pytest.fixture
def hall(office: Office) -> Hall:
    """On either database."""
    return Hall(office)


@pytest.fixture
def small(embedded_office: Office) -> Hall:
    """Where the kind of database does not matter."""
    return Hall(embedded_office)


def test_the_substitute_does_what_the_absent_colleague_has_and_the_history_names_both(
    hall: Hall, clock: SetClock
) -> None:
    office, second = hall.office, hall.person("second")
    assert hall.inbox("second") == []
    with pytest.raises(TaskClaimedByAnother):
        hall.complete("second")

    made = hall.name()
    assert (made["username"], made["substitute"], made["active"]) == ("clerk", "second", True)
    assert hall.inbox("second") == hall.inbox("second", assignee="away") == [(hall.task, "clerk")]
    assert hall.inbox("second", assignee="me") == [] and hall.inbox("third") == []
    assert office.tasks.counts(by=second)["away"] == 1
    assert office.tasks.get(hall.task, by=second)["on_behalf_of"] == "clerk"
    office.drafts.save(hall.task, {"remarks": "x"}, by=second)

    case = hall.complete("second")
    entry = office.history.entries(case["number"], by=second)["items"][-1]
    assert (entry["kind"], entry["actor"], entry["input"]["on_behalf_of"]) == ("task.completed", "second", "clerk")
    auditor = hall.person("auditor")
    assert office.history.verify(case["number"], by=auditor)["ok"]
    assert office.history.replay(case["number"], by=auditor)["tasks"][0]["element"] == "confirm_type"
    acts = office.ledger.entries(by=auditor, limit=1000)["items"]
    assert (acts[-1]["kind"], acts[-1]["actor"], acts[-1]["about"]["substitute"]) == (
        "substitute.named",
        "clerk",
        "second",
    )


def test_it_begins_and_ends_by_its_days_in_the_offices_zone(small: Hall, clock: SetClock) -> None:
    small.name(since="2026-03-11", until="2026-03-11")
    assert small.inbox("second") == []
    clock.pass_time(hours=14, minutes=59)  # 23:59 in Beijing
    assert small.inbox("second") == []
    clock.pass_time(minutes=1)
    assert small.inbox("second") == [(small.task, "clerk")]
    clock.pass_time(hours=23, minutes=59)
    assert small.inbox("second") == [(small.task, "clerk")]
    clock.pass_time(minutes=1)
    assert small.inbox("second") == []
    with pytest.raises(TaskClaimedByAnother):
        small.complete("second")
    assert small.office.substitutions.list(by=small.person("clerk")) == []


def test_the_substitute_may_take_over_give_back_hand_on_and_send_back(small: Hall) -> None:
    office, second = small.office, small.person("second")
    small.name()
    case = office.tasks.delegate(small.task, "third", by=second)
    last = office.history.entries(case["number"], by=second)["items"][-1]
    assert (last["input"]["assignee"], last["input"]["on_behalf_of"]) == ("third", "clerk")
    with pytest.raises(TaskClaimedByAnother):
        office.tasks.claim(small.task, by=second)
    office.tasks.delegate(small.task, "clerk", by=small.person("third"))
    assert office.tasks.unclaim(small.task, by=second)["tasks"][0]["assignee"] is None
    office.tasks.claim(small.task, by=small.person("clerk"))
    case = office.tasks.claim(small.task, by=second)
    assert case["tasks"][0]["assignee"] == "second"
    last = office.history.entries(case["number"], by=second)["items"][-1]
    assert (last["kind"], last["input"]["on_behalf_of"]) == ("task.claimed", "clerk")


def test_whoever_stands_in_for_a_substitute_who_is_away_too_does_both(small: Hall) -> None:
    small.name("second")
    small.name("third", by=small.person("second"))
    assert small.inbox("third") == [(small.task, "clerk")]
    assert small.complete("third")["tasks"][0]["element"] == "confirm_type"


def test_no_right_is_widened_by_it(small: Hall) -> None:
    office = small.office
    # given one who is a clerk of the hall and of another unit, and a task there that they have
    office.people.add("both", "both", "a long enough word", [("hall", "clerk"), ("market", "clerk")])
    case = accept(office, matter_of_type(office, "promised", lambda m: m["unit"] == "market"), serial=902)
    case = do_named(office, do_named(office, case, "check_materials"), "confirm_type")
    case = do_named(office, case, "issue_slip")
    examine = case["tasks"][0]
    assert examine["unit"] == "market"
    office.tasks.claim(examine["id"], by=small.person("both"))
    # when a clerk of the hall alone stands in for them
    small.name("second", by=small.person("both"))
    # then that task is not theirs
    assert examine["id"] not in [id for id, _ in small.inbox("second")]
    assert office.tasks.get(examine["id"], by=small.person("second")).get("on_behalf_of") is None
    with pytest.raises(Forbidden):
        office.tasks.claim(examine["id"], by=small.person("second"))
    do(office, {**examine, "assignee": "both"})


def test_circles_and_what_makes_no_sense_are_refused_at_their_fields(small: Hall) -> None:
    small.name("second")
    small.name("third", by=small.person("second"), since="2026-03-11", until="2026-03-20")
    third = small.person("third")
    for since, until, refused in (("2026-03-12", "2026-03-15", True), ("2026-03-13", "2026-03-15", False)):
        if refused:
            with pytest.raises(Invalid) as caught:
                small.name("clerk", since, until, by=third)
            (field,) = caught.value.errors
            assert field.pointer == "/substitute" and "third → clerk → second → third" in field.message
        else:
            small.name("clerk", since, until, by=third)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"since": "2026-03-13", "until": "2026-03-12"}, "/until"),
        ({"since": "2026-03-01", "until": "2026-03-09"}, "/until"),
        ({"since": "2026-03-13", "until": "2027-03-14"}, "/until"),
        ({"since": "2027-04-13", "until": "2027-04-14"}, "/since"),
        ({"since": "13.3.2026", "until": "2026-03-13"}, "/since"),
        ({"since": "2026-03-12", "until": "2026-03-13"}, "/since"),
        ({"substitute": "clerk", "since": "2026-03-20", "until": "2026-03-20"}, "/substitute"),
        ({"substitute": "housing", "since": "2026-03-20", "until": "2026-03-20"}, "/substitute"),
        ({"substitute": "nobody", "since": "2026-03-20", "until": "2026-03-20"}, "/substitute"),
        ({"username": "auditor", "by": None, "since": "2026-03-20", "until": "2026-03-20"}, "/username"),
    ]
    for given, pointer in wrong:
        with pytest.raises(Invalid) as caught:
            small.name(**given)
        assert [field.pointer for field in caught.value.errors] == [pointer], given


def test_only_who_is_away_and_administrators_arrange_it_and_those_concerned_see_it(small: Hall) -> None:
    substitutions = small.office.substitutions
    with pytest.raises(Forbidden):
        small.name("second", username="clerk", by=small.person("leader"))
    made = small.name("second", username="clerk", by=small.person("admin"))
    assert [one["id"] for one in substitutions.list(by=small.person("second"))] == [made["id"]]
    assert substitutions.list(by=small.person("third")) == []
    assert [one["id"] for one in substitutions.list(by=small.person("auditor"))] == [made["id"]]
    with pytest.raises(Forbidden):
        substitutions.end(made["id"], by=small.person("second"))
    with pytest.raises(NotFound):
        substitutions.end(made["id"], by=small.person("third"))
    ended = substitutions.end(made["id"], by=small.person("clerk"))
    assert not ended["active"] and ended["ended"] is not None
    assert substitutions.end(made["id"], by=small.person("admin"))["ended"] == ended["ended"]
    assert small.inbox("second") == [] and substitutions.list() == []
    # One that was ended is in nobody's way.
    small.name("second")


def test_the_same_request_names_one_substitute(small: Hall) -> None:
    once = Once(key="k-1", scope="/api/v1/substitutions", digest="d")
    first, again = (small.name(once=once) for _ in range(2))
    assert first == again
    assert len(small.office.substitutions.list(by=small.person("clerk"))) == 1
