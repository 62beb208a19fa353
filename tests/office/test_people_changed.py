"""What becomes of people who are there already: other roles, tokens that nobody can show any more."""

from __future__ import annotations

import pytest

from engine import Office
from engine.errors import Forbidden, Invalid, NotFound, Unauthorised
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
