"""Gateways that cannot be executed as drawn (BPMN 2.0.2 §10.6)."""

from __future__ import annotations

from lxml import etree

from engine.definitions.diagram import Scope
from engine.definitions.examination import Examination
from engine.definitions.support import event_kind, words
from engine.definitions.vocabulary import child, local, text_of

#: What may stand behind an event-based gateway (§10.6.6).
_GATEWAY_EVENTS = frozenset({"message", "timer", "signal", "conditional"})

_Flows = tuple[etree._Element, ...]


def check_gateway(examination: Examination, scope: Scope, gateway: etree._Element, outgoing: _Flows) -> None:
    """One gateway with the flows that leave it."""
    name = local(gateway)
    if not outgoing:
        message = f"no flow leaves the {words(name)}: draw where it goes on, or put an end event in its place"
        examination.error(gateway, "no-way-out", message)
    if name in ("exclusiveGateway", "inclusiveGateway"):
        _check_conditions(examination, gateway, outgoing)
    elif name == "eventBasedGateway":
        _check_event_gateway(examination, scope, gateway, outgoing)
    elif name == "parallelGateway":
        _check_idle_conditions(examination, gateway, outgoing)


def _check_conditions(examination: Examination, gateway: etree._Element, outgoing: _Flows) -> None:
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


def _check_idle_conditions(examination: Examination, node: etree._Element, outgoing: _Flows) -> None:
    for flow in outgoing:
        if text_of(child(flow, "conditionExpression")):
            message = (
                f"a condition behind a {words(local(node))} is never asked: remove it, or use an exclusive gateway"
            )
            examination.warning(flow, "condition-unused", message)


def _check_event_gateway(examination: Examination, scope: Scope, gateway: etree._Element, outgoing: _Flows) -> None:
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
                "behind an event-based gateway only message, timer, signal and conditional catch events and receive "
                "tasks stand"
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
