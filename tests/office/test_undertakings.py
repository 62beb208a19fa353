"""A window accepts although something is lacking: undertaken in writing, watched, handed in or broken (容缺受理)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from engine import Office
from engine.errors import Invalid, NotOffered
from engine.storage import tables
from tests.conftest import SetClock
from tests.office.at_work import accept, do_named, matter_of_type
from tests.office.handing_in import hand_in


def _matter(office: Office) -> str:
    return matter_of_type(office, "instant", lambda matter: any(not m["required"] for m in matter["materials"]))


def undertaken(office: Office, *, serial: int = 901) -> tuple[Any, str]:
    """A case that was accepted against an undertaking of two working days; and the material that is to follow."""
    case = accept(office, _matter(office), serial=serial)
    lacking = next(m["name"] for m in office.catalogue.matter(case["matter"])["materials"] if not m["required"])
    days = min(2, office.catalogue.matter(case["matter"])["promised_days"])
    answers = {"undertaken_materials": [lacking], "undertaken_days": days, "undertaking_signatory": "测试人"}
    return do_named(office, case, "check_materials", check_result="undertaking", **answers), lacking


def proven(office: Office, case: Any) -> Any:
    """The case as the auditor reads it, its history proven and replayed to its end."""
    auditor = office.people.person("auditor")
    proof = office.history.verify(case["number"], by=auditor)
    assert proof["ok"], proof
    view = office.cases.get(case["number"], by=auditor)
    assert office.history.replay(case["number"], by=auditor)["data"] == view["data"]
    return view


def test_what_is_undertaken_is_seen_and_the_file_settles_it(office: Office) -> None:
    clerk = office.people.person("clerk")
    case, lacking = undertaken(office)
    owed = case["undertaking"]
    assert (owed["materials"], owed["state"], owed["late"]) == ([lacking], "open", False)
    told = office.cases.track(case["number"], case["tracking_code"])
    assert told["undertaking"] == owed and "测试人" not in json.dumps(told, ensure_ascii=False)
    assert [row["number"] for row in office.cases.list(by=clerk, undertaking="open")["items"]] == [case["number"]]
    assert "测试人" not in _recorded(office, case), "who signed is personal"

    made = hand_in(office, case, material=lacking)
    assert proven(office, case)["undertaking"]["state"] == "open", "handed in, and not verified yet"
    office.materials.verify(case["number"], made["id"], "B", by=clerk)
    assert proven(office, case)["undertaking"] == {**owed, "state": "kept"}
    assert office.cases.list(by=clerk, undertaking="open")["items"] == []
    assert office.cases.list(by=clerk, undertaking="kept")["items"][0]["undertaking"] == "kept"


def _recorded(office: Office, case: Any) -> str:
    with office.database.read() as connection:
        rows = connection.execute(select(tables.entry.c.body)).scalars()
        return "".join(json.dumps(json.loads(body), ensure_ascii=False) for body in rows)


def test_what_is_scanned_at_the_window_settles_it_at_once_also_in_the_place_of_another(office: Office) -> None:
    case, lacking = undertaken(office)
    first = hand_in(office, case, material=lacking)

    hand_in(office, case, "原件.pdf", replaces=first["id"], source="window", grade="B")
    assert proven(office, case)["undertaking"]["state"] == "kept"


def test_another_material_settles_nothing(office: Office) -> None:
    case, lacking = undertaken(office)
    other = next(m["name"] for m in office.catalogue.matter(case["matter"])["materials"] if m["name"] != lacking)

    hand_in(office, case, material=other, source="window", grade="B")
    hand_in(office, case, source="window", grade="B")
    assert proven(office, case)["undertaking"]["state"] == "open"


def test_nobody_but_the_office_says_that_it_was_kept(office: Office) -> None:
    clerk = office.people.person("clerk")
    case, _ = undertaken(office)

    assert "undertaking-kept" not in case["offers"]
    with pytest.raises(NotOffered):
        office.cases.message(case["number"], "undertaking-kept", {}, by=clerk)
    with pytest.raises(NotOffered):
        office.post.send("undertaking-kept", case["number"], {}, time_to_live=60, by=clerk)
    with pytest.raises(NotOffered):
        office.post.keep_for(case["number"], "undertaking-kept", {}, 60, by=clerk)
    assert proven(office, case)["undertaking"]["state"] == "open"


def test_when_its_day_has_passed_the_clerk_is_reminded_and_records_the_breach(office: Office, clock: SetClock) -> None:
    clerk = office.people.person("clerk")
    case, lacking = undertaken(office)
    for element in ("confirm_type", "decide"):
        case = do_named(office, case, element)
    assert case["tasks"] == [], "the reply waits"

    clock.pass_time(days=8)
    office.clock.tick()
    case = office.cases.get(case["number"], by=clerk)
    assert case["undertaking"]["late"]
    assert [task["element"] for task in case["tasks"]] == ["chase_undertaking"]
    case = do_named(office, case, "chase_undertaking", breach_note="电话催告两次，未补交")
    assert (case["undertaking"]["state"], case["undertaking"]["late"]) == ("broken", False)
    assert [task["element"] for task in case["tasks"]] == ["reply"]
    notice = next(n for n in office.notices.list(case["number"], by=clerk) if n["title"] == "容缺承诺逾期告知书")
    told = office.notices.open(notice["id"], by=clerk).document
    assert lacking in [" ".join(row) for block in told.blocks for row in block.rows]
    proven(office, case)

    # The next window that accepts something of the same applicant sees it before it accepts another undertaking.
    again, other = accept(office, _matter(office)), accept(office, _matter(office), serial=902)
    for case, count in ((again, 1), (other, 0)):
        (task,) = case["tasks"]
        assert office.tasks.get(task["id"], by=clerk)["broken_undertakings"] == count


def test_what_comes_after_its_day_ends_the_reminder(office: Office, clock: SetClock) -> None:
    case, lacking = undertaken(office)
    clock.pass_time(days=8)
    office.clock.tick()

    hand_in(office, case, material=lacking, source="window", grade="B")
    view = proven(office, case)
    assert view["undertaking"]["state"] == "kept"
    assert "chase_undertaking" not in [task["element"] for task in view["tasks"]]


def test_the_case_that_ends_first_takes_its_undertaking_with_it(office: Office) -> None:
    clerk = office.people.person("clerk")
    case, _ = undertaken(office)

    case = office.cases.withdraw(case["number"], "不办了", by=clerk)
    assert (case["status"], case["undertaking"]["state"], case["tasks"]) == ("withdrawn", "lapsed", [])
    assert office.cases.list(by=clerk, undertaking="lapsed")["items"][0]["number"] == case["number"]
    proven(office, case)


def test_an_unknown_state_is_refused(office: Office) -> None:
    with pytest.raises(Invalid) as refused:
        office.cases.list(by=office.people.person("clerk"), undertaking="late")
    assert [fault.pointer for fault in refused.value.errors] == ["/undertaking"]
