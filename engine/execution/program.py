"""A definition made ready to run, once: immutable, so that any number of cases and threads share it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from engine import feel
from engine.definitions.model import Element, Process
from engine.errors import YichuangError
from engine.execution import activities, decisions, events, gateways
from engine.execution.behaviour import Behaviour
from engine.execution.errors import DefinitionError, Failure
from engine.execution.expressions import expression
from engine.execution.library import LevelSpec
from engine.execution.loops import StandardLoop
from engine.execution.places import Level, Place
from engine.execution.reading import levels_of
from engine.execution.several import MultiInstance

_ACTIVITIES: Mapping[str, type[activities.Activity]] = {
    "task": activities.Activity,
    "sendTask": activities.Activity,
    "userTask": activities.PersonTask,
    "manualTask": activities.PersonTask,
    "serviceTask": activities.OutsideTask,
    "scriptTask": activities.ScriptTask,
    "businessRuleTask": activities.RuleTask,
    "receiveTask": activities.ReceiveTask,
    "subProcess": activities.Subprocess,
    "transaction": activities.Subprocess,
    "callActivity": activities.CallActivity,
}
_OTHERS: Mapping[str, type[Behaviour]] = {
    "exclusiveGateway": gateways.ExclusiveGateway,
    "parallelGateway": gateways.ParallelGateway,
    "inclusiveGateway": gateways.InclusiveGateway,
    "eventBasedGateway": gateways.EventBasedGateway,
    "startEvent": events.StartEvent,
    "intermediateCatchEvent": events.CatchEvent,
    "boundaryEvent": events.CatchEvent,
    "intermediateThrowEvent": events.ThrowEvent,
    "endEvent": events.EndEvent,
}
#: Tasks that are outside work where they name a topic.
_MAY_BE_OUTSIDE = frozenset(["sendTask", "scriptTask", "businessRuleTask"])


class Program:
    """A root process and every process it calls."""

    def __init__(self, root: Process, processes: Mapping[str, Process], specs: Mapping[str, LevelSpec]) -> None:
        """Use `compile`."""
        self.root = root
        self.processes = MappingProxyType(dict(processes))
        self._specs = dict(specs)
        triggers = [
            place.trigger
            for spec in specs.values()
            for place in (*spec.level.places.values(), *spec.level.event_subprocesses.values())
            if place.kind not in ("intermediateThrowEvent", "endEvent")
        ]
        #: Whether a case may remember what is to be undone.
        self.undoes: bool = any(place.can_be_undone for spec in specs.values() for place in spec.level.places.values())
        #: The events on each level that wait for a condition; only levels that have any.
        self.conditional: Mapping[str, frozenset[str]] = {
            key: ids for key, spec in specs.items() if (ids := frozenset(_conditional(spec.level)))
        }
        #: Whether a case may wait for what reaches it without its number: see `Subscription`.
        self.subscribes: bool = any(t.kind == "signal" or t.correlation is not None for t in triggers)
        #: Whether a case may wait for work done outside: see `Job`.
        self.goes_outside: bool = any(
            place.element.topic is not None for spec in specs.values() for place in spec.level.places.values()
        )

    @classmethod
    def compile(cls, root: Process, called: Mapping[str, Process]) -> Program:
        """Make a definition ready to run.

        :param called: the processes that it calls, directly or through others, by key
        :raises DefinitionError: with the element's id, for what cannot be executed
        """
        processes = {root.key: root}
        processes.update((key, process) for key, process in called.items() if key != root.key)
        levels = {level.key: level for level in levels_of(processes)}
        for level in levels.values():
            for place in level.places.values():
                _check(place, level, processes, levels)
        return cls(root, processes, {key: _spec(level) for key, level in levels.items()})

    def element(self, id: str) -> Element:
        """The element of that id, of the root process first.

        :raises KeyError: when there is none
        """
        for process in self.processes.values():
            if id in process.elements:
                return process.elements[id]
        raise KeyError(id)

    def reaches_out(self, process: str, id: str) -> bool:
        """Whether passing an element does something that others notice: a message or signal sent, work ordered."""
        for spec in self._specs.values():
            place = spec.level.places.get(id) if spec.level.process == process else None
            if place is not None:
                thrown = place.kind in ("intermediateThrowEvent", "endEvent")
                return (
                    spec.task_specs[id].work == "outside"
                    or place.kind in ("sendTask", "serviceTask")
                    or (thrown and place.trigger.kind in ("message", "signal"))
                )
        return False

    def spec(self, key: str | None = None) -> LevelSpec:
        """The nodes of a level, of the root process if none is named."""
        return self._specs[key or self.root.key]

    @property
    def specs(self) -> dict[str, LevelSpec]:
        """The nodes of all levels, by their keys. Not to be changed."""
        return self._specs


def _conditional(level: Level) -> Iterator[str]:
    for id, place in (*level.places.items(), *level.event_subprocesses.items()):
        if place.trigger.condition is not None:
            yield id


def _spec(level: Level) -> LevelSpec:
    spec = LevelSpec(level)
    for place in level.places.values():
        if place.kind not in _ACTIVITIES:
            _OTHERS[place.kind](spec, place)
            continue
        behaviour = _ACTIVITIES[place.kind]
        if place.kind in _MAY_BE_OUTSIDE and place.element.topic is not None:
            behaviour = activities.OutsideTask
        if place.element.multi_instance is not None:
            MultiInstance(spec, place)
        elif place.element.loop is not None:
            StandardLoop(spec, place)
        else:
            behaviour(spec, place)
            continue
        behaviour(spec, place, f"{place.id} instance")
    for place in level.places.values():
        if place.can_be_undone and place.undone_by is None:
            activities.Undoing(spec, place)
    return spec


def _check(place: Place, level: Level, processes: Mapping[str, Process], levels: Mapping[str, Level]) -> None:
    element = place.element

    def refuse(detail: str) -> DefinitionError:
        return DefinitionError(detail, element=place.id, process=level.process)

    if place.kind == "callActivity" and place.inside not in levels:
        raise refuse(f"the called process {place.inside} is not there")
    if (element.multi_instance or element.loop) and place.event_subprocess:
        raise refuse("an event subprocess has no instances and no loop")
    if element.multi_instance and element.loop:
        raise refuse("an activity is either done in several instances or in a loop")
    try:
        for text in _expressions(element):
            expression(text)
        if place.kind == "businessRuleTask" and element.topic is None:
            decisions.check(processes[level.process], element)
    except feel.FeelError as error:
        raise refuse(f"{text!r} is no expression: {error.detail}") from error
    except (YichuangError, Failure) as error:
        raise refuse(str(error)) from error


def _expressions(element: Element) -> list[str]:
    """The FEEL texts of an element, to be read before they are needed."""
    texts = [mapping.source for mapping in (*element.inputs, *element.outputs)]
    values = (element.assignee, *element.groups, element.due, element.priority)
    texts += [value.text for value in values if value is not None and value.expression]
    texts += [text for text in element.properties.values() if text.startswith("=")]
    rule = element.multi_instance
    if rule is not None:
        texts += [
            text
            for text in (rule.collection, rule.cardinality, rule.completion_condition, rule.output_element)
            if text is not None
        ]
    if element.loop is not None and element.loop.condition is not None:
        texts.append(element.loop.condition)
    if element.kind == "scriptTask" and element.script is not None:
        texts.append(element.script)
    return texts
