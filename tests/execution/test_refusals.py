"""What cannot be executed is refused when it is compiled, with the element's id, whoever read the file."""

from __future__ import annotations

import pytest
from lxml import etree

from engine.definitions import Element, Process
from engine.execution import DefinitionError, Program
from tests.execution.stories import (
    Story,
    boundary,
    chain,
    definitions,
    flow,
    line,
    message,
    messages,
    node,
    timer,
    users,
)


def _process(xml: str) -> Process:
    """The process ``P`` as a reader without any checks would give it."""
    tree = etree.fromstring(xml.encode())
    elements = {
        found.get("id"): Element(
            id=found.get("id"),
            kind=etree.QName(found).localname,
            process="P",
            called_element=found.get("calledElement"),
        )
        for found in tree.iter()
        if found.get("id")
    }
    return Process(
        key="P",
        name="",
        digest="",
        files=(),
        file="p.bpmn",
        tree=tree,
        elements=elements,
        calls=frozenset(),
        forms={},
        decisions={},
    )


def _with(extra: str) -> str:
    return definitions(line("a") + extra, roots=messages("m") + '<error id="e"/>')


def _conditional(text: str) -> str:
    inner = f"<conditionExpression>{text}</conditionExpression>"
    return _with(f'<sequenceFlow id="f" sourceRef="a" targetRef="end">{inner}</sequenceFlow>')


def _inside(inner: str, more: str = "", **attributes: str) -> str:
    return _with(node("subProcess", "x", inner, **attributes) + more)


_ERROR = '<errorEventDefinition errorRef="e"/>'
_DECIDES = node("exclusiveGateway", "x") + flow("x", "a") + flow("x", "end")
_REFUSED = {
    "complexGateway": ("x", _with(node("complexGateway", "x"))),
    "adHocSubProcess": ("x", _with(node("adHocSubProcess", "x"))),
    "loop marker": ("x", _with(node("userTask", "x", "<standardLoopCharacteristics/>"))),
    "compensation event without a handler": ("x", _with(boundary("x", "a", "<compensateEventDefinition/>"))),
    "flow to a compensation activity": (
        "x",
        _with(node("userTask", "x", isForCompensation="true") + flow("a", "x")),
    ),
    "compensation of what is not beside it": (
        "x",
        _with(node("intermediateThrowEvent", "x", '<compensateEventDefinition activityRef="gone"/>')),
    ),
    "compensation that is not waited for": (
        "x",
        _with(node("endEvent", "x", '<compensateEventDefinition waitForCompletion="false"/>')),
    ),
    "conditional catch": ("x", _with(node("intermediateCatchEvent", "x", "<conditionalEventDefinition/>"))),
    "catch of nothing": ("x", _with(node("intermediateCatchEvent", "x"))),
    "multiple": ("x", _with(node("intermediateCatchEvent", "x", message("m") + timer("PT1H")))),
    "message without a name": ("x", _with(node("intermediateCatchEvent", "x", "<messageEventDefinition/>"))),
    "receive task without a message": ("x", _with(node("receiveTask", "x"))),
    "timer without a time": ("x", _with(node("intermediateCatchEvent", "x", "<timerEventDefinition/>"))),
    "timer with no expression": ("x", _with(node("intermediateCatchEvent", "x", timer("= (")))),
    "condition that is no expression": ("f", _conditional("= (")),
    "method call in a condition": ("f", _conditional('${execution.getVariable("x")}')),
    "error boundary that does not interrupt": ("x", _with(boundary("x", "a", _ERROR, interrupting=False))),
    "cancel boundary on a task": ("x", _with(boundary("x", "a", "<cancelEventDefinition/>"))),
    "cancel end outside of a transaction": ("x", _with(node("endEvent", "x", "<cancelEventDefinition/>"))),
    "boundary of nothing": ("x", _with(boundary("x", "nowhere", message("m")))),
    "two start events": ("P", _with(node("startEvent", "x"))),
    "no start event": ("P", definitions(users("a"))),
    "flow to another level": ("a_b", _inside(line("b", start="s1", end="e1"), flow("a", "b"))),
    "flow into a start event": ("start", _with(flow("a", "start"))),
    "link without its other end": ("x", _with(node("intermediateThrowEvent", "x", '<linkEventDefinition name="l"/>'))),
    "event gateway to a task": ("x", _with(node("eventBasedGateway", "x") + flow("x", "a"))),
    "parallel event gateway": ("x", _with(node("eventBasedGateway", "x", eventGatewayType="Parallel"))),
    "gateway without a way out": ("x", _with(node("parallelGateway", "x"))),
    "exclusive flow without a condition": ("x_a", _with(_DECIDES)),
    "event subprocess that starts on nothing": ("x", _inside(line("b", start="s", end="e1"), triggeredByEvent="true")),
    "service task without a topic": ("x", _with(node("serviceTask", "x"))),
    "called process that is not there": ("x", _with(node("callActivity", "x", calledElement="Q"))),
    "business rule task without a decision": ("x", _with(node("businessRuleTask", "x"))),
}  # fmt: skip


@pytest.mark.parametrize("name", _REFUSED)
def test_it_is_refused(name: str) -> None:
    element, xml = _REFUSED[name]
    with pytest.raises(DefinitionError) as refused:
        Program.compile(_process(xml), {})
    assert refused.value.element == element, str(refused.value)
    assert element in str(refused.value)


def test_a_transaction_that_can_be_cancelled_needs_a_way_out() -> None:
    inner = node("startEvent", "s") + node("endEvent", "e", "<cancelEventDefinition/>") + chain("s", "e")
    xml = definitions(node("startEvent", "start") + node("transaction", "x", inner) + flow("start", "x"))
    with pytest.raises(DefinitionError, match="cancel boundary"):
        Program.compile(_process(xml), {})


def test_processes_that_call_each_other_in_a_circle_are_stopped() -> None:
    # The reader refuses the circle where it sees all of it; the execution does not rely on that.
    call = node("startEvent", "start") + node("callActivity", "again", calledElement="P") + flow("start", "again")
    story = Story(Program.compile(_process(definitions(call)), {}))
    assert story.stuck == ["again"]
    assert "deep" in story.execution.incidents[0].cause
