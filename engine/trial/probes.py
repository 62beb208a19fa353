"""Processes in which every sequence flow says that a token takes it.

What the execution tells of a step are the elements that tokens enter, not the flows on which they come. For a
trial each flow therefore gets an abstract task of its own in its middle, which is passed at once and changes
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import replace

from lxml import etree

from engine.definitions.model import Element, Process
from engine.definitions.vocabulary import bpmn

#: No id of a file holds a blank.
_MARK = " takes "


def probed(processes: Mapping[str, Process]) -> dict[str, Process]:
    """Copies of the processes, with probes."""
    return {key: _probed(process) for key, process in processes.items()}


def flows_of(process: Process) -> tuple[str, ...]:
    """Ids of the sequence flows of a process, in the order of its file."""
    return tuple(element.id for element in process.elements.values() if element.kind == "sequenceFlow")


def sort(entered: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What a step passed, apart: the elements and the flows, each with the key of its process."""
    elements, flows = [], []
    for key, id in entered:
        _, mark, flow = id.partition(_MARK)
        if mark:
            flows += [(key, one) for one in flow.split(" ")]
        else:
            elements.append((key, id))
    return elements, flows


def _probed(process: Process) -> Process:
    tree = deepcopy(process.tree)
    root = next(node for node in tree.iter(bpmn("process")) if node.get("id") == process.key)
    # Behind an event-based gateway stands the event itself: that its flow is taken shows where it is left.
    waiting = {
        flow.get("targetRef"): flow.get("id")
        for flow in root.iter(bpmn("sequenceFlow"))
        if _kind(process, flow.get("sourceRef")) == "eventBasedGateway"
    }
    elements = dict(process.elements)
    for flow in list(root.iter(bpmn("sequenceFlow"))):
        id, source, target = flow.get("id", ""), flow.get("sourceRef"), flow.get("targetRef")
        if id in waiting.values():
            continue
        told = f"{waiting[source]} {id}" if source in waiting else id
        probe = f"{process.key}{_MARK}{told}"
        elements[probe] = Element(id=probe, kind="task", process=process.key)
        flow.set("targetRef", probe)
        flow.addnext(_element("sequenceFlow", id=f"{probe} on", sourceRef=probe, targetRef=target or ""))
        flow.addnext(_element("task", id=probe))
    return replace(process, tree=tree, elements=elements)


def _kind(process: Process, id: str | None) -> str | None:
    element = process.elements.get(id or "")
    return element.kind if element else None


def _element(name: str, **attributes: str) -> etree._Element:
    return etree.Element(bpmn(name), attributes)
