"""Compensation that cannot be executed as drawn: what undoes what, and what asks for it (BPMN 2.0.2 §10.7)."""

from __future__ import annotations

from lxml import etree

from engine.definitions.diagram import Diagram, Scope, scope_of
from engine.definitions.support import event_kind, words
from engine.definitions.vocabulary import ACTIVITIES, SUBPROCESSES, child, is_true, local


def check_compensation(diagram: Diagram, scope: Scope) -> None:
    """Everything about compensation that stands directly in one process or subprocess."""
    handlers: set[str] = set()
    for host, events in scope.attached.items():
        compensating = [event for event in events if event_kind(event) == "compensate"]
        for event in compensating:
            handlers |= _check_boundary(diagram, scope, event)
        _check_hosts(diagram, scope.nodes.get(host), compensating)
    for identifier, node in scope.nodes.items():
        if local(node) in ACTIVITIES and is_true(node, "isForCompensation"):
            _check_handler(diagram, scope, node, known=identifier in handlers)
        elif local(node) in ("intermediateThrowEvent", "endEvent") and event_kind(node) == "compensate":
            _check_throw(diagram, scope, node)
    _check_starts(diagram, scope)


def _check_boundary(diagram: Diagram, scope: Scope, event: etree._Element) -> set[str]:
    """The activity that a compensation boundary event names by its association."""
    examination, identifier = diagram.examination, event.get("id", "")
    for flow in scope.outgoing.get(identifier, ()):
        message = "a flow leaves the compensation event: draw an association (dotted) from it to what undoes"
        examination.error(flow, "compensation-flow", message)
    ends = [end for end in diagram.associated(identifier) if local(diagram.by_id[end]) in ACTIVITIES]
    if len(ends) != 1:
        found = f"{len(ends)} associations lead" if ends else "no association leads"
        message = (
            f"{found} from the compensation event to an activity: draw one to the activity that undoes, and mark that "
            "activity for compensation"
        )
        examination.error(event, "compensation-handler", message)
    elif ends[0] not in scope.nodes:
        message = f"“{ends[0]}” is in another process or subprocess: let an activity beside the event undo"
        examination.error(event, "compensation-handler", message)
    elif not is_true(scope.nodes[ends[0]], "isForCompensation"):
        message = f"“{ends[0]}” undoes an activity: mark it for compensation (isForCompensation)"
        examination.error(event, "compensation-handler", message)
    return set(ends)


def _check_hosts(diagram: Diagram, host: etree._Element | None, events: list[etree._Element]) -> None:
    if host is None or not events:
        return
    if len(events) > 1:
        message = "a second compensation event on one activity: keep one; a subprocess may undo in several steps"
        diagram.examination.error(events[1], "compensation-handler", message)
    if any(event_kind(start) == "compensate" for start in _inner_starts(host)):
        message = "the subprocess has a compensation event subprocess too: keep one of the two"
        diagram.examination.error(events[0], "compensation-handler", message)


def _check_handler(diagram: Diagram, scope: Scope, node: etree._Element, *, known: bool) -> None:
    examination, identifier = diagram.examination, node.get("id", "")
    for flow in (*scope.incoming.get(identifier, ()), *scope.outgoing.get(identifier, ())):
        message = (
            "a sequence flow at an activity for compensation: it runs only to undo; take the flow away, or the mark "
            "(isForCompensation)"
        )
        examination.error(flow, "compensation-flow", message)
    for event in scope.attached.get(identifier, ()):
        message = "an activity for compensation carries no boundary events: put a subprocess with them into it"
        examination.error(event, "misplaced-element", message)
    if local(node) == "subProcess" and is_true(node, "triggeredByEvent"):
        message = "an event subprocess starts by its event: give it a compensation start event instead of the mark"
        examination.error(node, "misplaced-element", message)
    elif not known:
        message = (
            f"no compensation event leads to this {words(local(node))} for compensation, so it never runs: attach one "
            "to what it undoes, with an association"
        )
        examination.warning(node, "unreachable", message)


def _check_throw(diagram: Diagram, scope: Scope, node: etree._Element) -> None:
    definition = child(node, "compensateEventDefinition")
    assert definition is not None
    if not is_true(definition, "waitForCompletion", default=True):
        message = (
            "compensation without waiting (waitForCompletion) is not executed: let the event wait, on a parallel "
            "flow if need be"
        )
        diagram.examination.error(node, "unsupported-element", message)
    activity = definition.get("activityRef")
    if activity is None:
        return
    around: Scope | None = scope
    while around is not None and activity not in around.nodes:
        parent = around.node.getparent()
        around = scope_of(parent) if around.is_event_subprocess and parent is not None else None
    if around is None or local(around.nodes[activity]) not in ACTIVITIES:
        message = (
            f"activityRef names “{activity}”, which is no activity beside the event (or, from an event subprocess, "
            "around it): choose one, or none to undo all"
        )
        diagram.examination.error(node, "dangling-reference", message)


def _check_starts(diagram: Diagram, scope: Scope) -> None:
    starts = [
        start
        for node in scope.of("subProcess")
        if is_true(node, "triggeredByEvent")
        for start in scope_of(node).of("startEvent")
        if event_kind(start) == "compensate"
    ]
    if starts and local(scope.node) not in SUBPROCESSES:
        message = "a process as a whole is not undone: put what can be undone into a subprocess, with this inside it"
        diagram.examination.error(starts[0], "misplaced-element", message)
    if len(starts) > 1:
        message = "a second compensation event subprocess: keep one, which may undo in several steps"
        diagram.examination.error(starts[1], "compensation-handler", message)


def _inner_starts(host: etree._Element) -> list[etree._Element]:
    """The start events of the event subprocesses directly in a subprocess."""
    if local(host) not in SUBPROCESSES:
        return []
    return [
        start
        for node in scope_of(host).of("subProcess")
        if is_true(node, "triggeredByEvent")
        for start in scope_of(node).of("startEvent")
    ]
