"""How pressing tasks are: as diagrams say, or as a leader says of a whole case; and in which order they are seen."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import CaseSuspended, Forbidden, Invalid
from engine.office.once import Once
from tests.conftest import SetClock
from tests.office.at_work import accept, do_named, matter_of_type, to_the_end

#: Tasks by their ids, each with what the diagram says of how pressing it is.
SAID = {
    "usual": "",
    "high": '<zeebe:priorityDefinition priority="80"/>',
    "none": '<zeebe:priorityDefinition priority="0"/>',
    "worked_out": '<zeebe:priorityDefinition priority="= if aged &gt; 80 then 100 else 50"/>',
    "beyond": '<zeebe:priorityDefinition priority="= aged * 10"/>',
    "nothing": '<zeebe:priorityDefinition priority="= unheard_of"/>',
}
PRIORITIES = {"usual": 50, "high": 80, "none": 0, "worked_out": 100, "beyond": 100, "nothing": 50}

_TASK = """<userTask id="{id}" name="{id}"><extensionElements><zeebe:assignmentDefinition
candidateGroups="{group}"/>{said}</extensionElements></userTask>
<sequenceFlow id="to_{id}" sourceRef="split" targetRef="{id}"/>
<sequenceFlow id="from_{id}" sourceRef="{id}" targetRef="join"/>"""

_MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="definitions" targetNamespace="t"><process id="pressing" isExecutable="true"><startEvent id="start"/>
  <sequenceFlow id="f1" sourceRef="start" targetRef="split"/><parallelGateway id="split"/>{tasks}
  <parallelGateway id="join"/><sequenceFlow id="f2" sourceRef="join" targetRef="last"/>
  <userTask id="last" name="last"><extensionElements><zeebe:assignmentDefinition candidateGroups="window"/>
  </extensionElements></userTask><sequenceFlow id="f3" sourceRef="last" targetRef="end"/>
  <endEvent id="end"/></process></definitions>"""

_MATTER = """code,name,type,unit,legal_basis,level,statutory_days,promised_days,process
9900109001,优先事项,instant,hall,《办法》,district,20,10,pressing
"""


def matter(office: Office, said: dict[str, str] = SAID, *, groups: dict[str, str] | None = None) -> str:
    """A matter whose case has these tasks at once."""
    tasks = "".join(_TASK.format(id=id, said=text, group=(groups or {}).get(id, "window")) for id, text in said.items())
    file = SourceFile(name="pressing.bpmn", content=_MODEL.format(tasks=tasks).encode())
    office.definitions.deploy([file], by=office.people.person("designer"))
    office.catalogue.import_matters(_MATTER)
    return "9900109001"


def whole(office: Office, **asked: Any) -> list[Any]:
    """All pages of the clerk's list, two tasks a page."""
    found, cursor = [], None
    while True:
        page = office.tasks.list(limit=2, cursor=cursor, **asked)
        found += page["items"]
        if (cursor := page["next"]) is None:
            return found


def test_tasks_are_as_pressing_as_their_diagram_says(office: Office) -> None:
    clerk = office.people.person("clerk")
    accept(office, matter(office), aged=81)
    found = whole(office, by=clerk, sort="-priority")
    assert {task["element"]: task["priority"] for task in found} == PRIORITIES
    assert [task["priority"] for task in found] == [100, 100, 80, 50, 50, 0]
    assert [task["id"] for task in whole(office, by=clerk, sort="priority")] == [task["id"] for task in reversed(found)]
    pressing = whole(office, by=clerk, sort="-priority", priority_from=51)
    assert [task["id"] for task in pressing] == [task["id"] for task in found[:3]]


def test_of_what_is_equally_pressing_what_is_due_first_comes_first(office: Office, clock: SetClock) -> None:
    clerk = office.people.person("clerk")
    code = matter(office, {"one": "", "two": '<zeebe:priorityDefinition priority="60"/>'})
    for _ in range(3):
        do_named(office, accept(office, matter_of_type(office, "promised")), "check_materials")
        accept(office, code)
        clock.pass_time(days=1)
    found = whole(office, by=clerk, sort="-priority")
    assert [task["element"] for task in found[:3]] == ["two"] * 3
    rest = [(task["due"] or task["case_due"] or "9999") for task in found[3:]]
    assert rest == sorted(rest) and len(rest) == 6

    # and a cursor of one order is none of the other
    page = office.tasks.list(by=clerk, limit=2, sort="-priority")
    for asked in ({"sort": "due", "cursor": page["next"]}, {"sort": "urgency"}, {"priority_from": 101}):
        with pytest.raises(Invalid):
            office.tasks.list(by=clerk, limit=2, **asked)  # type: ignore[arg-type]


def test_a_leader_says_how_pressing_a_case_is_and_it_holds_for_every_task(office: Office) -> None:
    leader, clerk = office.people.person("leader"), office.people.person("clerk")
    case = accept(office, matter(office), aged=20)
    number, before = case["number"], {task["element"]: task for task in case["tasks"]}

    # only a leader may, with a reason, and within the ends
    with pytest.raises(Forbidden):
        office.cases.prioritise(number, "急", 90, by=clerk)
    for reason, priority in (("", 90), ("急", 101), ("急", -1)):
        with pytest.raises(Invalid):
            office.cases.prioritise(number, reason, priority, by=leader)

    # when it is said, twice over a bad line, it is one entry
    once = Once(key="of the page", scope="/prioritise", digest="90")
    said = [office.cases.prioritise(number, "老人，限时入住", 80, by=leader, once=once) for _ in range(2)]
    assert said[0] == said[1] and said[0]["priority"] == 80
    assert {task["priority"] for task in said[0]["tasks"]} == {80}
    versions = {task["element"]: task["version"] for task in said[0]["tasks"]}
    changed = {element for element, version in versions.items() if version != before[element]["version"]}
    assert changed == {element for element, task in before.items() if task["priority"] != 80}
    entry = office.history.entries(number, by=leader, limit=100)["items"][-1]
    assert (entry["kind"], entry["input"]) == ("case.prioritised", {"reason": "老人，限时入住", "priority": 80})

    # then what comes later is as pressing, until it is taken back
    for element in SAID:
        case = do_named(office, office.cases.get(number, by=clerk), element)
    assert [(task["element"], task["priority"]) for task in case["tasks"]] == [("last", 80)]
    back = office.cases.prioritise(number, "已缓", None, by=leader)
    assert (back["priority"], back["tasks"][0]["priority"]) == (None, 50)

    # and all of it holds, and runs again
    office.cases.prioritise(number, "又急", 100, by=leader)
    to_the_end(office, office.cases.get(number, by=clerk))
    auditor = office.people.person("auditor")
    assert office.history.verify(number, by=auditor) == {"ok": True, "entries": 11, "first_bad": None}
    assert office.history.replay(number, by=auditor)["status"] == "completed"


def test_a_case_whose_clock_stands_is_not_prioritised(office: Office) -> None:
    leader = office.people.person("leader")
    case = do_named(office, accept(office, matter_of_type(office, "promised")), "check_materials")
    office.cases.suspend(case["number"], "评审", "expert-review", by=leader)
    with pytest.raises(CaseSuspended):
        office.cases.prioritise(case["number"], "急", 90, by=leader)


def test_an_inbox_of_several_kinds_of_tasks_has_each_once_page_by_page(office: Office) -> None:
    # given somebody who works in two units and leads one of them, with tasks of their own
    office.people.add("both", "两边", "a long enough password", [("hall", "clerk"), ("housing", "leader")])
    by = office.people.person("both")
    groups = {"a": "hall", "b": "housing", "c": "housing:leader", "d": "hall:leader", "e": "planning", "f": "window"}
    code = matter(office, dict.fromkeys(groups, ""), groups=groups)
    cases = [accept(office, code) for _ in range(3)]
    for task in cases[0]["tasks"]:
        if task["element"] in "ac":
            office.tasks.claim(task["id"], by=by)

    # then each that is theirs to take is there once, in any order and on any page
    theirs = sorted(task["id"] for case in cases for task in case["tasks"] if task["element"] in "abcf")
    for sort in ("due", "-due", "priority", "-priority"):
        found = [task["id"] for task in whole(office, by=by, sort=sort)]
        assert sorted(found) == theirs
        assert found == sorted(theirs, reverse=sort in ("-due", "priority"))
    assert len(whole(office, by=by, assignee="me")) == 2
    assert len(whole(office, by=by, assignee="none")) == len(theirs) - 2
    assert len(whole(office, by=by, group="housing:leader")) == 3
