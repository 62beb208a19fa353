"""What the pages read out of a deployed diagram and its forms: names of elements, field labels.

Deployed versions never change, so everything is read once a version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from lxml import etree

from api.pages import bilingual
from api.pages.session import office
from api.pages.texts import Language
from engine.definitions.vocabulary import bpmn
from engine.errors import NotFound
from engine.office.person import Person


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

    def choices(self, language: Language) -> dict[str, str]:
        """The labels of its options in a language, by their values; files have their names in any."""
        if self.takes_files:
            return dict(self.options)
        return dict(zip(self.options, bilingual.options(list(self.options.values()), language), strict=True))


@dataclass(frozen=True)
class Diagram:
    """One deployed version of a process."""

    #: Element id → name.
    names: Mapping[str, str]
    #: Element id → the fields of its form, by key.
    fields: Mapping[str, Mapping[str, Field]]
    #: The form of the process's own start event, if it has one.
    start_form: Mapping[str, Any] | None
    #: Name of a message → what the designer calls the event, or the task, that takes it.
    messages: Mapping[str, str] = field(default_factory=dict)

    def of_any_form(self) -> dict[str, Field]:
        """The fields of all its forms, by key; of two with one key the first."""
        return {key: one for fields in reversed([*self.fields.values()]) for key, one in fields.items()}


#: What a diagram is of which nothing may be seen.
NOTHING = Diagram({}, {}, None)


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
    fields: dict[str, Mapping[str, Field]] = {}
    messages: dict[str, str] = {}
    start_form = None
    for content in contents:
        root: Any = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
        for element in root.iter(bpmn("*")):
            identity, form = element.get("id"), forms.get(element.get("id"))
            if identity and element.get("name"):
                names[identity] = _text(element)
            if identity and form is not None:
                fields[identity] = named_fields(form)
            if (taken := _message(root, element)) is not None:
                messages.setdefault(*taken)
            of_process = element.getparent() is not None and element.getparent().get("id") == key
            if of_process and _kind(element) == "startEvent":
                start_form = start_form or form
    return Diagram(names, fields, start_form, messages)


def named_fields(form: Mapping[str, Any]) -> dict[str, Field]:
    """The fields of a form-js schema, by key."""
    return dict(_fields([form]))


def _kind(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _message(root: Any, element: Any) -> tuple[str, str] | None:
    """The name of the message that an event, or a receive task, takes, and what the element is called."""
    kind = _kind(element)
    catching = kind in ("startEvent", "intermediateCatchEvent", "boundaryEvent")
    carrier = element if kind == "receiveTask" else element.find(bpmn("messageEventDefinition")) if catching else None
    if carrier is None or not element.get("name"):
        return None
    message = next((one for one in root.iterfind(bpmn("message")) if one.get("id") == carrier.get("messageRef")), None)
    return (message.get("name"), _text(element)) if message is not None and message.get("name") else None


def _text(element: Any) -> str:
    return " ".join((element.get("name") or "").split())


def _fields(forms: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Field]]:
    for form in forms:
        for component in form.get("components", ()):
            if "components" in component:
                yield from _fields([component])
            label = next((component[name] for name in ("label", "dateLabel", "timeLabel") if component.get(name)), None)
            if (key := component.get("key")) and label:
                options = {str(option["value"]): str(option["label"]) for option in component.get("values", ())}
                yield key, Field(str(label), component.get("description"), options, component["type"] == "filepicker")
