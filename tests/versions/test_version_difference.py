"""A designer compares two versions of a process and is told what became of each element."""

from __future__ import annotations

import json

import pytest

from engine.definitions import Process, SourceFile, read
from engine.versions import Change, diff, text
from tests.execution.stories import chain, definitions, flow, node, timer, users
from tests.processes.ordinary import FOLDER, processes

BODY = (
    node("startEvent", "start")
    + node("userTask", "ask", name="问")
    + '<exclusiveGateway id="g" default="g_b"/>'
    + users("a", "b")
    + node("endEvent", "end")
    + chain("start", "ask", "g")
    + flow("g", "a", "= x = 1")
    + flow("g", "b")
    + flow("a", "end")
    + flow("b", "end")
)


def process(body: str, roots: str = "") -> Process:
    reading = read([SourceFile(name="p.bpmn", content=definitions(body, roots=roots).encode())])
    assert reading.ok, reading.problems
    return reading.processes[0]


def changes(old: str, new: str) -> list[Change]:
    return diff(process(old), process(new))


def office_process(folder: str, name: str, *edits: tuple[str, str]) -> Process:
    """One of the office's processes, edited."""
    sources = []
    for path in sorted((FOLDER / folder).glob("*.*")):
        content = path.read_text()
        if path.name == name:
            for old, new in edits:
                assert old in content
                content = content.replace(old, new)
        sources.append(SourceFile(name=path.name, content=content.encode()))
    (found,) = read(sources).processes
    return found


def test_a_version_is_not_different_from_itself() -> None:
    for one in processes().values():
        assert diff(one, one) == []
    assert text([]) == "No difference.\n"


def test_what_is_added_and_removed() -> None:
    new = BODY.replace('<userTask id="b"></userTask>', '<userTask id="c"></userTask>')
    new = new.replace('targetRef="b"', 'targetRef="c"').replace('sourceRef="b"', 'sourceRef="c"')
    found = {(change.change, change.element) for change in changes(BODY, new)}
    assert {("added", "c"), ("removed", "b"), ("changed", "g_b"), ("changed", "b_end")} <= found


def test_an_element_of_another_kind_under_the_same_id_is_another() -> None:
    new = BODY.replace('<userTask id="a"></userTask>', '<manualTask id="a"></manualTask>')
    assert [(c.change, c.kind) for c in changes(BODY, new)] == [("removed", "userTask"), ("added", "manualTask")]


@pytest.mark.parametrize(
    ("old", "new", "element", "value"),
    [
        ('name="问"', 'name="答"', "ask", ("name", "问", "答")),
        ("= x = 1", "= x = 2", "g_a", ("conditionExpression", "= x = 1", "= x = 2")),
        ('default="g_b"', 'default="g_a"', "g", ("default", "g_b", "g_a")),
    ],
)
def test_a_value_that_is_another_now(old: str, new: str, element: str, value: tuple[str, str, str]) -> None:
    after = BODY.replace(old, new)
    if "default" in old:
        after = after.replace("<conditionExpression>= x = 1</conditionExpression>", "").replace(
            'targetRef="b"></sequenceFlow>',
            'targetRef="b"><conditionExpression>= x = 1</conditionExpression></sequenceFlow>',
        )
    found = {change.element: change for change in changes(BODY, after)}
    assert value in [(one.name, one.old, one.new) for one in found[element].values]
    assert json.loads(json.dumps(found[element].to_json()))["change"] == "changed"


def test_extensions_are_compared_value_by_value() -> None:
    old = office_process("joint", "joint.bpmn")
    edited = "=full_working_days(7, case.due)", "=full_working_days(5, case.due)"
    new = office_process("joint", "joint.bpmn", (f'{edited[0]}" />', f'{edited[1]}" />'))
    (change,) = diff(old, new)
    assert (change.element, change.change) == ("fire_opinion", "changed")
    (value,) = change.values
    assert value.name == "extensionElements/zeebe:taskSchedule@dueDate"
    assert value.old is not None and value.old.endswith(edited[0])
    assert value.new is not None and value.new.endswith(edited[1])
    assert f"{value.old} → {value.new}" in text([change])


def test_a_timer_that_is_set_otherwise() -> None:
    def body(time: str) -> str:
        return (
            node("startEvent", "start")
            + node("intermediateCatchEvent", "t", timer(time))
            + node("endEvent", "end")
            + chain("start", "t", "end")
        )

    (change,) = changes(body("P1D"), body("P2D"))
    assert [(one.name, one.old, one.new) for one in change.values] == [
        ("timerEventDefinition/timeDuration", "P1D", "P2D")
    ]


def test_the_order_of_flows_counts_where_the_first_that_holds_is_taken() -> None:
    first, second = flow("g", "a", "= x = 1"), flow("g", "b")
    found = changes(BODY, BODY.replace(first + second, second + first))
    assert [(c.element, [one.name for one in c.values]) for c in found] == [("g", ["order of flows"])]


def test_only_the_drawing_is_another() -> None:
    drawing = (FOLDER / "instant" / "instant.bpmn").read_text()
    at = drawing.index("<dc:Bounds", drawing.index('bpmnElement="decide"'))
    bounds = drawing[at : drawing.index("/>", at)]
    old = office_process("instant", "instant.bpmn")
    new = office_process("instant", "instant.bpmn", (bounds, bounds.replace('x="', 'x="1')))
    (change,) = diff(old, new)
    assert (change.element, change.change, change.values) == ("decide", "moved", ())


def test_a_form_that_asks_otherwise() -> None:
    form = json.loads((FOLDER / "instant" / "instant-decision.form").read_text())
    field = next(part for part in form["components"] if part.get("key") == "decision_note")
    old = office_process("instant", "instant.bpmn")
    edit = (f'"{field["label"]}"', '"Otherwise"')
    (change,) = diff(old, office_process("instant", "instant-decision.form", edit))
    assert (change.kind, change.element, change.change) == ("form", "instant-decision", "changed")
    assert [(one.name, one.new) for one in change.values] == [("components[decision_note]/label", "Otherwise")]


def test_what_modelers_write_anew_is_no_difference() -> None:
    body = node("startEvent", "start") + node("intermediateCatchEvent", "t", timer("P1D")) + node("endEvent", "end")
    body += chain("start", "t", "end")
    again = body.replace("<timerEventDefinition>", '<timerEventDefinition id="TimerEventDefinition_0x">')
    again = again.replace('<startEvent id="start">', '<startEvent id="start">\n  <outgoing>start_t</outgoing>')
    assert changes(body, again) == []
