"""What is personal is never stored in the clear, and can be erased without breaking the proof."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Office
from engine.errors import Invalid, NotOffered
from engine.export import FORMATS
from engine.office.person import Person
from engine.sealing import MARK, seal, unseal
from engine.sealing.seal import ERASED
from tests.conftest import SetClock
from tests.office.at_work import accept, applicant, do, do_named, matter_of_type, to_the_end
from tests.office.handing_in import hand_in


def test_no_file_of_the_database_holds_anything_personal(embedded_office: Office, tmp_path: Path) -> None:
    case = to_the_end(embedded_office, accept(embedded_office, matter_of_type(embedded_office, "joint")))
    embedded_office.cases.list(by=embedded_office.people.person("clerk"), q=case["applicant"]["name"])
    embedded_office.close()

    for file in tmp_path.glob("office.db*"):
        content = file.read_bytes()
        for value in applicant().values():
            if value != "resident_id":
                assert value.encode() not in content, f"{file.name} holds {value}"


def test_why_something_was_done_is_sealed_and_goes_with_the_applicant(embedded_office: Office, tmp_path: Path) -> None:
    office, why = embedded_office, "王建国住院，改由其女儿代办"
    clerk, leader, auditor = (office.people.person(name) for name in ("clerk", "leader", "auditor"))
    case = accept(office, matter_of_type(office, "joint"))
    number = case["number"]
    case = do_named(office, case, "check_materials")
    (triage,) = case["tasks"]
    case = do(office, triage)
    case = office.returns.withdraw(triage["id"], why, by=office.people.person(last_actor(office, number)))
    office.cases.suspend(number, why, "testing", by=clerk)
    office.cases.resume(number, why, by=clerk)
    office.cases.extend(number, why, 1, by=leader)
    office.cases.assign_agent(number, why, "leader", by=leader)
    material = hand_in(office, case)
    office.materials.verify(number, material["id"], "B", reason=why, by=leader)
    office.materials.withdraw(number, material["id"], why, by=leader)
    office.cases.message(number, "report", {"reason": why}, by=leader)
    office.cases.return_(number, why, by=leader)
    ended = office.cases.withdraw(number, why, by=leader)
    assert ended["status"] == "withdrawn" and ended["data"]["withdrawal_reason"] == ended["data"]["type_reason"] == why

    def said() -> list[str]:
        entries = office.history.entries(number, by=auditor)["items"]
        return [e["input"].get("reason") or e["input"].get("payload", {}).get("reason") for e in entries]

    assert said().count(why) == 10
    assert office.history.verify(number, by=auditor)["ok"]
    assert office.history.replay(number, by=auditor)["data"]["withdrawal_reason"] == why
    exported = [b"".join(office.exports.write(format, by=auditor, case=number)) for format in FORMATS]
    stored = [file.read_bytes() for file in tmp_path.glob("office.db*")]
    for spelt in (why.encode(), json.dumps(why)[1:-1].encode()):
        assert not any(spelt in content for content in exported + stored)

    office.erasure.one(number, "依申请抹除")
    assert said().count(ERASED) == 10
    assert office.history.verify(number, by=auditor)["ok"]
    assert office.history.replay(number, by=auditor)["data"]["withdrawal_reason"] == ERASED


def _asked_by_number(office: Office, number: str, why: str, by: Person) -> None:
    office.cases.message(number, "review-requested", {"reason": why}, by=by)


def _asked_by_key(office: Office, number: str, why: str, by: Person) -> None:
    office.post.send("review-requested", number, {"reason": why}, by=by)


def _asked_with_time(office: Office, number: str, why: str, by: Person) -> None:
    office.post.keep_for(number, "review-requested", {"reason": why}, 60, by=by)


def served(office: Office, case: dict[str, Any]) -> dict[str, Any]:
    """A case of the returned type, up to where the applicant may ask for a review."""
    while case["tasks"]:
        (task,) = case["tasks"]
        case = do(office, task, **({"review_right": "kept"} if task["element"] == "serve_notice" else {}))
    return case


@pytest.mark.parametrize("ask", [_asked_by_number, _asked_by_key, _asked_with_time])
def test_why_a_review_is_asked_for_is_sealed_whatever_way_it_comes(
    embedded_office: Office, tmp_path: Path, ask: Callable[[Office, str, str, Person], None]
) -> None:
    # given a case that was returned, and an applicant who says why it should not have been
    office, why = embedded_office, "本人王建国患病，家庭困难，请再核实"
    auditor, leader = office.people.person("auditor"), office.people.person("leader")
    number = served(office, accept(office, matter_of_type(office, "returned")))["number"]

    # when this comes, then whoever decides on it reads it
    ask(office, number, why, leader)
    (review,) = office.cases.get(number, by=leader)["tasks"]
    assert office.tasks.get(review["id"], by=leader)["data"]["review_request"] == why

    # and it stands nowhere else, and goes with the applicant
    exported = [b"".join(office.exports.write(format, by=auditor, case=number)) for format in FORMATS]
    stored = [file.read_bytes() for file in tmp_path.glob("office.db*")]
    for spelt in (why.encode(), json.dumps(why)[1:-1].encode()):
        assert not any(spelt in content for content in exported + stored)
    do(office, review)
    office.erasure.one(number, "依申请抹除")
    given = [entry["input"].get("payload", {}) for entry in office.history.entries(number, by=auditor)["items"]]
    assert [payload["reason"] for payload in given if payload] == [ERASED]
    assert office.history.verify(number, by=auditor)["ok"]


def test_a_reason_that_waits_for_its_case_is_sealed_while_it_waits(
    embedded_office: Office, tmp_path: Path, clock: SetClock
) -> None:
    # given a request for a review that comes before the notice is served
    office, why = embedded_office, "本人王建国患病，家庭困难，请再核实"
    leader = office.people.person("leader")
    case = accept(office, matter_of_type(office, "returned"))
    kept = office.post.keep_for(case["number"], "review-requested", {"reason": why}, 3600, by=leader)

    # then it is kept, and nobody reads it in the database
    assert kept["status"] == "kept"
    assert not any(json.dumps(why)[1:-1].encode() in file.read_bytes() for file in tmp_path.glob("office.db*"))
    assert not any(why.encode() in file.read_bytes() for file in tmp_path.glob("office.db*"))

    # and when the case waits for it, the leader does
    served(office, case)
    clock.pass_time(seconds=1)
    office.clock.tick()
    (review,) = office.cases.get(case["number"], by=leader)["tasks"]
    assert office.tasks.get(review["id"], by=leader)["data"]["review_request"] == why


@pytest.mark.parametrize("name", ["withdraw", "review-requested"])
def test_a_reason_is_kept_for_nobody_under_whose_key_it_could_be_sealed(embedded_office: Office, name: str) -> None:
    leader = embedded_office.people.person("leader")
    with pytest.raises(NotOffered, match="number"):
        embedded_office.post.send(name, "20260302-H01-0001-8", {"reason": "身体原因"}, by=leader, time_to_live=60)


def last_actor(office: Office, number: str) -> str:
    """Who made the last entry of a case."""
    return str(office.history.entries(number, by=office.people.person("auditor"))["items"][-1]["actor"])


@pytest.mark.parametrize("reason", ["", 5, None])
def test_a_message_that_steers_a_case_has_words_for_its_reason(embedded_office: Office, reason: object) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    with pytest.raises(Invalid) as refused:
        clerk = embedded_office.people.person("clerk")
        embedded_office.cases.message(case["number"], "withdraw", {"reason": reason}, by=clerk)
    assert [field.pointer for field in refused.value.errors] == ["/payload/reason"]


def test_an_applicant_is_found_by_name_and_by_identity_number(embedded_office: Office) -> None:
    clerk = embedded_office.people.person("clerk")
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"), serial=7)
    accept(embedded_office, matter_of_type(embedded_office, "instant"), serial=8)
    for q in (applicant(7)["name"], applicant(7)["id_number"], case["number"], case["number"][:20]):
        found = embedded_office.cases.list(by=clerk, q=q)["items"]
        assert case["number"] in [row["number"] for row in found]
    assert embedded_office.cases.list(by=clerk, q=applicant(9)["name"])["items"] == []


def test_erasing_the_key_erases_the_person_and_breaks_no_proof(embedded_office: Office) -> None:
    office, auditor = embedded_office, embedded_office.people.person("auditor")
    case = to_the_end(office, accept(office, matter_of_type(office, "instant")))
    from sqlalchemy import select

    from engine.storage import tables

    with office.database.read() as connection:
        owner = connection.execute(select(tables.applicant.c.id)).scalar_one()
    office.keyring.erase(owner)

    after = office.cases.get(case["number"], by=auditor)
    assert after["applicant"]["name"] == ERASED
    assert office.history.verify(case["number"], by=auditor)["ok"]
    assert office.history.replay(case["number"], by=auditor)["status"] == "completed"


@pytest.mark.parametrize("data", [{"a": {MARK: "1.x.y"}}, {MARK: "1.x.y"}, {"a": [{MARK: 1}]}])
def test_nobody_can_hand_in_something_sealed(embedded_office: Office, data: dict) -> None:
    with pytest.raises(Invalid):
        accept(embedded_office, matter_of_type(embedded_office, "instant"), **data)


_KEYS = {"one": bytes(32), "other": bytes(range(32))}
_TEXTS = st.text(
    alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('{}"\\$:.[]'))
) | st.sampled_from(['{"$sealed":"1.one.AAAA"}', '\\{"$sealed":"x"}', '{"', "$sealed", '"}'])
_PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(_TEXTS.filter(lambda name: name != MARK), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(data=st.data(), plain=_PLAIN)
def test_what_is_sealed_anywhere_in_a_document_is_opened_and_nothing_else_changes(
    data: st.DataObject, plain: Any
) -> None:
    gone = data.draw(st.sets(st.sampled_from(sorted(_KEYS))))

    def kept(value: Any) -> tuple[Any, Any]:
        """A value with parts of it sealed, and what is to be read where some keys are gone."""
        if data.draw(st.integers(0, 3)) == 0:
            owner = data.draw(st.sampled_from(sorted(_KEYS)))
            return seal(value, owner, _KEYS[owner]), ERASED if owner in gone else value
        if isinstance(value, dict):
            pairs = {name: kept(inner) for name, inner in value.items()}
            return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}
        if isinstance(value, list):
            both = [kept(inner) for inner in value]
            return [pair[0] for pair in both], [pair[1] for pair in both]
        return value, value

    stored, read = kept(plain)
    before = copy.deepcopy(stored)
    known = {owner: key for owner, key in _KEYS.items() if owner not in gone}
    assert unseal(stored, lambda owners: {owner: known[owner] for owner in owners if owner in known}) == read
    assert stored == before
