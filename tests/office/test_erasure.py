"""Applicants are erased when their cases have been kept for long enough, or at their wish; every proof still holds."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Office
from engine.errors import Forbidden, Invalid, NotFound
from engine.sealing.seal import ERASED
from tests.conftest import SetClock
from tests.office.at_work import accept, applicant, keep_for, matter_of_type, to_the_end
from tests.office.handing_in import hand_in


def ended(office: Office, serial: int, type: str = "instant") -> Any:
    return to_the_end(office, accept(office, matter_of_type(office, type), serial=serial))


def erased(office: Office, case: Any) -> bool:
    view = office.cases.get(case["number"], by=office.people.person("auditor"))
    return bool(view["applicant"]["name"] == ERASED)


def found(office: Office, serial: int) -> list[str]:
    """What a search for a person finds, by name and by identity number."""
    by = office.people.person("auditor")
    searches = [office.cases.list(by=by, q=applicant(serial)[name])["items"] for name in ("name", "id_number")]
    return [row["number"] for items in searches for row in items]


def tokens(office: Office, case: Any) -> list[Any]:
    """Where the case was after each entry, executed again."""
    by = office.people.person("auditor")
    return [office.history.replay(case["number"], by=by, at=seq)["tokens"] for seq in range(1, case["version"] + 1)]


def test_when_the_years_of_retention_have_passed(office: Office, clock: SetClock) -> None:
    keep_for(office, matter_of_type(office, "instant"), 2)
    of_first, again = ended(office, 1), ended(office, 1)
    of_second, kept_for_good = ended(office, 2), ended(office, 2, "joint")
    of_third = accept(office, matter_of_type(office, "instant"), serial=3)
    # One of them has 366.
    clock.pass_time(days=2 * 365)
    assert office.erasure.expired() == []
    clock.pass_time(days=1)
    would = office.erasure.expired(dry_run=True)
    assert [one["cases"] for one in would] == [[of_first["number"], again["number"]]]
    assert not erased(office, of_first)
    assert office.erasure.expired() == would
    assert [erased(office, case) for case in (of_first, again)] == [True, True]
    assert not any(erased(office, case) for case in (of_second, kept_for_good, of_third))
    assert (found(office, 1), len(found(office, 2))) == ([], 4)
    assert office.erasure.expired() == []


def test_at_the_applicants_wish_and_every_proof_holds(office: Office) -> None:
    auditor = office.people.person("auditor")
    case = accept(office, matter_of_type(office, "joint"), serial=1)
    material = hand_in(office, case)
    case = to_the_end(office, case)
    by = {"by": auditor, "group": "matter"}
    before = office.statistics.read(**by)
    exported = b"".join(office.exports.write("csv", by=auditor))
    course = tokens(office, case)

    told = office.erasure.one(case["number"], "依申请抹除", by=office.people.person("admin"))

    assert told["cases"] == [case["number"]]
    after = office.cases.get(case["number"], by=auditor)
    assert set(after["applicant"].values()) == {ERASED}
    for value in applicant(1).values():
        assert value == "resident_id" or value not in str(office.history.entries(case["number"], by=auditor))
    with pytest.raises(NotFound, match="erased"):
        office.materials.open(case["number"], material["id"], by=auditor)
    assert office.history.verify(case["number"], by=auditor)["ok"]
    assert tokens(office, case) == course
    assert office.statistics.read(**by) == before
    assert b"".join(office.exports.write("csv", by=auditor)) == exported
    act = office.ledger.entries(by=auditor, limit=1000)["items"][-1]
    assert (act["actor"], act["about"]["reason"], act["about"]["cases"]) == ("admin", "依申请抹除", [case["number"]])
    assert all(proof["ok"] for proof in office.ledger.prove(by=auditor))
    with pytest.raises(NotFound):
        office.erasure.one(case["number"], "再次")


def test_who_comes_again_is_somebody_new(embedded_office: Office) -> None:
    office = embedded_office
    before = ended(office, 1)
    office.erasure.one(before["number"], "依申请抹除")
    after = ended(office, 1)
    assert (erased(office, before), erased(office, after)) == (True, False)
    assert set(found(office, 1)) == {after["number"]}
    for case in (before, after):
        assert office.history.verify(case["number"], by=office.people.person("auditor"))["ok"]


def test_what_is_refused(embedded_office: Office) -> None:
    office, admin = embedded_office, embedded_office.people.person("admin")
    case, open_case = ended(office, 1), accept(office, matter_of_type(office, "instant"), serial=1)
    with pytest.raises(Invalid, match=open_case["number"]):
        office.erasure.one(case["number"], "依申请抹除", by=admin)
    with pytest.raises(Invalid):
        office.erasure.one(case["number"], " ", by=admin)
    with pytest.raises(NotFound):
        office.erasure.one("20260310-H01-9999-X", "依申请抹除", by=admin)
    for username in ("clerk", "leader", "auditor", "designer"):
        with pytest.raises(Forbidden):
            office.erasure.expired(by=office.people.person(username))
    assert not erased(office, case)


def test_a_run_that_was_broken_off_is_finished_by_the_next(embedded_office: Office, clock: SetClock) -> None:
    office = embedded_office
    keep_for(office, matter_of_type(office, "instant"), 1)
    case = ended(office, 1)
    clock.pass_time(days=400)
    (due,) = office.erasure.expired(dry_run=True)
    office.keyring.erase(due["applicant"])
    assert office.erasure.expired() == [due]
    assert found(office, 1) == []
    assert office.history.verify(case["number"], by=office.people.person("auditor"))["ok"]
