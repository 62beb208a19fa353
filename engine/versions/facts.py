"""What a process's files say of each element, as flat names with values, so that two versions can be compared.

Everything is taken from the tree itself, extensions that nobody reads included: what cannot be compared cannot
be told. Left out is what modelers write anew each time and means nothing: ids of inner parts, the elements'
own lists of their flows, white space.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from engine.definitions.findings import Findings
from engine.definitions.markup import parse
from engine.definitions.model import Process, SourceFile
from engine.definitions.vocabulary import (
    ARTIFACTS,
    BPMN,
    BPMNDI,
    CAMUNDA,
    DATA,
    FLOW_NODES,
    OPERATON,
    SPIFF,
    ZEEBE,
    bpmn,
    local,
)

_PREFIXES = {
    BPMN: "",
    CAMUNDA: "camunda:",
    OPERATON: "operaton:",
    ZEEBE: "zeebe:",
    SPIFF: "spiffworkflow:",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi:",
}
#: What stands for itself and is no part of what it stands in.
_OWN = FLOW_NODES | ARTIFACTS | DATA | {"sequenceFlow", "lane", "laneSet"}
_NAMED = frozenset(["message", "signal", "error", "escalation"])
_SAID_TWICE = frozenset(["incoming", "outgoing"])
#: Where the first flow whose condition holds is taken, so that their order means something.
_IN_ORDER = frozenset(["exclusiveGateway"])


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One element of one version."""

    id: str
    #: Local BPMN name, or ``form``, ``decision``, ``notice``.
    kind: str
    name: str = ""
    #: Flat name → value, such as ``timerEventDefinition/timeDuration`` → ``P3D``.
    values: Mapping[str, Any]
    #: Where it is drawn: numbers of its bounds or of its waypoints.
    drawn: tuple[tuple[str, ...], ...] = field(default=())


def facts_of(process: Process) -> dict[tuple[str, str], Facts]:
    """Everything that a version says, by kind of file and id."""
    root = process.tree
    node = next(node for node in root.iter(bpmn("process")) if node.get("id") == process.key)
    drawn = dict(_drawing(root))
    found: dict[tuple[str, str], Facts] = {}
    orders = _orders(node)
    for part in (*_elements(node), *(child for child in root if local(child) in _NAMED)):
        id = part.get("id")
        if id is None:
            continue
        values = _values(part)
        parent = part.getparent()
        if part is not node and parent is not None and local(part) != "lane" and local(parent) != "definitions":
            values["in"] = parent.get("id")
        if local(part) in _IN_ORDER and len(orders.get(id, ())) > 1:
            values["order of flows"] = orders[id]
        found["bpmn", id] = Facts(
            id=id, kind=local(part), name=(part.get("name") or "").strip(), values=values, drawn=drawn.get(id, ())
        )
    for id, schema in process.forms.items():
        found["form", id] = Facts(id=id, kind="form", values=dict(_json(schema, "")))
    files = {source.name: source for source in process.files}
    for id, name in process.decisions.items():
        found["decision", id] = Facts(id=id, kind="decision", values=_decision(files[name], id))
    for name, notice in process.notices.items():
        text = notice.source.content.decode("utf-8-sig")
        found["notice", name] = Facts(id=name, kind="notice", values={"text": text})
    return found


def _elements(node: etree._Element) -> Iterator[etree._Element]:
    """The process and all in it that stands for itself."""
    yield node
    for part in node.iter():
        if part is not node and local(part) in _OWN and local(part) != "laneSet":
            yield part


def _orders(node: etree._Element) -> dict[str, list[str]]:
    orders: dict[str, list[str]] = {}
    for flow in node.iter(bpmn("sequenceFlow")):
        orders.setdefault(flow.get("sourceRef", ""), []).append(flow.get("id", ""))
    return orders


def _values(node: etree._Element) -> dict[str, Any]:
    values: dict[str, Any] = {}
    _flatten(node, "", values, top=True)
    if local(node) == "lane":
        # Which elements a lane holds, not in which order they are listed.
        held = sorted(str(reference.text) for reference in node.iterchildren(bpmn("flowNodeRef")))
        values = {name: value for name, value in values.items() if not name.startswith("flowNodeRef")}
        values["holds"] = held
    return values


def _flatten(node: etree._Element, at: str, values: dict[str, Any], *, top: bool = False) -> None:
    for name, value in node.attrib.items():
        if str(name) == "id":
            continue
        values[f"{at}@{_name(str(name))}" if at else _name(str(name))] = str(value).strip()
    text = (node.text or "").strip()
    if text and not top:
        values[at] = text
    counts: dict[str, int] = {}
    for child in node:
        if not isinstance(child.tag, str) or local(child) in _OWN or local(child) in _SAID_TWICE:
            continue
        name = _name(child.tag)
        counts[name] = counts.get(name, 0) + 1
        number = f"[{counts[name]}]" if counts[name] > 1 else ""
        path = f"{at}/{name}{number}" if at else f"{name}{number}"
        before = len(values)
        _flatten(child, path, values)
        if len(values) == before:
            values[path] = True


def _name(tag: str) -> str:
    name = etree.QName(tag)
    return _PREFIXES.get(name.namespace or "", "") + name.localname


def _drawing(root: etree._Element) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    """Id of an element → the numbers that place it."""
    for shape in root.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge"):
        numbers = tuple(
            tuple(f"{name}={part.get(name)}" for name in ("x", "y", "width", "height") if part.get(name) is not None)
            for part in shape.iter()
            if isinstance(part.tag, str) and etree.QName(part).localname in ("Bounds", "waypoint")
        )
        yield shape.get("bpmnElement", ""), numbers


def _json(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    """A form's schema: a field by its key, wherever it stands; its place among the others is a value too."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in ("id", "exporter", "executionPlatform", "executionPlatformVersion", "schemaVersion") and not at:
                continue
            if name not in ("id", "layout"):
                yield from _json(inner, f"{at}/{name}" if at else str(name))
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        names = [_key_of(one, number) for number, one in enumerate(value, start=1)]
        yield f"{at} (order)", names
        for name, inner in zip(names, value, strict=True):
            yield from _json(inner, f"{at}[{name}]")
    else:
        yield at, value


def _key_of(component: Mapping[str, Any], number: int) -> str:
    for name in ("key", "path", "value", "id"):
        if component.get(name) is not None:
            return str(component[name])
    return str(number)


def _decision(source: SourceFile, id: str) -> dict[str, Any]:
    markup = parse(source, Findings())
    values: dict[str, Any] = {}
    if markup is not None:
        for node in markup.root:
            if isinstance(node.tag, str) and node.get("id") == id:
                _flatten(node, "", values)
    return values
