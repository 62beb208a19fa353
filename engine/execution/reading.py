"""From the BPMN tree to `Level`s: the standard's control flow, and nothing else.

What cannot be executed is refused here with the element's id, so that nothing is skipped silently whoever
read the file. Link events become plain flows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine import feel
from engine.definitions.model import Element, Process
from engine.definitions.vocabulary import ZEEBE, bpmn, is_true, local
from engine.execution.clock import is_iso
from engine.execution.errors import DefinitionError
from engine.execution.expressions import Expression, expression
from engine.execution.places import NO_TRIGGER, Flow, Level, Place, TimerKind, TimerRule, Trigger

TASKS = frozenset(
    ["task", "userTask", "manualTask", "serviceTask", "businessRuleTask", "scriptTask", "sendTask", "receiveTask"]
)
ACTIVITIES = TASKS | {"subProcess", "transaction", "callActivity"}
GATEWAYS = frozenset(["exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"])
_CATCH = frozenset(["message", "timer", "signal", "conditional"])
#: Which triggers each kind of event may have (BPMN 2.0.2 table 10.93), as far as they are executed.
_TRIGGERS: Mapping[str, frozenset[str]] = {
    "startEvent": _CATCH | {"none", "error", "escalation", "compensate"},
    "intermediateCatchEvent": _CATCH | {"link"},
    "intermediateThrowEvent": frozenset(["none", "message", "signal", "escalation", "link", "compensate"]),
    "boundaryEvent": _CATCH | {"error", "escalation", "cancel", "compensate"},
    "endEvent": frozenset(["none", "message", "signal", "error", "escalation", "terminate", "cancel", "compensate"]),
}
EVENTS = frozenset(_TRIGGERS)
_THROWING = frozenset(["intermediateThrowEvent", "endEvent"])
_UNSUPPORTED = frozenset(
    ["complexGateway", "adHocSubProcess", "callChoreography", "choreographyTask", "subChoreography"]
)
_TIMERS: Mapping[str, TimerKind] = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


def read_process(process: Process) -> list[Level]:
    """The levels of one process, the process itself first.

    :raises DefinitionError: for what cannot be executed
    """
    node = next((p for p in process.tree.iter(bpmn("process")) if p.get("id") == process.key), None)
    if node is None:
        raise DefinitionError("the file does not hold the process", process=process.key)
    levels: list[Level] = []
    reader = _Reader(process, levels)
    reader.level(node, process.key)
    reader.check_undoing()
    return levels


class _Reader:
    def __init__(self, process: Process, levels: list[Level]) -> None:
        self._process = process
        self._levels = levels
        self._roots = {node.get("id"): node for node in process.tree if isinstance(node.tag, str)}

    def level(self, node: etree._Element, key: str, holder: Place | None = None) -> Level:
        level = Level(key=key, process=self._process.key, places={}, start="")
        self._levels.append(level)
        flows: list[Flow] = []
        attached: list[tuple[Place, str]] = []
        for child in node:
            name = local(child)
            if name == "sequenceFlow":
                flows.append(self._flow(child))
            elif name in ACTIVITIES | GATEWAYS | EVENTS:
                place = self._place(child, level)
                level.places[place.id] = place
                if name == "boundaryEvent":
                    attached.append((place, child.get("attachedToRef", "")))
            elif name in _UNSUPPORTED:
                raise self._refuse(f"{name} is not executed", child.get("id"))
        for place, to in attached:
            self._attach(place, level.places.get(to), level)
        self._connect(level, flows)
        self._choose_start(level, node, holder)
        for place in level.places.values():
            self._check(level, place, holder)
        _find_reach(level)
        return level

    # Elements ------------------------------------------------------------------------------------------------

    def _place(self, node: etree._Element, level: Level) -> Place:
        id = node.get("id", "")
        element = self._process.elements.get(id)
        if element is None:
            raise self._refuse("the definition does not know the element", id)
        if id in level.places:
            raise self._refuse("two elements bear this id", id)
        if node.find(bpmn("standardLoopCharacteristics")) is not None and element.loop is None:
            raise self._refuse("the loop marker says neither a condition nor how many rounds there are", id)
        place = Place(element=element, default=node.get("default"))
        place.for_compensation = element.kind in ACTIVITIES and is_true(node, "isForCompensation")
        if element.kind in EVENTS or element.kind == "receiveTask":
            place.trigger = self._trigger(node, element)
        if element.kind == "boundaryEvent":
            place.interrupting = node.get("cancelActivity", "true") == "true"
        if element.kind in ("subProcess", "transaction"):
            self._open(node, place, level)
        elif element.kind == "callActivity":
            if element.called_element is None:
                raise self._refuse("a call activity needs the key of the process that it calls", id)
            place.inside = element.called_element
        elif element.kind == "serviceTask" and element.topic is None:
            raise self._refuse("a service task needs a topic, under which the work is fetched", id)
        elif element.kind == "eventBasedGateway" and (
            is_true(node, "instantiate") or node.get("eventGatewayType") == "Parallel"
        ):
            raise self._refuse("only exclusive event-based gateways inside a process are executed", id)
        return place

    def _open(self, node: etree._Element, place: Place, level: Level) -> None:
        place.transaction = place.kind == "transaction"
        place.event_subprocess = is_true(node, "triggeredByEvent")
        place.inside = f"{self._process.key}/{place.id}"
        inside = self.level(node, place.inside, place)
        place.undoes_itself = inside.undoing is not None
        place.undone_inside = place.undoes_itself or any(one.can_be_undone for one in inside.places.values())
        if place.event_subprocess:
            start = inside.places[inside.start]
            place.trigger, place.interrupting = start.trigger, start.interrupting
            if start.trigger.kind != "compensate":
                level.event_subprocesses[inside.start] = place
            elif level.undoing is not None or level.key == level.process:
                raise self._refuse(
                    "a compensation start event belongs once into a subprocess, which it undoes", start.id
                )
            else:
                level.undoing = place

    def _flow(self, node: etree._Element) -> Flow:
        id = node.get("id", "")
        text = node.find(bpmn("conditionExpression"))
        condition = None
        if text is not None and (text.text or "").strip():
            condition = self._expression(text.text or "", id)
        return Flow(id=id, source=node.get("sourceRef", ""), target=node.get("targetRef", ""), condition=condition)

    def _trigger(self, node: etree._Element, element: Element) -> Trigger:
        definitions = [child for child in node if local(child).endswith("EventDefinition")]
        kinds = [local(child).removesuffix("EventDefinition") for child in definitions]
        if element.kind == "receiveTask":
            return self._named("message", node.get("messageRef"), element)
        if node.find(bpmn("eventDefinitionRef")) is not None or len(kinds) > 1:
            raise self._refuse("several or shared definitions are not executed: draw one event for each", element.id)
        if not kinds:
            if "none" not in _TRIGGERS[element.kind]:
                raise self._refuse("the event needs a definition of what it waits for", element.id)
            return NO_TRIGGER
        kind, definition = kinds[0], definitions[0]
        if kind not in _TRIGGERS[element.kind]:
            raise self._refuse(f"{kind} {element.kind}s are not executed", element.id)
        if kind == "timer":
            return Trigger(kind="timer", timer=self._timer(definition, element.id))
        if kind == "conditional":
            condition = definition.find(bpmn("condition"))
            text = "" if condition is None else "".join(str(piece) for piece in condition.itertext()).strip()
            if not text:
                raise self._refuse("a conditional event needs the condition that it waits for", element.id)
            return Trigger(kind="conditional", condition=self._expression(text, element.id))
        if kind == "link":
            return Trigger(kind="link", name=definition.get("name"))
        if kind == "compensate":
            if definition.get("waitForCompletion", "true") in ("false", "0"):
                raise self._refuse("compensation is waited for", element.id)
            return Trigger(kind="compensate", name=definition.get("activityRef"))
        if kind == "terminate":
            return Trigger(kind="terminate")
        if kind == "cancel":
            return Trigger(kind="cancel")
        return self._named(kind, definition.get(f"{kind}Ref"), element)

    def _named(self, kind: str, reference: str | None, element: Element) -> Trigger:
        root = self._roots.get((reference or "").split(":")[-1])
        if kind in ("error", "escalation"):
            if reference is None:
                return Trigger(kind=kind)  # type: ignore[arg-type]
            if root is None:
                raise self._refuse(f"there is no {kind} {reference}", element.id)
            # Without a code it is itself and no other.
            return Trigger(kind=kind, name=root.get(f"{kind}Code") or root.get("id"))  # type: ignore[arg-type]
        if root is None:
            if element.kind in ("intermediateThrowEvent", "endEvent"):
                return Trigger(kind=kind)  # type: ignore[arg-type]
            raise self._refuse(f"a {kind} event needs the {kind} that it waits for", element.id)
        key = root.find(f".//{{{ZEEBE}}}subscription") if kind == "message" else None
        text = key.get("correlationKey") if key is not None else None
        return Trigger(
            kind=kind,  # type: ignore[arg-type]
            name=root.get("name") or root.get("id"),
            correlation=self._expression(text, element.id) if text else None,
        )

    def _timer(self, node: etree._Element, id: str) -> TimerRule:
        for child in node:
            kind = _TIMERS.get(local(child))
            text = (child.text or "").strip()
            if kind is None or not text:
                continue
            if text[:1] == text[-1:] == '"' and is_iso(text[1:-1]):
                text = text[1:-1]
            if is_iso(text):
                return TimerRule(kind=kind, text=text)
            return TimerRule(kind=kind, expression=self._expression(text, id))
        raise self._refuse("a timer needs a date, a duration or a cycle", id)

    def _expression(self, text: str, id: str) -> Expression:
        try:
            return expression(text)
        except feel.FeelError as error:
            raise self._refuse(f"{text!r} is no expression: {error.detail}", id) from error

    # Their connections ---------------------------------------------------------------------------------------

    def _attach(self, event: Place, activity: Place | None, level: Level) -> None:
        if activity is None or activity.kind not in ACTIVITIES:
            raise self._refuse("a boundary event must be attached to an activity of the same level", event.id)
        if event.trigger.kind == "cancel" and not activity.transaction:
            raise self._refuse("a cancel boundary event belongs on a transaction", event.id)
        if event.trigger.kind in ("error", "cancel") and not event.interrupting:
            raise self._refuse(f"a {event.trigger.kind} boundary event always interrupts", event.id)
        if activity.for_compensation:
            raise self._refuse("a compensation activity has no boundary events", event.id)
        if event.trigger.kind == "compensate":
            self._undone_by(event, activity, level)
        else:
            activity.boundaries.append(event)

    def _undone_by(self, event: Place, activity: Place, level: Level) -> None:
        """The association of a compensation boundary event names what undoes its activity (BPMN 2.0.2 §10.7)."""
        handlers = [
            place
            for association in self._process.tree.iter(bpmn("association"))
            for one, other in (("sourceRef", "targetRef"), ("targetRef", "sourceRef"))
            if association.get(one) == event.id
            and (place := level.places.get(association.get(other, ""))) is not None
            and place.for_compensation
        ]
        if len(handlers) != 1:
            raise self._refuse(
                "a compensation boundary event needs one association, to a compensation activity", event.id
            )
        if activity.undone_by is not None or activity.undoes_itself:
            raise self._refuse("one thing undoes an activity, not two", event.id)
        activity.undone_by = handlers[0].id

    def _connect(self, level: Level, flows: list[Flow]) -> None:
        catches: dict[str | None, Place] = {}
        for place in level.places.values():
            if place.kind == "intermediateCatchEvent" and place.trigger.kind == "link":
                if place.trigger.name in catches:
                    raise self._refuse("two link catch events of one level bear one name", place.id)
                catches[place.trigger.name] = place
        for place in level.places.values():
            if place.kind == "intermediateThrowEvent" and place.trigger.kind == "link":
                target = catches.get(place.trigger.name)
                if target is None:
                    raise self._refuse("there is no link catch event of this name on its level", place.id)
                flows.append(Flow(id=f"{place.id} link", source=place.id, target=target.id))
        for flow in flows:
            source, target = level.places.get(flow.source), level.places.get(flow.target)
            if source is None or target is None:
                raise self._refuse("the flow leads to or comes from an element that is not on its level", flow.id)
            source.outgoing += (flow,)
            target.incoming += (flow.id,)

    def _choose_start(self, level: Level, node: etree._Element, holder: Place | None) -> None:
        starts = [place for place in level.places.values() if place.kind == "startEvent"]
        if holder is not None and holder.event_subprocess:
            if len(starts) != 1 or starts[0].trigger.kind == "none":
                raise self._refuse("an event subprocess needs exactly one start event, with a definition", holder.id)
            start = starts[0]
            xml = next(child for child in node if child.get("id") == start.id)
            start.interrupting = xml.get("isInterrupting", "true") == "true"
            if start.trigger.kind == "error" and not start.interrupting:
                raise self._refuse("an event subprocess that starts on an error always interrupts", start.id)
        else:
            plain = [place for place in starts if place.trigger.kind == "none"]
            if holder is not None and (len(plain) != 1 or len(starts) != 1):
                raise self._refuse("a subprocess needs exactly one start event, without a definition", holder.id)
            candidates = plain or starts
            if len(candidates) != 1:
                raise self._refuse("the process needs exactly one start event for its cases", level.key)
            start = candidates[0]
            if start.trigger.kind in ("error", "escalation"):
                raise self._refuse(f"only an event subprocess starts on an {start.trigger.kind}", start.id)
        level.start = start.id

    def _check(self, level: Level, place: Place, holder: Place | None) -> None:
        kind = place.kind
        if kind in ("startEvent", "boundaryEvent") and place.incoming:
            raise self._refuse("nothing can flow into this event", place.id)
        if (place.outgoing and kind == "endEvent") or (place.event_subprocess and (place.outgoing or place.incoming)):
            raise self._refuse("no sequence flow belongs here", place.id)
        if kind in GATEWAYS and not place.outgoing:
            raise self._refuse("nothing flows out of the gateway", place.id)
        if kind == "eventBasedGateway":
            self._check_event_gateway(level, place)
        if kind == "exclusiveGateway" and len(place.outgoing) > 1:
            for flow in place.outgoing:
                if flow.condition is None and flow.id != place.default:
                    raise self._refuse("give the flow a condition, or make it the gateway's default", flow.id)
        if place.trigger.kind == "cancel" and kind == "endEvent" and (holder is None or not holder.transaction):
            raise self._refuse("a cancel end event belongs directly in a transaction", place.id)
        flows = place.outgoing or place.incoming
        if flows and (place.for_compensation or (kind == "boundaryEvent" and place.trigger.kind == "compensate")):
            raise self._refuse("no sequence flow belongs to what undoes", place.id)
        if place.transaction:
            self._check_transaction(place)

    def _check_event_gateway(self, level: Level, place: Place) -> None:
        for flow in place.outgoing:
            target = level.places[flow.target]
            waits = target.kind == "receiveTask" or (
                target.kind == "intermediateCatchEvent" and target.trigger.kind in _CATCH
            )
            if not waits or target.boundaries or len(target.incoming) != 1:
                raise self._refuse(
                    "behind an event-based gateway come catch events or receive tasks, reached from nowhere else",
                    place.id,
                )

    def check_undoing(self) -> None:
        """The activity that a throw event is to undo stands beside it, or around its event subprocess."""
        around = {
            place.inside: level for level in self._levels for place in level.places.values() if place.event_subprocess
        }
        for level in self._levels:
            for place in level.places.values():
                if place.kind not in _THROWING or place.trigger.kind != "compensate" or place.trigger.name is None:
                    continue
                at: Level | None = level
                while at is not None and place.trigger.name not in at.places:
                    at = around.get(at.key)
                if at is None or at.places[place.trigger.name].kind not in ACTIVITIES:
                    raise self._refuse("the activity that is to be undone is not beside the event", place.id)

    def _check_transaction(self, place: Place) -> None:
        inside = next(level for level in self._levels if level.key == place.inside)
        cancels = any(p.kind == "endEvent" and p.trigger.kind == "cancel" for p in inside.places.values())
        if cancels and not any(event.trigger.kind == "cancel" for event in place.boundaries):
            raise self._refuse("a transaction that can be cancelled needs a cancel boundary event", place.id)

    def _refuse(self, detail: str, id: str | None) -> DefinitionError:
        return DefinitionError(detail, element=id, process=self._process.key)


def _find_reach(level: Level) -> None:
    """For each inclusive join of a level and each of its incoming flows, the places from which a path leads there.

    Without visiting the gateway itself (BPMN 2.0.2 §13.4.3).
    """
    joins = [p for p in level.places.values() if p.kind == "inclusiveGateway" and len(p.incoming) > 1]
    if not joins:
        return
    before: dict[str, list[str]] = {}
    sources: dict[str, str] = {}
    for place in level.places.values():
        for flow in place.outgoing:
            before.setdefault(flow.target, []).append(place.id)
            sources[flow.id] = place.id
        for event in place.boundaries:
            before.setdefault(event.id, []).append(place.id)
    for join in joins:
        join.reach = {flow: _reach(before, join.id, sources[flow]) for flow in join.incoming}


def _reach(before: Mapping[str, list[str]], gateway: str, source: str) -> frozenset[str]:
    found: set[str] = set()
    pending = [source]
    while pending:
        id = pending.pop()
        if id == gateway or id in found:
            continue
        found.add(id)
        pending.extend(before.get(id, ()))
    return frozenset(found)


def levels_of(processes: Mapping[str, Process]) -> Iterator[Level]:
    """The levels of several processes.

    :raises DefinitionError: for what cannot be executed
    """
    for process in processes.values():
        yield from read_process(process)
