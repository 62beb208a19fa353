"""Control flow of one process or subprocess that cannot be executed as drawn (BPMN 2.0.2 §10).

Whether tokens can get stuck on flows that are well drawn is not asked here.
"""

from __future__ import annotations

from lxml import etree

from engine.definitions.compensation import check_compensation
from engine.definitions.diagram import Diagram, Scope
from engine.definitions.events import check_event, check_links, check_transaction
from engine.definitions.examination import Examination
from engine.definitions.gateways import check_gateway
from engine.definitions.support import event_kind, words
from engine.definitions.vocabulary import EVENTS, GATEWAYS, child, is_true, local, text_of


def check_scope(diagram: Diagram, scope: Scope) -> None:
    """All checks of what stands directly in one process or subprocess."""
    examination = diagram.examination
    _check_starts(examination, scope)
    check_links(examination, scope)
    check_compensation(diagram, scope)
    for identifier, node in scope.nodes.items():
        name = local(node)
        incoming = scope.incoming.get(identifier, ())
        outgoing = scope.outgoing.get(identifier, ())
        if name in EVENTS:
            check_event(diagram, scope, node)
        if name in ("startEvent", "boundaryEvent") and incoming:
            message = f"a flow leads into the {words(name)}: let it end elsewhere"
            examination.error(incoming[0], "flow-into-start", message)
        if name == "endEvent" and outgoing:
            message = "a flow leaves the end event: use an intermediate event there"
            examination.error(outgoing[0], "flow-out-of-end", message)
        if name == "boundaryEvent" and not outgoing and event_kind(node) != "compensate":
            message = "no flow leaves the boundary event: draw what happens then"
            examination.warning(node, "no-way-out", message)
        if name in GATEWAYS:
            check_gateway(examination, scope, node, outgoing)
        if name == "transaction":
            check_transaction(examination, scope, node)
        if name == "subProcess" and is_true(node, "triggeredByEvent") and (incoming or outgoing):
            message = "an event subprocess has no flows: its start event starts it"
            examination.error((*incoming, *outgoing)[0], "misplaced-element", message)
    for flow in scope.flows:
        condition = child(flow, "conditionExpression")
        if condition is not None and (text := text_of(condition)):
            examination.expression(condition, "the condition", text, language=condition.get("language"))
    _check_reach(examination, scope)


def _check_starts(examination: Examination, scope: Scope) -> None:
    starts = list(scope.of("startEvent"))
    kind = local(scope.node)
    if not scope.nodes:
        message = f"the {words(kind)} is empty: draw what happens in it, with a start event, or use a task"
        examination.error(scope.node, "no-start-event", message)
    elif not starts:
        message = f"the {words(kind)} has no start event: draw one in front of its first activity"
        examination.error(scope.node, "no-start-event", message)
    elif len(starts) > 1:
        _check_several_starts(examination, kind, starts)
    for start in starts:
        what = event_kind(start)
        if scope.is_event_subprocess:
            if what == "none":
                message = "nothing triggers the event subprocess: give its start event a message, timer, error, …"
                examination.error(start, "event-without-trigger", message)
            elif what == "error" and not is_true(start, "isInterrupting", default=True):
                message = "an error start event always interrupts: set it to interrupting"
                examination.error(start, "error-must-interrupt", message)
        elif what in ("error", "escalation", "compensate") or (kind != "process" and what != "none"):
            message = f"a start event with {what} is for event subprocesses: use a none start event here"
            examination.error(start, "misplaced-element", message)
        elif what in ("message", "timer", "signal", "conditional") and len(starts) == 1:
            message = f"a case that begins here waits for the {what} before anything else happens"
            examination.warning(start, "waiting-start", message)


def _check_several_starts(examination: Examination, kind: str, starts: list[etree._Element]) -> None:
    plain = [start for start in starts if event_kind(start) == "none"]
    if kind == "process" and len(plain) == 1:
        for start in starts:
            if start is not plain[0]:
                message = "cases begin at the start event without a trigger, so nothing ever begins at this one"
                examination.warning(start, "several-start-events", message)
        return
    message = (
        f"the {words(kind)} has {len(starts)} start events: keep one without a trigger, and put an event-based gateway "
        "or event subprocesses in the place of the others"
    )
    examination.error(starts[1], "several-start-events", message)


def _check_reach(examination: Examination, scope: Scope) -> None:
    """Elements that no flow from a start can reach are never executed."""
    starts = list(scope.of("startEvent"))
    if not starts:
        return
    reached: set[str] = set()
    waiting = [node.get("id", "") for node in starts]
    waiting += [
        identifier
        for identifier, node in scope.nodes.items()
        if (local(node) == "subProcess" and is_true(node, "triggeredByEvent"))
        or (local(node) == "intermediateCatchEvent" and event_kind(node) == "link")
    ]
    while waiting:
        identifier = waiting.pop()
        if identifier in reached or identifier not in scope.nodes:
            continue
        reached.add(identifier)
        waiting += [flow.get("targetRef", "") for flow in scope.outgoing.get(identifier, ())]
        waiting += [event.get("id", "") for event in scope.attached.get(identifier, ())]
    for identifier, node in scope.nodes.items():
        if identifier not in reached and not is_true(node, "isForCompensation"):
            message = f"no flow from the start leads to this {words(local(node))}: it is never reached"
            examination.warning(node, "unreachable", message)
