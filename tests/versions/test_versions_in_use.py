"""Versions that are retired, which versions cases run on and where, and that their files stay what they were."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import Forbidden, Invalid, NotFound, NotOffered
from tests.execution.stories import node, several
from tests.office.at_work import do_named
from tests.versions.test_moving_cases import V1, V2, Desk, person_task, process, steps

#: A process that calls another, which stands in the same file.
CALLING = process(
    steps(node("callActivity", "ask", calledElement="called"), ids="ask"),
    f'<process id="called" isExecutable="true">{steps(person_task("one"), ids="one", level="2")}</process>',
)


@pytest.fixture
def desk(office: Office) -> Desk:
    """On either database."""
    return Desk(office)


@pytest.fixture
def small(embedded_office: Office) -> Desk:
    """Where the kind of database does not matter."""
    return Desk(embedded_office)


def versions(desk: Desk, key: str = "moved") -> list[tuple[int, int, bool]]:
    """Number, running cases, and whether it is retired, of each version."""
    found = desk.office.definitions.get(key, by=desk.designer)["versions"]
    return [(one["version"], one["cases"], one["retired"] is not None) for one in found]


def test_a_process_counts_the_cases_that_are_in_it(desk: Desk) -> None:
    # given a process with a task before it calls another, and two cases, which are bound to both
    asking = person_task("look") + node("callActivity", "ask", calledElement="called")
    called = f'<process id="called" isExecutable="true">{steps(person_task("one"), ids="one", level="2")}</process>'
    desk.ready(process(steps(asking, ids="look ask"), called))
    first, _ = desk.start(901), desk.start(902)
    listed = {one["key"]: one["cases"] for one in desk.office.definitions.list(by=desk.designer)}
    assert (listed["moved"], listed["called"]) == (2, 2)

    # then both are in the one, and in the other who has come to it, until the end
    assert desk.office.definitions.inside(by=desk.designer) == {"moved": {1: 2}}
    first = do_named(desk.office, first, "look")
    assert desk.office.definitions.inside(by=desk.designer) == {"moved": {1: 2}, "called": {1: 1}}
    do_named(desk.office, first, "one")
    assert desk.office.definitions.inside(by=desk.designer) == {"moved": {1: 1}}


def acts(desk: Desk) -> list[tuple[str, Any]]:
    page = desk.office.ledger.entries(by=desk.auditor, limit=1000)
    return [(act["kind"], act["about"]) for act in page["items"] if act["kind"].startswith("definition.")]


def test_no_case_begins_on_a_retired_version_and_those_that_run_on_it_go_on(desk: Desk) -> None:
    desk.ready(V1)
    first = desk.start(901)
    desk.deploy(V2)
    desk.start(902)
    made = desk.office.definitions.retire("moved", 2, "有误", by=desk.designer)
    assert (made["version"], made["retired_by"], made["retired"] is not None) == (2, "designer", True)
    assert desk.read(desk.start(903))["versions"] == {"moved": 1}
    assert versions(desk) == [(1, 2, False), (2, 1, True)]
    listed = {one["key"]: one for one in desk.office.definitions.list(by=desk.designer)}["moved"]
    assert (listed["version"], listed["current"], listed["cases"]) == (2, 1, 3)

    desk.office.definitions.retire("moved", 1, "停办", by=desk.designer)
    with pytest.raises(NotOffered, match="retired"):
        desk.start(904)
    first = do_named(desk.office, do_named(desk.office, first, "look"), "answer")
    assert first["status"] == "completed"
    desk.holds(first)

    desk.office.definitions.reactivate("moved", 2, "改正", by=desk.office.people.person("admin"))
    assert desk.read(desk.start(904))["versions"] == {"moved": 2}
    assert acts(desk) == [
        ("definition.retired", {"key": "moved", "version": 2, "reason": "有误"}),
        ("definition.retired", {"key": "moved", "version": 1, "reason": "停办"}),
        ("definition.reactivated", {"key": "moved", "version": 2, "reason": "改正"}),
    ]
    assert all(proof["ok"] for proof in desk.office.ledger.prove(by=desk.auditor))


def test_who_may_not_and_what_makes_no_sense_is_refused(small: Desk) -> None:
    small.ready(V1)
    definitions = small.office.definitions
    for name in ("clerk", "leader", "auditor"):
        with pytest.raises(Forbidden):
            definitions.retire("moved", 1, "x", by=small.office.people.person(name))
    with pytest.raises(NotFound):
        definitions.retire("moved", 2, "x", by=small.designer)
    with pytest.raises(Invalid):
        definitions.retire("moved", 1, " ", by=small.designer)
    with pytest.raises(NotOffered):
        definitions.reactivate("moved", 1, "x", by=small.designer)
    definitions.retire("moved", 1, "x", by=small.designer)
    with pytest.raises(NotOffered):
        definitions.retire("moved", 1, "x", by=small.designer)
    with pytest.raises(Invalid) as caught:
        small.migrate(1)
    assert [fault.pointer for fault in caught.value.errors] == ["/to"]
    assert acts(small) == [("definition.retired", {"key": "moved", "version": 1, "reason": "x"})]


def test_what_another_process_calls_is_not_taken_from_it(small: Desk) -> None:
    small.ready(CALLING)
    definitions = small.office.definitions
    with pytest.raises(NotOffered, match="moved calls called"):
        definitions.retire("called", 1, "x", by=small.designer)
    assert versions(small, "called") == [(1, 0, False)]
    definitions.retire("moved", 1, "x", by=small.designer)
    definitions.retire("called", 1, "x", by=small.designer)


def test_the_content_of_a_retired_version_deployed_again_stays_retired_with_a_warning(small: Desk) -> None:
    small.ready(V1)
    small.office.definitions.retire("moved", 1, "x", by=small.designer)
    made = small.office.definitions.deploy([SourceFile(name="moved.bpmn", content=V1.encode())], by=small.designer)
    assert (made["created"], [w["rule"] for w in made["warnings"] if w["rule"] == "retired"]) == (False, ["retired"])


def test_where_tokens_are_and_how_long_tasks_took(desk: Desk, clock: Any) -> None:
    many = node("callActivity", "ask", several("names", element="name"), calledElement="called")
    called = f'<process id="called" isExecutable="true">{steps(person_task("one"), ids="one", level="2")}</process>'
    desk.ready(process(steps(person_task("look"), many, ids="look ask"), called))
    desk.start(901, names=["a"])
    second = desk.start(902, names=["a", "b", "c"])
    clock.pass_time(hours=2)
    do_named(desk.office, second, "look")
    view = desk.office.definitions.in_use("moved", 1, by=desk.designer)
    assert (view["cases"], view["inside"]) == (2, 2)
    assert {
        one["element"]: (one["tokens"], one["duration"] and one["duration"]["mean"]) for one in view["elements"]
    } == {
        "look": (1, 7200.0),
        "ask": (3, None),
    }
    view = desk.office.definitions.in_use("called", 1, by=desk.auditor)
    assert (view["cases"], view["inside"], view["elements"]) == (
        2,
        1,
        [{"element": "one", "tokens": 3, "duration": None}],
    )
    with pytest.raises(Forbidden):
        desk.office.definitions.in_use("moved", 1, by=desk.office.people.person("clerk"))
    with pytest.raises(NotFound):
        desk.office.definitions.in_use("moved", 2, by=desk.designer)


def test_files_that_are_changed_under_a_case_are_found_at_the_entry_that_names_them(desk: Desk) -> None:
    desk.ready(V1)
    case, other = desk.start(901), desk.start(902)
    desk.deploy(V2)
    assert desk.migrate(cases=[case["number"]])["moved"] == 1
    digest = {
        one["version"]: one["digest"] for one in desk.office.definitions.get("moved", by=desk.designer)["versions"]
    }
    entries = desk.entries(case)
    assert [entry["input"]["digests"] for entry in entries] == [{"moved": digest[1]}, {"moved": digest[2]}]
    desk.holds(case)
    # Nobody sees it by what the cases do: the answer has another name only.
    changed = V2.replace('name="答"', 'name="复"')
    update = "update file_content set content = :new where digest in "
    update += "(select digest from definition_file where key = 'moved' and version = 2)"
    with desk.office.database.write() as connection:
        connection.execute(text(update), {"new": changed.encode()})
    proof = desk.office.history.verify(case["number"], by=desk.auditor)
    assert (proof["ok"], proof["first_bad"]["seq"]) == (False, 2)
    assert "the files of version 2 of moved" in proof["first_bad"]["reason"]
    desk.holds(other)
