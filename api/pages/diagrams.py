"""What the pages read out of a deployed diagram and its forms: names of elements, what follows, field labels.

Deployed versions never change, so everything is read once a version.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from api.pages.session import office
from engine.errors import NotFound
from engine.office.person import Person

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_GATEWAYS = {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"}


@dataclass(frozen=True)
class Following:
    """Something that a token reaches after an element."""

    #: Names of the conditional flows on the way.
    conditions: tuple[str, ...]
    name: str
    #: Local BPMN name, such as ``userTask``.
    kind: str


@dataclass(frozen=True)
class Field:
    """One field of a form, as far as its value can be shown with it."""

    label: str
    #: Value → label of the options, for a choice.
    options: Mapping[str, str]


@dataclass(frozen=True)
class Diagram:
    """One deployed version of a process."""

    #: Element id → name.
    names: Mapping[str, str]
    following: Mapping[str, tuple[Following, ...]]
    fields: Mapping[str, Field]
    #: The form of the process's own start event, if it has one.
    start_form: Mapping[str, Any] | None


_read: dict[tuple[str, int], Diagram] = {}


def diagram(key: str, version: int, by: Person) -> Diagram:
    """The diagram and the forms of one version; an empty one where `by` may not see it."""
    if (known := _read.get((key, version))) is not None:
        return known
    definitions = office().definitions
    try:
        files = definitions.version(key, version, by=by)["files"]
        contents = {name: definitions.file(key, version, name, by=by) for name in files}
    except NotFound:
        return Diagram({}, {}, {}, None)
    return _read.setdefault((key, version), read(key, contents))


def read(key: str, contents: Mapping[str, bytes]) -> Diagram:
    """Reads the files of one version of the process `key`."""
    forms = {form["id"]: form for form in map(json.loads, _of_kind(contents, ".form"))}
    names: dict[str, str] = {}
    following: dict[str, tuple[Following, ...]] = {}
    start_form = None
    for content in _of_kind(contents, ".bpmn"):
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
        elements = {element.get("id"): element for element in root.iter(f"{_BPMN}*") if element.get("id")}
        names |= {identity: " ".join(e.get("name").split()) for identity, e in elements.items() if e.get("name")}
        following |= {
            identity: tuple(_following(element, elements, frozenset()))
            for identity, element in elements.items()
            if element.find(f"{_BPMN}outgoing") is not None
        }
        if (process := elements.get(key)) is not None:
            start_form = _start_form(process, forms)
    return Diagram(names, following, dict(_fields(forms.values())), start_form)


def _of_kind(contents: Mapping[str, bytes], ending: str) -> Iterator[bytes]:
    return (content for name, content in contents.items() if name.endswith(ending))


def _kind(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _following(element: Any, elements: Mapping[str, Any], passed: frozenset[str]) -> Iterator[Following]:
    """What the flows out of `element` lead to, looking through gateways to what people would name."""
    for outgoing in element.findall(f"{_BPMN}outgoing"):
        flow = elements.get((outgoing.text or "").strip())
        target = elements.get(flow.get("targetRef", "")) if flow is not None else None
        if flow is None or target is None or target.get("id") in passed:
            continue
        label = " ".join((flow.get("name") or "").split())
        conditions = (label,) if label else ()
        if _kind(target) in _GATEWAYS:
            for beyond in _following(target, elements, passed | {target.get("id")}):
                yield Following((*conditions, *beyond.conditions), beyond.name, beyond.kind)
        else:
            yield Following(conditions, " ".join((target.get("name") or "").split()), _kind(target))


def _start_form(process: Any, forms: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The form of the process's own plain start event."""
    for start in process.findall(f"{_BPMN}startEvent"):
        for node in start.iter():
            for name, value in node.attrib.items():
                if name.rpartition("}")[2] in {"formId", "formRef"} and value in forms:
                    return forms[value]
    return None


def _fields(forms: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Field]]:
    for form in forms:
        for component in form.get("components", ()):
            if "components" in component:
                yield from _fields([component])
            if key := component.get("key"):
                options = {str(option["value"]): str(option["label"]) for option in component.get("values", ())}
                yield key, Field(str(component.get("label") or key), options)
