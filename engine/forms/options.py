"""What can be chosen in a radio, select, checklist or taglist: fixed, from the data, or by an expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.forms.places import same


@dataclass(frozen=True)
class Option:
    """One choice."""

    value: Any
    label: str


def normalise(raw: object) -> tuple[Option, ...]:
    """Options from a list of plain values or of ``{label, value}``; what is neither is passed over."""
    if not isinstance(raw, list):
        return ()
    found = (_option(item) for item in raw)
    return tuple(option for option in found if option is not None)


def chosen(options: tuple[Option, ...], value: Any) -> Option | None:
    """The option with the value; a page's plain text also stands for the number or truth value it spells."""
    for option in options:
        if same(option.value, value):
            return option
    if isinstance(value, str):
        spelled = [option for option in options if not isinstance(option.value, str) and _spell(option.value) == value]
        if len(spelled) == 1:
            return spelled[0]
    return None


def _option(item: object) -> Option | None:
    if isinstance(item, (str, int, float, bool)):
        return Option(item, _spell(item)) if item != "" else None
    if not isinstance(item, Mapping):
        return None
    label, value = item.get("label"), item.get("value")
    if value is None:
        value = label
    if value is None or value == "":
        return None
    return Option(value, label if isinstance(label, str) and label else _spell(value))


def _spell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
