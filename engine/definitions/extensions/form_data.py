"""Forms that stand in the diagram: ``camunda:formData``, read as a form-js schema, and their check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from lxml import etree

from engine import forms
from engine.definitions.examination import Examination
from engine.definitions.extensions.texts import name_of, properties

_TYPES = {
    "string": "textfield",
    "long": "number",
    "boolean": "checkbox",
    "date": "datetime",
    "enum": "select",
}
_NUMBERS = {"min": "min", "max": "max", "minlength": "minLength", "maxlength": "maxLength"}


def schema_of(form: etree._Element, element: str, examination: Examination) -> dict[str, object]:
    """The form-js schema with the same fields in the same order."""
    components: list[dict[str, object]] = []
    keys: set[str] = set()
    for field in form:
        if not isinstance(field.tag, str) or name_of(field) != "formField":
            continue
        key = (field.get("id") or "").strip()
        if not key or key in keys:
            message = "a form field has no id: name its variable" if not key else f"two form fields are called “{key}”"
            examination.error(field, "form", message)
            continue
        keys.add(key)
        components.append(_component(field, key, examination))
    schema: dict[str, object] = {"type": "default", "id": f"{element}.formData", "components": components}
    check_embedded(schema, form, examination)
    return schema


def check_embedded(schema: Mapping[str, object], node: etree._Element, examination: Examination) -> None:
    """Judge a form that stands in the diagram itself, at its place there."""
    for problem in forms.check_schema(schema, file=""):
        place = examination.place(node)
        field = f" (field {problem.element})" if problem.element else ""
        message = f"the form in the diagram{field}: {problem.message}"
        examination.findings.extend(
            [
                replace(
                    problem,
                    file=place.file,
                    line=place.line,
                    column=place.column,
                    element=place.element,
                    message=message,
                )
            ]
        )


def _component(field: etree._Element, key: str, examination: Examination) -> dict[str, object]:
    given = field.get("type") or "string"
    if given not in _TYPES:
        message = f"the field type “{given}” is not known, a text field is shown instead: use string, long, date, …"
        examination.warning(field, "form", message)
    component: dict[str, Any] = {"id": f"Field_{key}", "key": key, "type": _TYPES.get(given, "textfield")}
    component["label"] = field.get("label") or key
    if given == "date":
        component |= {"subtype": "date", "dateLabel": component["label"]}
    if given == "long":
        component["decimalDigits"] = 0
    if given == "enum":
        component["values"] = [
            {"value": value.get("id") or "", "label": value.get("name") or value.get("id") or ""}
            for value in _named(field, "value")
        ]
    default = field.get("defaultValue")
    if default:
        component["defaultValue"] = _default(default, given)
    validate = _validation(field, component, examination)
    if validate:
        component["validate"] = validate
    for holder in _named(field, "properties"):
        component["properties"] = dict(properties(iter(holder), "property"))
    return component


def _default(text: str, given: str) -> object:
    if given == "boolean":
        return text == "true"
    if given == "long" and text.lstrip("-").isdecimal() and len(text) < 16:
        return int(text)
    return text


def _validation(field: etree._Element, component: dict[str, Any], examination: Examination) -> dict[str, object]:
    validate: dict[str, object] = {}
    for holder in _named(field, "validation"):
        for constraint in _named(holder, "constraint"):
            name, config = constraint.get("name") or "", (constraint.get("config") or "").strip()
            if name == "required":
                validate["required"] = config != "false"
            elif name == "readonly":
                component["readonly"] = config != "false"
            elif name in _NUMBERS and config.lstrip("-").isdecimal() and len(config) < 16:
                validate[_NUMBERS[name]] = int(config)
            else:
                message = (
                    f"the constraint “{name}” is kept and not checked: use required, min, max, minlength, maxlength"
                )
                examination.warning(constraint, "form", message)
    return validate


def _named(node: etree._Element, name: str) -> Iterator[etree._Element]:
    return (part for part in node if isinstance(part.tag, str) and name_of(part) == name)
