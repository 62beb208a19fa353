"""What is personal is never stored in the clear, and can be erased without breaking the proof."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import Office
from engine.errors import Invalid
from engine.sealing import MARK
from engine.sealing.seal import ERASED
from tests.office.at_work import accept, applicant, matter_of_type, to_the_end


def test_no_file_of_the_database_holds_anything_personal(embedded_office: Office, tmp_path: Path) -> None:
    case = to_the_end(embedded_office, accept(embedded_office, matter_of_type(embedded_office, "joint")))
    embedded_office.cases.list(by=embedded_office.people.person("clerk"), q=case["applicant"]["name"])
    embedded_office.close()

    for file in tmp_path.glob("office.db*"):
        content = file.read_bytes()
        for value in applicant().values():
            if value != "resident_id":
                assert value.encode() not in content, f"{file.name} holds {value}"


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
