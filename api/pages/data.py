"""A case's data as people read it: the labels of the forms that asked for it, in place of variable names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from api.pages.diagrams import Field
from api.pages.look import language, t

#: Under this name a case's data says which of the matter's materials came in at the window, by their names.
RECEIVED = "received_materials"


_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Line:
    """One value of a case's data, or of an input, ready to show."""

    label: str
    value: str
    #: Whether a form named it; the others are a designer's variables.
    known: bool
    #: Name of the step that left it, where that was undone by going back since; the data stays as it is.
    undone: str = ""


def lines(data: Mapping[str, Any], fields: Mapping[str, Field], undone: Mapping[str, str] = _NONE) -> list[Line]:
    """The data's values in their order, what forms named first; empty ones are left out.

    :param undone: the names of the steps, undone since, that left values, by the keys of these.
    """
    found = [
        replace(line, undone=undone.get(key, "")) for key, value in data.items() for line in _lines(key, value, fields)
    ]
    return sorted(found, key=lambda line: not line.known)


def _lines(key: str, value: Any, fields: Mapping[str, Field]) -> Iterator[Line]:
    if value is None or value in ("", [], {}):
        return
    field = fields.get(key)
    label = field.named(language()) if field else t("data.received") if key == RECEIVED else key
    options = field.choices(language()) if field else {}
    yield Line(label, _shown(value, options, fields), field is not None or key == RECEIVED)


def _shown(value: Any, options: Mapping[str, str], fields: Mapping[str, Field]) -> str:
    if isinstance(value, bool):
        return t("data.yes") if value else t("data.no")
    if isinstance(value, list):
        return t("data.separator").join(_shown(item, options, fields) for item in value)
    if isinstance(value, dict):
        parts = (line for key, item in value.items() for line in _lines(key, item, fields))
        return t("data.separator").join(f"{part.label} {part.value}" for part in parts)
    return options.get(str(value), str(value))
