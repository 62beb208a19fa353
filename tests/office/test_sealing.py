"""What is personal is never stored in the clear, and can be erased without breaking the proof."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import Office
from engine.errors import Invalid
from engine.export import FORMATS
from engine.sealing import MARK
from engine.sealing.seal import ERASED
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
