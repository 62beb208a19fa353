"""Checks what was sent through a form, and gives back what of it the case takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from engine.errors import FieldError, Invalid
from engine.forms import expressions
from engine.forms.data import MOST_BYTES, check_json, pointer_of
from engine.forms.filling import Filling
from engine.forms.layout import Instance
from engine.forms.messages import both
from engine.forms.patterns import PatternError
from engine.forms.rules import broken_rules
from engine.forms.schema import CHOICE_TYPES, Schema, read
from engine.forms.unknown import unknown_fields
from engine.forms.values import Fault, among

NO_FUNCTIONS: expressions.Functions = MappingProxyType({})

#: What is wrong with the id of a file that an answer names; null where nothing is.
FileFault = Callable[[str], str | None]


def validate(
    schema: Schema,
    submitted: Mapping[str, Any],
    context: Mapping[str, Any],
    *,
    functions: expressions.Functions = NO_FUNCTIONS,
    now: datetime | None = None,
    today: date | None = None,
    file_fault: FileFault | None = None,
) -> dict[str, Any]:
    """The data that a form takes.

    Every visible field is in it. A field that was not sent holds what the form showed at first: the
    case's value, the default, or nothing (``""``, ``[]``, ``false`` or null, by type). Hidden fields are left
    out; disabled and read-only ones keep the case's value whatever was sent; computed ones are computed.

    :param submitted: field values by name, nested as the form nests them
    :param context: the names that expressions see: the case's data and the facts beside it
    :param functions: host functions for expressions
    :param now: instant of ``now()`` and ``today()`` in expressions
    :param today: the office's day, for date fields that take no past dates; not checked without it
    :param file_fault: judges each id that a file field holds; without it any id is taken
    :raises Invalid: with a JSON pointer below ``/data`` and a message for each fault
    """
    answers = check_json(submitted, most_characters=MOST_BYTES, reserved=frozenset())
    components = read(schema)
    filling = Filling(components, context, answers, functions=functions, now=now)
    errors = list(unknown_fields(components, answers))
    found: list[FieldError] = []
    for each in filling.visible():
        if filling.is_open(each) and not filling.has_fault(each):
            texts = _faults(filling, each, today) or _file_faults(each, filling.values[each.path], file_fault)
            found.extend(FieldError(pointer_of("/data", each.path), text) for text in texts)
    errors += filling.faults() + found
    if errors:
        raise Invalid(both("填写有误", "some fields are wrong"), errors=errors)
    return filling.data()


def defaults(
    schema: Schema,
    context: Mapping[str, Any],
    *,
    functions: expressions.Functions = NO_FUNCTIONS,
    now: datetime | None = None,
) -> dict[str, Any]:
    """What a form shows before anything is answered; a hidden field's value too, since it may come to be seen."""
    filling = Filling(read(schema), context, {}, functions=functions, now=now)
    return filling.data(hidden=True)


def _faults(filling: Filling, instance: Instance, today: date | None) -> list[str]:
    component, value = instance.component, filling.values[instance.path]
    try:
        if component.type in CHOICE_TYPES:
            value = among(component, value, filling.options(instance))
            filling.values[instance.path] = value
        return list(
            broken_rules(component, value, lambda name: filling.evaluated(instance, component.rules.get(name)), today)
        )
    except Fault as fault:
        return [str(fault)]
    except PatternError as error:
        # Refused at upload; a form deployed before that check, or never checked, ends here.
        return [both("表单中的格式规则无效", f"the form's pattern is invalid: {error}")]


def _file_faults(instance: Instance, value: Any, fault: FileFault | None) -> list[str]:
    if fault is None or instance.component.type != "filepicker":
        return []
    ids = value if isinstance(value, list) else [] if value is None else [value]
    # One fault says it for all of the field's files.
    return [text for text in map(fault, ids) if text][:1]
