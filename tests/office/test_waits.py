"""What a case waits for when nobody has a task in it."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Office
from engine.errors import NotFound
from tests.office.at_work import accept, do, do_named, matter_of_type
from tests.office.test_undertakings import undertaken


def waits(office: Office, case: Any) -> list[Any]:
    return list(office.offers.waits(case["number"], by=office.people.person("clerk")))


def test_the_time_for_a_review_is_waited_for_until_its_end(embedded_office: Office) -> None:
    # given a returned case, while somebody still has a task
    office = embedded_office
    case = accept(office, matter_of_type(office, "returned"))
    while case["tasks"][0]["element"] != "serve_notice":
        case = do(office, case["tasks"][0])
    assert waits(office, case) == []

    # when its notice is served, it waits for the applicant's word, until the last of five working days has ended
    case = do_named(office, case, "serve_notice", review_right="kept", review_days=5)
    assert case["tasks"] == []
    (wait,) = waits(office, case)
    assert wait == {
        "process": "returned",
        "element": "review_wait",
        "name": "等待复核申请",
        "messages": ["review-requested"],
        "until": "2026-03-17",
    }

    # and only who may see the case is told
    with pytest.raises(NotFound):
        office.offers.waits(case["number"], by=office.people.person("culture"))


def test_what_an_applicant_undertook_is_waited_for_until_its_last_day(embedded_office: Office) -> None:
    # given a case that is decided while something that was undertaken has not come
    office = embedded_office
    case, _ = undertaken(office)
    while case["tasks"]:
        case = do(office, case["tasks"][0])
    assert case["undertaking"]["state"] == "open"

    # then it waits for that, and for the day
    found = {wait["element"]: wait for wait in waits(office, case)}
    assert found.keys() == {"nothing_owed", "undertaking_due"}
    assert found["nothing_owed"]["until"] is None
    assert found["undertaking_due"]["until"] == case["undertaking"]["until"]
