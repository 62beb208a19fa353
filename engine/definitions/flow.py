"""Control flow that cannot be executed as drawn: starts, ends, gateways, events, links (BPMN 2.0.2 §10).

Whether tokens can get stuck on flows that are well drawn is not asked here.
"""

from __future__ import annotations

from collections import Counter

from lxml import etree

from engine.definitions.diagram import Diagram, Scope
from engine.definitions.examination import Examination
from engine.definitions.support import event_kind, words
from engine.definitions.timers import TIMER_KINDS, is_literal, literal_fault
from engine.definitions.vocabulary import (
    CATCHING,
    EVENTS,
    GATEWAYS,
    ZEEBE,
    bpmn,
    child,
    is_true,
    local,
    text_of,
)

#: What may stand behind an event-based gateway (§10.6.6).
_GATEWAY_EVENTS = frozenset({"message", "timer", "signal", "conditional"})


def check_scope(diagram: Diagram, scope: Scope) -> None:
    """All checks of what stands directly in one process or subprocess."""
    examination = diagram.examination
    _check_starts(examination, scope)
    _check_links(examination, scope)
    for identifier, node in scope.nodes.items():
        name = local(node)
        incoming = scope.incoming.get(identifier, ())
        outgoing = scope.outgoing.get(identifier, ())
        if name in EVENTS:
            _check_event(diagram, scope, node)
        if name in ("startEvent", "boundaryEvent") and incoming:
            examination.error(
                incoming[0], "flow-into-start", f"a flow leads into the {words(name)}: let it end elsewhere"
            )
        if name == "endEvent" and outgoing:
            message = "a flow leaves the end event: use an intermediate event there"
            examination.error(outgoing[0], "flow-out-of-end", message)
        if name == "boundaryEvent" and not outgoing:
            message = "no flow leaves the boundary event: draw what happens then"
            examination.warning(node, "no-way-out", message)
        if name in GATEWAYS and not outgoing:
            message = f"no flow leaves the {words(name)}: draw where it goes on, or put an end event in its place"
            examination.error(node, "no-way-out", message)
        if name in ("exclusiveGateway", "inclusiveGateway"):
            _check_conditions(examination, node, outgoing)
        elif name == "eventBasedGateway":
            _check_event_gateway(examination, scope, node, outgoing)
        elif name == "parallelGateway":
            _check_idle_conditions(examination, node, outgoing)
        elif name == "transaction":
            _check_transaction(examination, scope, node)
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
        elif what in ("error", "escalation") or (kind != "process" and what != "none"):
            message = f"a start event with {what} is for event subprocesses: use a none start event here"
            examination.error(start, "misplaced-element", message)
        elif what in ("message", "timer", "signal") and len(starts) == 1:
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


def _check_links(examination: Examination, scope: Scope) -> None:
    catches: Counter[str] = Counter()
    throws: Counter[str] = Counter()
    links = [
        node for node in scope.of("intermediateCatchEvent", "intermediateThrowEvent") if event_kind(node) == "link"
    ]
    for node in links:
        definition = child(node, "linkEventDefinition")
        name = (definition.get("name") or "").strip() if definition is not None else ""
        if not name:
            examination.error(node, "link-without-name", "the link has no name: name throw and catch event alike")
        elif local(node) == "intermediateCatchEvent":
            catches[name] += 1
            if catches[name] == 2:
                message = f"two link catch events are named “{name}”: keep one, many throw events may lead to it"
                examination.error(node, "link-target", message)
        else:
            throws[name] += 1
    for node in links:
        definition = child(node, "linkEventDefinition")
        name = (definition.get("name") or "").strip() if definition is not None else ""
        if name and local(node) == "intermediateThrowEvent" and not catches[name]:
            message = f"no link catch event beside it is named “{name}”: draw it in the same process or subprocess"
            examination.error(node, "link-target", message)
        elif name and local(node) == "intermediateCatchEvent" and not throws[name]:
            examination.warning(node, "link-target", f"no link throw event leads to “{name}”: it is never reached")


def _check_event(diagram: Diagram, scope: Scope, node: etree._Element) -> None:
    examination = diagram.examination
    name, kind = local(node), event_kind(node)
    catches = name in CATCHING
    definition = child(node, f"{kind}EventDefinition")
    if name in ("intermediateCatchEvent", "boundaryEvent") and kind == "none":
        if child(node, "eventDefinitionRef") is None:
            message = f"the {words(name)} waits for nothing: say whether for a message, a timer or a signal"
            examination.error(node, "event-without-trigger", message)
    elif definition is None:
        return
    elif kind == "message":
        check_message(diagram, node, definition, catches=catches)
    elif kind == "signal":
        signal = diagram.named(definition.get("signalRef"), "signal")
        if signal is None and "signalRef" not in definition.attrib:
            examination.error(node, "missing-reference", "the event names no signal: choose or create one")
        elif signal is not None and not (signal.get("name") or "").strip():
            examination.warning(signal, "missing-name", "the signal has no name: it is found by its id")
    elif kind == "timer":
        _check_timer(examination, node, definition)
    elif kind == "cancel":
        host = diagram.by_id.get(node.get("attachedToRef") or "")
        within = host if name == "boundaryEvent" else scope.node
        if within is not None and local(within) != "transaction":
            message = "cancel events belong to transactions: make the subprocess a transaction, or use an error event"
            examination.error(node, "misplaced-element", message)
    elif kind == "error" and name == "boundaryEvent" and not is_true(node, "cancelActivity", default=True):
        message = "an error boundary event always interrupts: set it to interrupting, or use an escalation"
        examination.error(node, "error-must-interrupt", message)
    elif kind == "error" and name == "endEvent":
        error = diagram.named(definition.get("errorRef"), "error")
        if error is not None and not (error.get("errorCode") or "").strip():
            examination.warning(
                error, "missing-code", "the error has no errorCode: events that name it, or no error, catch it"
            )


def check_message(diagram: Diagram, node: etree._Element, holder: etree._Element, *, catches: bool) -> None:
    """The message that an event definition or a receive task names.

    :param holder: the element with the attribute ``messageRef``
    """
    examination = diagram.examination
    message = diagram.named(holder.get("messageRef"), "message")
    if message is not None:
        if not (message.get("name") or "").strip():
            examination.warning(message, "missing-name", "the message has no name: it is found by its id")
    elif "messageRef" not in holder.attrib:
        if catches:
            text = "it waits for a message, but names none: choose or create the message"
            examination.error(node, "missing-reference", text)
        else:
            text = "it names no message: the flow passes here and nothing is thrown"
            examination.warning(node, "missing-reference", text)


def check_correlations(diagram: Diagram) -> None:
    """The keys by which Camunda 8 finds the instance that a message is for."""
    for message in diagram.root.iterchildren(bpmn("message")):
        for subscription in message.iter(f"{{{ZEEBE}}}subscription"):
            if key := subscription.get("correlationKey"):
                diagram.examination.expression(subscription, "the correlation key", key)


def _check_timer(examination: Examination, node: etree._Element, definition: etree._Element) -> None:
    given = [part for part in definition if local(part) in TIMER_KINDS and text_of(part)]
    if not given:
        message = "the timer says no time: give it a date, a duration such as P5D, or an expression"
        examination.error(node, "timer-without-time", message)
        return
    if len(given) > 1:
        examination.error(node, "timer-without-time", "the timer says more than one time: keep one of them")
        return
    part = given[0]
    kind, text = local(part), text_of(part)
    if kind == "timeCycle" and _once(node):
        message = "the timer fires once here, so it cannot be a cycle: use timeDuration, or make it non-interrupting"
        examination.error(part, "timer-cycle", message)
    elif is_literal(text):
        if fault := literal_fault(kind, text):
            examination.error(part, "timer", f"the timer’s {fault}")
    else:
        examination.expression(part, "the timer", text, language=part.get("language"))


def _once(node: etree._Element) -> bool:
    """Whether an event with a timer can fire only once."""
    if local(node) == "boundaryEvent":
        return is_true(node, "cancelActivity", default=True)
    if local(node) == "startEvent":
        return is_true(node, "isInterrupting", default=True)
    return True


def _check_conditions(examination: Examination, gateway: etree._Element, outgoing: tuple[etree._Element, ...]) -> None:
    default = gateway.get("default")
    for flow in outgoing:
        condition = text_of(child(flow, "conditionExpression"))
        if flow.get("id") == default:
            if condition:
                message = "the default flow has a condition, which is never asked: remove it"
                examination.warning(flow, "condition-unused", message)
        elif not condition and len(outgoing) > 1:
            message = (
                "the flow leaves a gateway that decides, but has no condition: write one, such as “= amount > 5000”, "
                "or make it the gateway’s default flow"
            )
            examination.error(flow, "missing-condition", message)


def _check_idle_conditions(
    examination: Examination, node: etree._Element, outgoing: tuple[etree._Element, ...]
) -> None:
    for flow in outgoing:
        if text_of(child(flow, "conditionExpression")):
            message = (
                f"a condition behind a {words(local(node))} is never asked: remove it, or use an exclusive gateway"
            )
            examination.warning(flow, "condition-unused", message)


def _check_transaction(examination: Examination, scope: Scope, transaction: etree._Element) -> None:
    cancels = any(local(part) == "endEvent" and event_kind(part) == "cancel" for part in transaction)
    caught = any(event_kind(event) == "cancel" for event in scope.attached.get(transaction.get("id", ""), ()))
    if cancels and not caught:
        message = "the transaction can be cancelled from inside: attach a cancel boundary event that says what follows"
        examination.error(transaction, "cancel-uncaught", message)


def _check_event_gateway(
    examination: Examination, scope: Scope, gateway: etree._Element, outgoing: tuple[etree._Element, ...]
) -> None:
    if len(outgoing) < 2:
        message = "an event-based gateway decides between events: draw at least two flows out of it"
        examination.error(gateway, "event-gateway", message)
    for flow in outgoing:
        target = scope.nodes.get(flow.get("targetRef", ""))
        if target is None:
            continue
        waits = local(target) == "receiveTask" or (
            local(target) == "intermediateCatchEvent" and event_kind(target) in _GATEWAY_EVENTS
        )
        if not waits:
            message = (
                "behind an event-based gateway only message, timer and signal catch events and receive tasks stand"
            )
            examination.error(flow, "event-gateway", message)
        elif target.get("id", "") in scope.attached:
            message = "a receive task behind an event-based gateway carries no boundary events: put them on the gateway"
            examination.error(target, "event-gateway", message)
        elif len(scope.incoming.get(target.get("id", ""), ())) > 1:
            message = (
                "a second flow leads to an event behind an event-based gateway: give that flow an event of its own"
            )
            examination.error(target, "event-gateway", message)


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
