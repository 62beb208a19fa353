"""One BPMN file as a diagram: what has which id, which process holds what, which flow leads where.

References become plain ids here, once: real tools write them with a namespace prefix or white space around,
and whoever reads the tree later need not know. Nothing is judged here but that ids can serve as names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lxml import etree

from engine.definitions.examination import Examination
from engine.definitions.vocabulary import FLOW_NODES, SCOPES, bpmn, is_true, local, names

#: Attributes of BPMN elements that hold one reference.
REFERENCES: Final = names(
    "sourceRef targetRef attachedToRef messageRef signalRef errorRef escalationRef processRef default "
    "calledElement dataObjectRef dataStoreRef activityRef"
)
#: Elements whose text is one reference.
REFERENCE_ELEMENTS: Final = names("flowNodeRef incoming outgoing sourceRef targetRef")


@dataclass(frozen=True)
class Scope:
    """A process or subprocess with what stands directly in it."""

    node: etree._Element
    #: Id → flow node.
    nodes: Mapping[str, etree._Element]
    flows: tuple[etree._Element, ...]
    #: Id of a flow node → the flows that lead to it, or from it.
    incoming: Mapping[str, tuple[etree._Element, ...]]
    outgoing: Mapping[str, tuple[etree._Element, ...]]
    #: Id of an activity → its boundary events.
    attached: Mapping[str, tuple[etree._Element, ...]]

    def of(self, *names: str) -> Iterator[etree._Element]:
        """The flow nodes of these names."""
        return (node for node in self.nodes.values() if local(node) in names)

    @property
    def is_event_subprocess(self) -> bool:
        """Whether an event starts it, instead of a flow."""
        return local(self.node) == "subProcess" and is_true(self.node, "triggeredByEvent")


@dataclass(frozen=True)
class Diagram:
    """The index of one file."""

    examination: Examination
    root: etree._Element
    by_id: Mapping[str, etree._Element]
    processes: tuple[etree._Element, ...]

    def scopes(self, process: etree._Element) -> Iterator[Scope]:
        """The process itself and every subprocess in it, outer before inner."""
        for node in elements(process):
            if local(node) in SCOPES:
                yield scope_of(node)

    @cached_property
    def _associations(self) -> Mapping[str, tuple[str, ...]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for node in self.root.iter(bpmn("association")):
            source, target = node.get("sourceRef", ""), node.get("targetRef", "")
            found[source].append(target)
            found[target].append(source)
        return {id: tuple(dict.fromkeys(ends)) for id, ends in found.items()}

    def associated(self, identifier: str) -> tuple[str, ...]:
        """Ids of what associations join with an element, in either direction."""
        return tuple(end for end in self._associations.get(identifier, ()) if end in self.by_id)

    def named(self, reference: str | None, name: str) -> etree._Element | None:
        """The element of that id and BPMN name."""
        node = self.by_id.get(reference or "")
        return node if node is not None and local(node) == name else None


def read_diagram(examination: Examination) -> Diagram:
    """Index the file; ids that are missing or used twice are errors."""
    root = examination.markup.root
    by_id: dict[str, etree._Element] = {}
    for node in elements(root):
        identifier = node.get("id")
        if identifier is None:
            continue
        if identifier in by_id:
            line = examination.place(by_id[identifier]).line
            message = f"the id “{identifier}” is used twice (first in line {line}): give each element an id of its own"
            examination.error(node, "duplicate-id", message)
        else:
            by_id[identifier] = node
    for node in elements(root):
        _plain_references(node, by_id)
    for reference in list(root.iter(bpmn("eventDefinitionRef"))):
        _bring_in(examination, reference, by_id)
    return Diagram(examination, root, by_id, tuple(root.iterchildren(bpmn("process"))))


def elements(node: etree._Element) -> Iterator[etree._Element]:
    """`node` and all BPMN elements in it, in the order of the file, extensions left out."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(child for child in reversed(current) if (name := local(child)) and name != "extensionElements")


def scope_of(node: etree._Element) -> Scope:
    """What stands directly in a process or subprocess."""
    nodes: dict[str, etree._Element] = {}
    flows: list[etree._Element] = []
    incoming: defaultdict[str, list[etree._Element]] = defaultdict(list)
    outgoing: defaultdict[str, list[etree._Element]] = defaultdict(list)
    attached: defaultdict[str, list[etree._Element]] = defaultdict(list)
    for part in node:
        name = local(part)
        if name in FLOW_NODES:
            if identifier := part.get("id"):
                nodes.setdefault(identifier, part)
            if name == "boundaryEvent":
                attached[part.get("attachedToRef", "")].append(part)
        elif name == "sequenceFlow":
            flows.append(part)
            incoming[part.get("targetRef", "")].append(part)
            outgoing[part.get("sourceRef", "")].append(part)
    return Scope(
        node,
        nodes,
        tuple(flows),
        {identifier: tuple(found) for identifier, found in incoming.items()},
        {identifier: tuple(found) for identifier, found in outgoing.items()},
        {identifier: tuple(found) for identifier, found in attached.items()},
    )


def lanes_of(process: etree._Element) -> Mapping[str, str]:
    """Id of a flow node → name of the innermost lane that names it; an unnamed lane counts for nothing."""
    lanes: dict[str, str] = {}
    for node in elements(process):
        if local(node) == "lane" and (name := (node.get("name") or "").strip()):
            for reference in node.iterchildren(bpmn("flowNodeRef")):
                lanes[reference.text or ""] = name
    return lanes


def _bring_in(examination: Examination, reference: etree._Element, by_id: Mapping[str, etree._Element]) -> None:
    """Put a copy of an event definition that is kept apart from its events in the place of what names it.

    It means the same there as within the event (BPMN 2.0.2 §10.5.1, eventDefinitionRefs).
    """
    named = (reference.text or "").strip()
    definition = by_id.get(named)
    if definition is None or not local(definition).endswith("EventDefinition"):
        message = (
            f"eventDefinitionRef names “{named}”, but no event definition of the file has this id: choose one again"
        )
        examination.error(reference, "dangling-reference", message)
        return
    copied = deepcopy(definition)
    copied.tail = reference.tail
    for node in copied.iter(etree.Element):
        # Each id is that of one element.
        node.attrib.pop("id", "")
        examination.markup.places[node] = examination.markup.places.get(reference, (0, 0))
    parent = reference.getparent()
    assert parent is not None
    parent.replace(reference, copied)


def _plain_references(node: etree._Element, by_id: Mapping[str, etree._Element]) -> None:
    for attribute in REFERENCES:
        text = node.get(attribute)
        if text is not None and (plain := _plain(text, node, by_id)) != text:
            node.set(attribute, plain)
    if local(node) in REFERENCE_ELEMENTS and node.text:
        node.text = _plain(node.text, node, by_id)


def _plain(text: str, node: etree._Element, by_id: Mapping[str, etree._Element]) -> str:
    reference = text.strip()
    prefix, colon, name = reference.rpartition(":")
    if colon and reference not in by_id and (name in by_id or prefix in node.nsmap):
        return name
    return reference
