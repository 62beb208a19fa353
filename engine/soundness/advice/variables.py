"""Variables that are read before anything writes them.

Told only of a variable that elements of the process do write, all of them behind the one that reads it, and
none of them ever before: what comes with a case from outside, or from who calls the process, is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine import feel, forms
from engine.definitions.model import Element, Process
from engine.execution.places import Level, Place
from engine.soundness.advice.remark import Remark

#: Names that are the office's word, and those that a multi-instance activity gives to its instances.
_GIVEN = frozenset(
    ["case", "matter", "window", "office", "applicant", "type", "type_reason", "loopCounter", "item", "partial"]
)


def remarks(process: Process, levels: list[Level]) -> Iterator[Remark]:
    """Elements that read what is written only later."""
    places = {place.id: place for level in levels for place in level.places.values()}
    if any(_writes_anything(place) for place in places.values()):
        return
    writers: dict[str, set[str]] = {}
    for place in places.values():
        for name in _written(process, place):
            writers.setdefault(name, set()).add(place.id)
    if not writers:
        return
    following = _following(levels)
    owner = {flow.id: place for place in places.values() for flow in place.outgoing}
    local = _local_names(levels)
    reached: dict[str, frozenset[str]] = {}

    def behind(id: str) -> frozenset[str]:
        if id not in reached:
            reached[id] = _behind(id, following)
        return reached[id]

    for element in process.elements.values():
        if element.id not in places and element.id not in owner:
            continue
        place = places.get(element.id) or owner[element.id]
        for name in sorted(_read(element, place) & writers.keys() - _GIVEN - local.get(place.id, frozenset())):
            known = writers[name]
            later = behind(place.id)
            if place.id not in known and known <= later and not any(place.id in behind(id) for id in known):
                first = min(known)
                message = (
                    f"“{name}” is read here, but is written only later, at “{first}”: unless every case comes with it, "
                    "it is null here"
                )
                yield Remark("read-before-written", element.id, message)


def _writes_anything(place: Place) -> bool:
    """Whether what an element writes cannot be told: all that a message or outside work brings, or a call returns."""
    element = place.element
    if element.outputs:
        return False
    if place.inside is not None and place.kind == "callActivity":
        return element.propagate_all_child
    if place.kind in ("userTask", "manualTask"):
        return element.form is None and element.form_schema is None
    if element.kind in ("scriptTask", "businessRuleTask") and not element.topic:
        return element.result_variable is None
    return place.trigger.kind == "message" or (element.topic is not None and element.result_variable is None)


def _written(process: Process, place: Place) -> Iterator[str]:
    element = place.element
    several = element.multi_instance
    if several is not None:
        yield (several.output_collection or element.id)
    if element.outputs:
        yield from (mapping.target.partition(".")[0] for mapping in element.outputs)
    elif element.result_variable:
        yield element.result_variable
    else:
        schema = element.form_schema or process.forms.get(element.form or "")
        if schema is not None:
            yield from (field.path[0] for field in forms.fields(schema))


def _read(element: Element, place: Place) -> frozenset[str]:
    """The variables that an element reads before it can have written any itself."""
    texts = [mapping.source for mapping in element.inputs]
    values = (element.assignee, *element.groups, element.due, element.priority)
    texts += [value.text for value in values if value is not None and value.expression]
    if element.script is not None:
        texts.append(element.script)
    several = element.multi_instance
    if several is not None:
        texts += [text for text in (several.collection, several.cardinality) if text is not None]
    if element.loop is not None and element.loop.test_before and element.loop.condition is not None:
        texts.append(element.loop.condition)
    found = set[str]()
    for text in texts:
        try:
            found |= feel.from_modeler(text).variables()
        except feel.FeelError:
            continue
    own = {mapping.target for mapping in element.inputs}
    if element.kind == "sequenceFlow":
        for flow in place.outgoing:
            if flow.id == element.id and flow.condition is not None:
                found |= flow.condition.parsed.variables()
        # What its source writes is there when the condition is asked.
        found -= {mapping.target.partition(".")[0] for mapping in place.element.outputs}
    timer = place.trigger.timer if element.id == place.id else None
    if timer is not None and timer.expression is not None:
        found |= timer.expression.parsed.variables()
    return frozenset(found - own)


def _local_names(levels: Iterable[Level]) -> Mapping[str, frozenset[str]]:
    """Names that are given to an element, or to what it stands in, by input mappings and multi-instance."""
    levels = list(levels)
    inside: dict[str, frozenset[str]] = {}
    found: dict[str, frozenset[str]] = {}
    for level in levels:
        around = inside.get(level.key, frozenset())
        for place in level.places.values():
            element = place.element
            own = {mapping.target.partition(".")[0] for mapping in element.inputs}
            if element.multi_instance is not None and element.multi_instance.element_variable:
                own.add(element.multi_instance.element_variable)
            found[place.id] = around | own
            if place.inside is not None:
                inside[place.inside] = found[place.id]
    return found


def _following(levels: Iterable[Level]) -> dict[str, set[str]]:
    """For each element what may run after it begins, inside it and around it included."""
    levels = list(levels)
    by_key = {level.key: level for level in levels}
    following: dict[str, set[str]] = {}
    for level in levels:
        for place in level.places.values():
            after = following.setdefault(place.id, set())
            after.update(flow.target for flow in place.outgoing)
            after.update(event.id for event in place.boundaries)
            # An event subprocess may run at any time while its level does.
            after.update(event.id for event in level.event_subprocesses.values())
            inner = by_key.get(place.inside or "")
            if inner is not None:
                after.add(inner.start)
                # Whatever is inside is followed by what follows the whole.
                for within in inner.places.values():
                    following.setdefault(within.id, set()).update(
                        [*(flow.target for flow in place.outgoing), *(event.id for event in place.boundaries)]
                    )
                    if place.event_subprocess:
                        following[within.id].update(level.places)
    return following


def _behind(id: str, following: Mapping[str, set[str]]) -> frozenset[str]:
    found = set[str]()
    waiting = list(following.get(id, ()))
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting.extend(following.get(at, ()))
    return frozenset(found)
