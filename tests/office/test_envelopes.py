"""What a step answers: personal fields in it are opened when somebody looks, and it stays as it was."""

from __future__ import annotations

import pytest

from engine import Office
from engine.errors import Unavailable
from engine.sealing.seal import ERASED
from tests.office.at_work import accept, applicant, do, matter_of_type


def test_an_answer_stays_as_it_was_while_its_case_goes_on(embedded_office: Office) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    case = accept(office, matter_of_type(office, "joint"))
    answered = do(office, case["tasks"][0])
    then = office.cases.get(case["number"], by=clerk)
    do(office, answered["tasks"][0])
    assert dict(answered) == then
    assert answered["applicant"]["name"] == applicant()["name"] not in repr(answered)


def test_who_was_erased_before_somebody_looked_is_seen_by_nobody(embedded_office: Office) -> None:
    office = embedded_office
    case = accept(office, matter_of_type(office, "joint"))
    answered = office.cases.withdraw(case["number"], "不办了", by=office.people.person("leader"))
    office.erasure.one(case["number"], "依申请 on request")
    assert answered["applicant"]["name"] == answered["data"]["withdrawal_reason"] == ERASED


def test_who_does_not_look_needs_no_key(embedded_office: Office, keyring_away: list[bool]) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    case = accept(office, matter_of_type(office, "joint"))

    keyring_away.append(True)
    answered = office.tasks.claim(case["tasks"][0]["id"], by=clerk)
    assert (answered["number"], answered["version"]) == (case["number"], case["version"] + 1)
    with pytest.raises(Unavailable):
        answered["applicant"]
    keyring_away.clear()
    assert answered["tasks"][0]["assignee"] == "clerk" and answered["applicant"] == case["applicant"]
