"""What becomes of people who are there already: other roles, tokens that nobody can show any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine import Office
from engine.errors import Forbidden, Invalid, NotFound, Unauthorised
from engine.office.person import Person
from tests.office.test_ledger import acts, last


def test_a_person_is_given_other_roles_at_once(office: Office) -> None:
    since, admin = last(office), office.people.person("admin")
    office.people.assign("clerk", [("housing", "clerk"), ("hall", "leader")], by=admin)
    assert {(m.unit, m.role) for m in office.people.person("clerk").memberships} == {
        ("housing", "clerk"),
        ("hall", "leader"),
    }
    (entry,) = acts(office, since=since)
    assert (entry["actor"], entry["kind"], entry["about"]["username"]) == ("admin", "person.assigned", "clerk")


@pytest.mark.parametrize(
    ("seats", "pointer"),
    [
        ([], "/units"),
        ([("nowhere", "clerk")], "/units/0/unit"),
        ([("hall", "king")], "/units/0/role"),
        ([("hall", "clerk"), ("hall", "clerk")], "/units/1"),
    ],
)
def test_roles_that_are_none_change_nothing(office: Office, seats: list[tuple[str, str]], pointer: str) -> None:
    since, before = last(office), office.people.person("clerk")
    with pytest.raises(Invalid) as refused:
        office.people.assign("clerk", seats)
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert (office.people.person("clerk"), last(office)) == (before, since)


def test_only_administrators_give_roles(office: Office) -> None:
    with pytest.raises(Forbidden):
        office.people.assign("clerk", [("hall", "admin")], by=office.people.person("clerk"))
    with pytest.raises(NotFound):
        office.people.assign("nobody", [("hall", "clerk")])


def test_the_last_administrator_stays_one(office: Office) -> None:
    # given one administrator beside a disabled one
    people, admin = office.people, office.people.person("admin")
    people.disable("admin2", by=admin)
    since = last(office)

    # when that one leaves, or gives the role away, then the way is named and nothing has happened
    for attempt, pointer in (
        (lambda: people.disable("admin", by=admin), "/username"),
        (lambda: people.assign("admin", [("hall", "clerk")], by=admin), "/units"),
    ):
        with pytest.raises(Invalid) as refused:
            attempt()
        (error,) = refused.value.errors
        assert error.pointer == pointer
        assert "最后一位管理员" in error.message and "last administrator" in error.message
    assert (people.person("admin"), last(office)) == (admin, since)

    # and when there is another, then both may be done, and the other is the last
    people.enable("admin2", by=admin)
    assert people.assign("admin", [("hall", "clerk")], by=admin)
    assert people.disable("admin", by=people.person("admin2"))
    with pytest.raises(Invalid):
        people.disable("admin2", by=people.person("admin2"))

    # and the shell may do it nevertheless, and is told
    assert not people.disable("admin2")


def test_of_two_administrators_who_disable_each_other_at_once_one_stays(office: Office) -> None:
    pair = [(office.people.person("admin"), "admin2"), (office.people.person("admin2"), "admin")]

    def disable(by: Person, whom: str) -> bool:
        try:
            return office.people.disable(whom, by=by)
        except Invalid:
            return False

    for _ in range(5):
        with ThreadPoolExecutor(2) as both:
            done = [*both.map(lambda one: disable(*one), pair)]
        assert sorted(done) == [False, True]
        for _by, whom in pair:
            office.people.enable(whom)


def test_a_lost_token_is_revoked_by_what_the_list_shows(office: Office) -> None:
    # given two tokens of a person, one of which is lost
    admin, clerk = office.people.person("admin"), office.people.person("clerk")
    kept, lost = (office.people.new_token("clerk", days=days)["token"] for days in (30, 90))
    listed = office.people.tokens("clerk", by=admin)
    assert len(listed) == 2
    assert not any(lost[9:] in str(one) or kept[9:] in str(one) for one in listed)

    # when the longer one is revoked, twice, as the person may too
    since = last(office)
    (identity,) = (one["id"] for one in listed if one["expires"] == max(each["expires"] for each in listed))
    for by in (admin, clerk):
        office.people.revoke_listed("clerk", identity, by=by)

    # then that one is worthless, the other is not, and one act tells of it
    with pytest.raises(Unauthorised):
        office.people.by_token(lost)
    assert office.people.by_token(kept).username == "clerk"
    assert [entry["kind"] for entry in acts(office, since=since)] == ["token.revoked"]
    assert [one["revoked"] is not None for one in office.people.tokens("clerk") if one["id"] == identity] == [True]


def test_names_and_ids_that_no_database_takes_are_nobodys(office: Office) -> None:
    for odd in ("a\0", "\ud800", "x" * 300, ""):
        for attempt in (
            lambda odd=odd: office.people.revoke_listed("clerk", odd),
            lambda odd=odd: office.sessions.end_listed("clerk", odd),
            lambda odd=odd: office.sessions.end_of(odd),
            lambda odd=odd: office.people.disable(odd),
        ):
            with pytest.raises(NotFound):
                attempt()
        with pytest.raises(Unauthorised):
            office.people.admit(odd)


def test_nobody_sees_or_revokes_the_tokens_of_others(office: Office) -> None:
    office.people.new_token("clerk")
    (token,) = office.people.tokens("clerk")
    leader = office.people.person("leader")
    for attempt in (
        lambda: office.people.tokens("clerk", by=leader),
        lambda: office.people.revoke_listed("clerk", token["id"], by=leader),
    ):
        with pytest.raises(Forbidden):
            attempt()
    with pytest.raises(NotFound):
        office.people.revoke_listed("leader", token["id"])
