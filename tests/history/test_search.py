"""Searching the histories of all cases: each filter finds what it says and nothing else, on either database."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Office
from engine.errors import Invalid
from engine.history.kinds import Kind
from tests.conftest import SetClock
from tests.office.at_work import accept, do, matter_of_type, to_the_end


def found(office: Office, by: str = "auditor", **filters: Any) -> list[tuple[str, int]]:
    """What a search finds, read in pages of three."""
    places, cursor = [], None
    while True:
        page = office.history.search(by=office.people.person(by), limit=3, cursor=cursor, **filters)
        places += [(entry["case"], entry["seq"]) for entry in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return places


def test_each_filter_finds_what_the_histories_say(office: Office, clock: SetClock) -> None:
    auditor = office.people.person("auditor")
    instant, joint = (matter_of_type(office, type) for type in ("instant", "joint"))
    cases = [to_the_end(office, accept(office, instant, serial=1))]
    clock.pass_time(hours=5)
    middle = clock.now()
    for serial in (2, 3):
        case = accept(office, joint, serial=serial)
        cases.append(do(office, case["tasks"][0]))
    office.cases.withdraw(cases[1]["number"], "不再办理", by=office.people.person("clerk"))

    every = [e for case in cases for e in office.history.entries(case["number"], by=auditor)["items"]]
    latest = sorted(every, key=lambda e: (e["at"], e["case"], e["seq"]), reverse=True)

    def those(holds: Any) -> list[tuple[str, int]]:
        return [(e["case"], e["seq"]) for e in latest if holds(e)]

    assert found(office) == those(lambda e: True)
    for kind in {e["kind"] for e in every}:
        assert found(office, kind=kind) == those(lambda e, kind=kind: e["kind"] == kind)
    for actor in {e["actor"] for e in every}:
        assert found(office, actor=actor) == those(lambda e, actor=actor: e["actor"] == actor)
    for element in {e["element"] for e in every} - {None}:
        assert found(office, element=element) == those(lambda e, element=element: e["element"] == element)
    assert found(office, element="check%") == found(office, element="checkXmaterials") == []
    later = those(lambda e: e["case"] != cases[0]["number"])
    assert found(office, since=middle) == found(office, matter=joint) == later
    assert (
        found(office, until=middle)
        == found(office, matter=instant)
        == those(lambda e: (e["case"], e["seq"]) not in later)
    )
    assert found(office, kind="message.received", matter=joint, actor="clerk", unit="hall") != []
    assert found(office, unit="fire") == []
    # Whoever sees a case finds its entries, and nobody else does.
    assert found(office, by="clerk") == found(office)
    seen = {case["number"] for case in office.cases.list(by=office.people.person("fire"))["items"]}
    assert {number for number, _ in found(office, by="fire")} == seen
    # What is sealed is opened, and search finds the whole entry.
    (withdrawn,) = office.history.search(by=auditor, kind=Kind.MESSAGE_RECEIVED)["items"]
    assert withdrawn["input"]["reason"] == "不再办理"
    assert withdrawn["hash"] == office.history.entries(withdrawn["case"], by=auditor)["items"][-1]["hash"]


@pytest.mark.parametrize(
    ("filters", "pointer"),
    [
        ({"kind": "task.eaten"}, "/kind"),
        ({"cursor": "x"}, "/cursor"),
        ({"cursor": "WyIyMDI2LTAzLTEwVDAxOjAwOjAwLjAwMDAwMFoiLFsxXV0"}, "/cursor"),
        ({"limit": 0}, "/limit"),
    ],
)
def test_what_cannot_be_searched_for(embedded_office: Office, filters: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        embedded_office.history.search(by=embedded_office.people.person("auditor"), **filters)
    assert [field.pointer for field in refused.value.errors] == [pointer]
