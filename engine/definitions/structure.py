"""Whether a file is BPMN 2.0 in its structure: known names, in their places, that name what exists.

Looser than the standard's schema where real tools are (order of children, optional attributes), as strict where
a reader would have to guess.
"""

from __future__ import annotations

import re

from lxml import etree

from engine.definitions.diagram import Diagram, elements
from engine.definitions.support import words
from engine.definitions.vocabulary import (
    ACTIVITIES,
    FLOW_NODES,
    NAMES,
    PLACES,
    bpmn,
    is_true,
    local,
)

#: Characters of an element's id.
MAX_ID = 255
#: Characters of a process's key.
MAX_KEY = 128
_KEY = re.compile(rf"[^\W\d][\w.-]{{0,{MAX_KEY - 1}}}")
#: Attribute → the BPMN name of what it must name.
_TARGETS = {
    "messageRef": "message",
    "signalRef": "signal",
    "errorRef": "error",
    "escalationRef": "escalation",
}


def check_root(diagram: Diagram) -> None:
    """Names and places in the whole file."""
    examination = diagram.examination
    for node in elements(diagram.root):
        name = local(node)
        if name not in NAMES:
            examination.error(
                node, "unknown-element", f"BPMN 2.0 has no element “{name}”: remove it, or correct its name"
            )
            continue
        parent = node.getparent()
        if parent is not None and name in PLACES and local(parent) not in PLACES[name]:
            holders = " or ".join(sorted(PLACES[name])[:4])
            message = f"{name} cannot stand in {local(parent) or 'this place'}: it belongs into {holders}"
            examination.error(node, "misplaced-element", message)
        for stranger in node:
            if isinstance(stranger.tag, str) and not local(stranger) and name != "extensionElements":
                tag = etree.QName(stranger)
                if tag.namespace and "/DI" in tag.namespace:
                    continue
                kind = f"{tag.namespace}#{tag.localname}"
                message = f"“{tag.localname}” of {tag.namespace or 'no namespace'} is no BPMN: it is kept and ignored"
                examination.note_once(kind, stranger, "unknown-extension", message)


def check_used(diagram: Diagram) -> None:
    """Messages, signals, errors and escalations of the file that nothing in it names: likely left over."""
    named = set[str]()
    for node in elements(diagram.root):
        named.update(str(value) for attribute, value in node.attrib.items() if str(attribute).endswith("Ref"))
        if local(node).endswith("Ref") and node.text:
            named.add(node.text.strip().rpartition(":")[2])
    for node in diagram.root:
        if local(node) in _TARGETS.values() and (identifier := node.get("id")) and identifier not in named:
            kind = local(node)
            message = f"no event or task names the {kind} “{identifier}”: choose it where it is meant, or remove it"
            diagram.examination.note(node, "unused-definition", message)


def check_process(diagram: Diagram, process: etree._Element) -> None:
    """Ids and references of one executable process."""
    for node in elements(process):
        name = local(node)
        if name in FLOW_NODES or name == "sequenceFlow":
            _check_id(diagram, node)
        if name == "sequenceFlow":
            _check_flow(diagram, node)
        if name == "boundaryEvent":
            _check_attachment(diagram, node)
        if name in ("flowNodeRef", "incoming", "outgoing"):
            _check_reference_element(diagram, node, name)
        if "default" in node.attrib:
            _check_default(diagram, node)
        for attribute, target in _TARGETS.items():
            reference = node.get(attribute)
            if reference is not None and diagram.named(reference, target) is None:
                message = f"{attribute} names “{reference}”, but no {target} of the file has this id: choose one again"
                diagram.examination.error(node, "dangling-reference", message)


def _check_id(diagram: Diagram, node: etree._Element) -> None:
    if len(node.get("id", "")) > MAX_ID:
        message = f"the id of this {words(local(node))} has more than {MAX_ID} characters: shorten it"
        diagram.examination.error(node, "long-id", message)
    if not node.get("id"):
        diagram.examination.error(
            node, "missing-id", f"this {words(local(node))} has no id: give it one that is unique"
        )


def _check_flow(diagram: Diagram, flow: etree._Element) -> None:
    ends: list[etree._Element] = []
    for attribute, word in (("sourceRef", "comes from"), ("targetRef", "leads to")):
        reference = flow.get(attribute)
        node = diagram.by_id.get(reference or "")
        if not reference:
            message = f"the sequence flow does not say what it {word}: draw it again from element to element"
            diagram.examination.error(flow, "missing-reference", message)
        elif node is None or local(node) not in FLOW_NODES:
            message = f"the sequence flow {word} “{reference}”, which is no flow node of the file: draw it again"
            diagram.examination.error(flow, "dangling-reference", message)
        else:
            ends.append(node)
    parent = flow.getparent()
    if len(ends) == 2 and any(node.getparent() is not parent for node in ends):
        message = (
            "the sequence flow crosses the border of a process or subprocess: end the subprocess and go on behind it, "
            "or use a boundary event; between pools use a message"
        )
        diagram.examination.error(flow, "flow-crosses-border", message)


def _check_attachment(diagram: Diagram, event: etree._Element) -> None:
    reference = event.get("attachedToRef")
    host = diagram.by_id.get(reference or "")
    if not reference:
        message = "the boundary event is attached to nothing: drop it on the border of an activity"
        diagram.examination.error(event, "missing-reference", message)
    elif host is None or local(host) not in ACTIVITIES or host.getparent() is not event.getparent():
        message = f"the boundary event is attached to “{reference}”, which is no activity beside it: attach it again"
        diagram.examination.error(event, "dangling-reference", message)
    elif local(host) == "subProcess" and is_true(host, "triggeredByEvent"):
        message = "an event subprocess carries no boundary events: attach it to the activity around"
        diagram.examination.error(event, "misplaced-element", message)


def _check_reference_element(diagram: Diagram, node: etree._Element, name: str) -> None:
    reference = node.text or ""
    if reference in diagram.by_id:
        return
    if name == "flowNodeRef":
        message = f"the lane holds “{reference}”, but no element of the file has this id: remove the line"
        diagram.examination.error(node, "dangling-reference", message)
    else:
        message = f"an {name} flow “{reference}” is named, but not in the file: what flows say of their ends counts"
        diagram.examination.warning(node, "dangling-reference", message)


def _check_default(diagram: Diagram, node: etree._Element) -> None:
    flow = diagram.named(node.get("default"), "sequenceFlow")
    if flow is None or flow.get("sourceRef") != node.get("id"):
        message = f"the default flow “{node.get('default')}” does not leave this element: choose one that does"
        diagram.examination.error(node, "dangling-reference", message)


def executable(diagram: Diagram) -> list[etree._Element]:
    """The processes that are to be executed; says what is taken how."""
    examination = diagram.examination
    chosen: list[etree._Element] = []
    for process in diagram.processes:
        name = process.get("name") or process.get("id") or "without a name"
        declared = process.get("isExecutable")
        if declared is not None and not is_true(process, "isExecutable"):
            message = f'the process “{name}” says isExecutable="false": it is kept as documentation, not deployed'
            examination.note(process, "not-deployed", message)
        elif process.get("id") and not _KEY.fullmatch(process.get("id", "")):
            message = (
                "the id of the process is the key that names it: let it begin with a letter or _, go on with letters, "
                f"digits, _, - and ., and have no more than {MAX_KEY} characters"
            )
            examination.error(process, "process-key", message)
        elif not process.get("id"):
            examination.error(process, "missing-id", f"the process “{name}” has no id: give it the key that names it")
        elif declared is None and not any(local(part) in FLOW_NODES for part in process):
            message = f"the process “{name}” is empty: it is taken as a black box, not deployed"
            examination.note(process, "black-box", message)
        else:
            if declared is None:
                message = f"the process “{name}” does not say isExecutable: it is taken as executable; set it to true"
                examination.warning(process, "executable-assumed", message)
            chosen.append(process)
    for participant in diagram.root.iter(bpmn("participant")):
        name = participant.get("name") or participant.get("id") or "without a name"
        reference = participant.get("processRef")
        if reference is None:
            message = f"the pool “{name}” has no process: it is taken as a black box"
            examination.note(participant, "black-box", message)
        elif diagram.named(reference, "process") is None:
            message = f"the pool “{name}” names the process “{reference}”, which is not in the file: it is ignored"
            examination.warning(participant, "dangling-reference", message)
    return chosen
