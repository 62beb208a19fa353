"""What the pages read out of a deployed diagram and its forms: names of elements, what follows, field labels.

Deployed versions never change, so everything is read once a version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from lxml import etree

from api.pages import bilingual
from api.pages.session import office
from api.pages.texts import Language
from engine.definitions.vocabulary import bpmn
from engine.errors import NotFound
from engine.office.person import Person

_GATEWAYS = {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"}

#: The kind of what follows where a part of a process ends, and only the running case could tell what comes then.
END_OF_PART = "end_of_part"
#: End events by which the diagram around does not go on as usual.
_OUT_OF_THE_WAY = ("errorEventDefinition", "cancelEventDefinition")


@dataclass(frozen=True)
class Following:
    """Something that a token reaches after an element."""

    #: Names of the conditional flows on the way.
    conditions: tuple[str, ...]
    name: str
    #: Local BPMN name, such as ``userTask``.
    kind: str


#: What ends its process or subprocess by having no flow out of it ends as with this (BPMN 2.0.2 §13.2.2).
END = Following((), "", "endEvent")


@dataclass(frozen=True)
class Field:
    """One field of a form, as far as its value can be shown with it."""

    label: str
    #: What the form says beneath it.
    description: str | None
    #: Value → label of the options, for a choice.
    options: Mapping[str, str]
    #: Whether it takes files: its values are the ids of materials.
    takes_files: bool = False

    def named(self, language: Language) -> str:
        """The label in a language."""
        return bilingual.named(self.label, self.description, language)


@dataclass(frozen=True)
class Diagram:
    """One deployed version of a process."""

    #: Element id → name.
    names: Mapping[str, str]
    following: Mapping[str, tuple[Following, ...]]
    #: Element id → the fields of its form, by key.
    fields: Mapping[str, Mapping[str, Field]]
    #: The form of the process's own start event, if it has one.
    start_form: Mapping[str, Any] | None


#: What a diagram is of which nothing may be seen.
NOTHING = Diagram({}, {}, {}, None)


def diagram(key: str, version: int, by: Person) -> Diagram:
    """The diagram and the forms of one version; an empty one where `by` may not see it."""
    read_before: dict[tuple[str, int], Diagram] = current_app.extensions.setdefault("pages.diagrams", {})
    if (known := read_before.get((key, version))) is not None:
        return known
    definitions = office().definitions
    try:
        files = definitions.version(key, version, by=by)["files"]
        contents = [definitions.file(key, version, name, by=by) for name in files if name.endswith(".bpmn")]
        forms = definitions.forms(key, version, by=by)
    except NotFound:
        return NOTHING
    return read_before.setdefault((key, version), read(key, contents, forms))


def read(key: str, contents: Iterable[bytes], forms: Mapping[str, Mapping[str, Any]]) -> Diagram:
    """Reads the BPMN files of one version of the process `key`, and the forms of its elements."""
    names: dict[str, str] = {}
    following: dict[str, tuple[Following, ...]] = {}
    fields: dict[str, Mapping[str, Field]] = {}
    start_form = None
    for content in contents:
        root: Any = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
        for element in root.iter(bpmn("*")):
            identity, form = element.get("id"), forms.get(element.get("id"))
            if identity and element.get("name"):
                names[identity] = _text(element)
            if identity and form is not None:
                fields[identity] = named_fields(form)
            of_process = element.getparent() is not None and element.getparent().get("id") == key
            if of_process and _kind(element) == "startEvent":
                start_form = start_form or form
        elements = {element.get("id"): element for element in root.iter(bpmn("*")) if element.get("id")}
        # The flows themselves are read: an element need not list what goes out of it.
        flows: dict[str, list[Any]] = {}
        for flow in root.iter(bpmn("sequenceFlow")):
            flows.setdefault(flow.get("sourceRef", ""), []).append(flow)
        following |= {source: tuple(_following(source, flows, elements, frozenset())) for source in flows}
        following |= {
            event_part.get("id"): (Following((), "", END_OF_PART),)
            for event_part in root.iter(bpmn("subProcess"))
            if event_part.get("triggeredByEvent") == "true"
        }
    return Diagram(names, following, fields, start_form)


def named_fields(form: Mapping[str, Any]) -> dict[str, Field]:
    """The fields of a form-js schema, by key."""
    return dict(_fields([form]))


def _kind(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Any) -> str:
    return " ".join((element.get("name") or "").split())


def _following(
    source: str, flows: Mapping[str, list[Any]], elements: Mapping[str, Any], passed: frozenset[str]
) -> Iterator[Following]:
    """What the flows out of an element lead to, looking through gateways to what people would name."""
    for flow in flows.get(source, ()):
        target = elements.get(flow.get("targetRef", ""))
        if target is None or target.get("id") in passed:
            continue
        label = _text(flow)
        conditions = (label,) if label else ()
        if _kind(target) in _GATEWAYS:
            for beyond in _following(target.get("id"), flows, elements, passed | {target.get("id")}):
                on_the_way = (condition for condition in conditions if condition != beyond.name)
                yield Following((*on_the_way, *beyond.conditions), beyond.name, beyond.kind)
        else:
            yield _reached(conditions, target)


def _reached(conditions: tuple[str, ...], target: Any) -> Following:
    kind = _kind(target)
    if kind == "endEvent" and any(target.find(bpmn(name)) is not None for name in _OUT_OF_THE_WAY):
        kind = END_OF_PART
    name = _text(target)
    return Following(tuple(condition for condition in conditions if condition != name), name, kind)


def _fields(forms: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Field]]:
    for form in forms:
        for component in form.get("components", ()):
            if "components" in component:
                yield from _fields([component])
            label = next((component[name] for name in ("label", "dateLabel", "timeLabel") if component.get(name)), None)
            if (key := component.get("key")) and label:
                options = {str(option["value"]): str(option["label"]) for option in component.get("values", ())}
                yield key, Field(str(label), component.get("description"), options, component["type"] == "filepicker")
