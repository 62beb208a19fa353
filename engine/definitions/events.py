"""Events that cannot be executed as drawn: what they wait for, what they name, when they fire (BPMN 2.0.2 §10.5)."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from engine import feel
from engine.definitions.diagram import Diagram, Scope
from engine.definitions.examination import Examination
from engine.definitions.support import event_kind, words
from engine.definitions.timers import TIMER_KINDS, is_literal, literal_fault, timer_remark
from engine.definitions.vocabulary import CATCHING, ZEEBE, bpmn, child, is_true, local, text_of


def check_event(diagram: Diagram, scope: Scope, node: etree._Element) -> None:
    """One event, with what triggers it or what it throws."""
    examination = diagram.examination
    name, kind = local(node), event_kind(node)
    catches = name in CATCHING
    definition = child(node, f"{kind}EventDefinition")
    if name in ("intermediateCatchEvent", "boundaryEvent") and kind == "none":
        if child(node, "eventDefinitionRef") is None:
            message = f"the {words(name)} waits for nothing: give it a message, a timer, a signal or a condition"
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
    elif kind == "conditional":
        _check_condition(examination, node, definition)
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


def check_links(examination: Examination, scope: Scope) -> None:
    """Link events of one process or subprocess: each throw event has one catch event of its name."""
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


def check_transaction(examination: Examination, scope: Scope, transaction: etree._Element) -> None:
    """A transaction that can be cancelled says what follows then."""
    cancels = any(local(part) == "endEvent" and event_kind(part) == "cancel" for part in transaction)
    caught = any(event_kind(event) == "cancel" for event in scope.attached.get(transaction.get("id", ""), ()))
    if cancels and not caught:
        message = "the transaction can be cancelled from inside: attach a cancel boundary event that says what follows"
        examination.error(transaction, "cancel-uncaught", message)


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
            return
    elif examination.expression(part, "the timer", text, language=part.get("language")) is None:
        return
    if remark := timer_remark(kind, text):
        examination.warning(part, "timer", f"the timer’s {remark}")


def _check_condition(examination: Examination, node: etree._Element, definition: etree._Element) -> None:
    part = child(definition, "condition")
    text = text_of(part)
    if part is None or not text:
        message = "the event says no condition to wait for: write one, such as “= amount > 5000”"
        examination.error(node, "missing-condition", message)
        return
    read = examination.expression(part, "the condition", text, language=part.get("language"))
    if read is None:
        return
    names = feel.from_modeler(read).variables()
    if not names - feel.FUNCTION_NAMES:
        message = (
            "the condition reads nothing of the case, and is asked only when something of the case changes: let it "
            "read a variable, or use a timer"
        )
        examination.warning(node, "condition-constant", message)


def _once(node: etree._Element) -> bool:
    """Whether an event with a timer can fire only once."""
    if local(node) == "boundaryEvent":
        return is_true(node, "cancelActivity", default=True)
    if local(node) == "startEvent":
        return is_true(node, "isInterrupting", default=True)
    return True
