"""A designer deploys: what is told, what is refused, and which versions there are after it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine import Office
from engine.definitions.model import Problem, SourceFile
from engine.errors import NotFound
from engine.office.definitions import DefinitionInvalid
from engine.office.office import packaged_processes
from engine.office.person import Person
from tests.definitions.definition_drawing import condition, definitions, flow, source
from tests.soundness.drawing import gateway

#: A clerk looks, and the case ends.
LOOK = (
    '<process id="visit" name="来访" isExecutable="true"><startEvent id="s"/>{s_look}'
    '<userTask id="look" name="{name}"><extensionElements><zeebe:assignmentDefinition candidateGroups="{group}"/>'
    '</extensionElements></userTask>{look_e}<endEvent id="e"/></process>'
)
#: Only one of two ways is taken, and the join behind them waits for both.
STUCK = definitions(
    f'<process id="stuck" isExecutable="true"><startEvent id="s"/>{flow("s", "choose")}'
    f"{gateway('exclusive', 'choose', 'a', 'b')}"
    f'<userTask id="a"/>{flow("a", "join")}<userTask id="b"/>{flow("b", "join")}'
    f'<parallelGateway id="join"/>{flow("join", "e")}<endEvent id="e"/></process>'
)

#: Neither way is taken where the amount is five.
WAYS = source(
    definitions(
        f'<process id="ways" isExecutable="true"><startEvent id="s"/>{flow("s", "choose")}'
        f'<exclusiveGateway id="choose"/>{flow("choose", "a", condition("= amount &gt; 5"))}'
        f'{flow("choose", "b", condition("= amount &lt; 5"))}<endEvent id="a"/><endEvent id="b"/></process>'
    ),
    "ways.bpmn",
)


def visit(name: str = "看", group: str = "window") -> SourceFile:
    text = LOOK.format(s_look=flow("s", "look"), look_e=flow("look", "e"), name=name, group=group)
    return source(definitions(text), "visit.bpmn")


def scenario(text: str, name: str = "visited.yaml") -> SourceFile:
    return source(text, name)


@pytest.fixture
def designer(embedded_office: Office) -> Person:
    return embedded_office.people.person("designer")


def refused(office: Office, by: Person, *files: SourceFile) -> list[Problem]:
    with pytest.raises(DefinitionInvalid) as caught:
        office.definitions.deploy(files, by=by)
    return [problem for problem in caught.value.problems if problem.severity == "error"]


def keys(office: Office, by: Person) -> set[str]:
    return {definition["key"] for definition in office.definitions.list(by=by)}


def deploy(office: Office, by: Person, *files: SourceFile) -> Any:
    return office.definitions.deploy(files, by=by)


def test_a_set_in_which_cases_get_stuck_is_refused_with_the_path_and_nothing_is_deployed(
    embedded_office: Office, designer: Person
) -> None:
    before = keys(embedded_office, designer)
    (problem,) = refused(embedded_office, designer, visit(), source(STUCK, "stuck.bpmn"))
    assert (problem.file, problem.rule, problem.element) == ("stuck.bpmn", "deadlock", "join")
    assert "s → choose → a → join" in problem.message
    assert keys(embedded_office, designer) == before


def test_a_scenario_that_is_not_met_refuses_with_its_line(embedded_office: Office, designer: Person) -> None:
    met = scenario("scenario: Somebody is seen\nexpect: {path: [look, e], status: completed}")
    missed = scenario("scenario: Somebody goes\n\nexpect:\n  status: withdrawn", "gone.yaml")
    (problem,) = refused(embedded_office, designer, visit(), met, missed)
    assert (problem.file, problem.line, problem.rule) == ("gone.yaml", 3, "scenario-failed")
    assert "visit" not in keys(embedded_office, designer)

    made = deploy(embedded_office, designer, visit(), met)
    assert made["created"]
    # Scenarios test a set; they are no part of a version.
    (version,) = embedded_office.definitions.get("visit", by=designer)["versions"]
    assert version["files"] == ["visit.bpmn"]


@pytest.mark.parametrize(
    ("text", "line"),
    [("steps:\n- fly: away", 2), ("process: nothing", 1), ("a: [", 1)],
    ids=["unknown step", "unknown process", "no YAML"],
)
def test_a_scenario_that_cannot_be_read_refuses(
    embedded_office: Office, designer: Person, text: str, line: int
) -> None:
    (problem,) = refused(embedded_office, designer, visit(), scenario(text))
    assert (problem.file, problem.rule, problem.line) == ("visited.yaml", "scenario", line)


def test_more_scenarios_than_are_played_refuse(embedded_office: Office, designer: Person) -> None:
    many = [scenario("scenario: x", f"{n}.yaml") for n in range(101)]
    (problem,) = refused(embedded_office, designer, visit(), *many)
    assert problem.rule == "too-large"


def test_what_likely_is_not_meant_is_told_and_deployed(embedded_office: Office, designer: Person) -> None:
    made = deploy(embedded_office, designer, WAYS)
    assert ("no-default", "choose", "warning") in {(w["rule"], w["element"], w["severity"]) for w in made["warnings"]}
    assert "ways" in keys(embedded_office, designer)


def test_a_lane_is_compared_with_the_units_of_the_office(embedded_office: Office, designer: Person) -> None:
    def laned(name: str) -> SourceFile:
        text = (
            f'<process id="laned" isExecutable="true"><laneSet><lane id="l" name="{name}"><flowNodeRef>look'
            f'</flowNodeRef></lane></laneSet><startEvent id="s"/>{flow("s", "look")}<userTask id="look"/>'
            f'{flow("look", "e")}<endEvent id="e"/></process>'
        )
        return source(definitions(text), "laned.bpmn")

    def rules(name: str) -> set[str]:
        return {warning["rule"] for warning in deploy(embedded_office, designer, laned(name))["warnings"]}

    assert "lane-without-group" in rules("moon")
    assert "lane-without-group" not in rules("housing:leader")


def test_the_groups_of_a_task_are_compared_with_the_units_of_the_office(
    embedded_office: Office, designer: Person
) -> None:
    def warned(group: str) -> list[str]:
        warnings = deploy(embedded_office, designer, visit(group=group))["warnings"]
        return [warning["element"] for warning in warnings if warning["rule"] == "unknown-group"]

    assert warned("moon") == ["look"]
    assert [p.element for p in embedded_office.definitions.problems("visit", 1, by=designer)] == ["look"]
    unit = embedded_office.catalogue.unit("housing")
    assert [warned(group) for group in ("housing", "window:leader", f"{unit['name']}:leader")] == [[], [], []]


def test_a_part_of_a_set_is_tried_with_what_is_deployed(embedded_office: Office, designer: Person) -> None:
    # The scenarios of `joint` begin in `one_window`, which calls it.
    def joint(old: str, new: str) -> list[SourceFile]:
        files = packaged_processes()["joint"]
        return [SourceFile(name=f.name, content=f.content.replace(old.encode(), new.encode())) for f in files]

    made = deploy(embedded_office, designer, *joint("消防救援机构", "消防部门"))
    assert [(d["key"], d["version"]) for d in made["definitions"]] == [("joint", 2)]
    problems = refused(embedded_office, designer, *joint('Code="report-upward"', 'Code="upward"'))
    assert {(p.file, p.rule) for p in problems} == {("joint/scenarios/reported.yaml", "scenario-failed")}


def test_a_fault_of_what_is_deployed_is_not_told_to_who_calls_it(embedded_office: Office, designer: Person) -> None:
    assert deploy(embedded_office, designer, WAYS)["warnings"]
    caller = (
        f'<process id="caller" isExecutable="true"><startEvent id="s"/>{flow("s", "call")}'
        f'<callActivity id="call" calledElement="ways"/>{flow("call", "e")}<endEvent id="e"/></process>'
    )
    made = deploy(embedded_office, designer, source(definitions(caller), "caller.bpmn"))
    assert "no-default" not in {warning["rule"] for warning in made["warnings"]}


def test_versions(embedded_office: Office, designer: Person) -> None:
    def version(*files: SourceFile) -> tuple[int, bool]:
        made = deploy(embedded_office, designer, *files)
        return made["definitions"][0]["version"], made["created"]

    assert version(visit("看")) == (1, True)
    assert version(visit("看")) == (1, False)
    # Another scenario makes no other version.
    assert version(visit("看"), scenario("scenario: Somebody is seen")) == (1, False)
    assert version(visit("查看")) == (2, True)
    # Back to what was: an older content is a version of its own again.
    assert version(visit("看")) == (3, True)
    digests = [v["digest"] for v in embedded_office.definitions.get("visit", by=designer)["versions"]]
    assert digests[0] == digests[2] != digests[1]


def test_versions_are_compared_element_by_element(embedded_office: Office, designer: Person) -> None:
    deploy(embedded_office, designer, visit("看"))
    deploy(embedded_office, designer, visit("查看"))
    (change,) = embedded_office.definitions.diff("visit", 1, 2, by=designer)
    assert (change.element, change.change) == ("look", "changed")
    assert [(value.name, value.old, value.new) for value in change.values] == [("name", "看", "查看")]
    assert embedded_office.definitions.diff("visit", 2, 2, by=designer) == []
    for old, new in ((1, 3), (10**30, 1)):
        with pytest.raises(NotFound):
            embedded_office.definitions.diff("visit", old, new, by=designer)
    with pytest.raises(NotFound):
        embedded_office.definitions.diff("nothing", 1, 1, by=designer)


def test_two_designers_deploy_at_the_same_moment(office: Office) -> None:
    by = office.people.person("designer")
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda name: deploy(office, by, visit(name)), ["看", "查看"]))
    assert sorted(m["definitions"][0]["version"] for m in made) == [1, 2]
    assert len(office.definitions.diff("visit", 1, 2, by=by)) == 1
