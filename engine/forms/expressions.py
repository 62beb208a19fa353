"""FEEL in forms: conditions, computed fields, options and rules. The one place here that knows its interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeGuard

from engine import feel
from engine.feel.syntax import Call, Name, Node
from engine.forms.data import exact_number

#: The host functions that expressions of a form may call, by name.
Functions = Mapping[str, Callable[..., Any]]


def is_expression(value: object) -> TypeGuard[str]:
    """Whether a property of the schema holds an expression, which begins with an equals sign."""
    return isinstance(value, str) and value.startswith("=")


def parse(text: str) -> feel.Expression:
    """The expression of a property (``= …``), read once.

    :raises feel.FeelError: when it is none
    """
    return feel.parse(text.removeprefix("="))


def evaluate(text: str, names: Mapping[str, Any], functions: Functions, now: datetime | None) -> Any:
    """The value of an expression, as JSON.

    :raises feel.FeelError: when it cannot be read or exceeds its bounds
    """
    return to_json(parse(text).evaluate(names, functions=functions, now=now))


def holds(text: str, names: Mapping[str, Any], functions: Functions, now: datetime | None) -> bool:
    """Whether the condition of ``conditional.hide`` or ``readonly`` holds, as form-js judges it.

    form-js takes it for a unary test of null, so one that gives null holds as well: ``= area > 100`` hides its
    field while there is no area. ``= not(…)`` of null does not.

    :raises feel.FeelError: when it cannot be read or exceeds its bounds
    """
    condition = parse(text)
    value = condition.evaluate(names, functions=functions, now=now)
    return value is True or (value is None and not _is_negation(condition.tree))


def _is_negation(tree: Node) -> bool:
    return isinstance(tree, Call) and tree.function == Name("not")


def to_json(value: Any) -> Any:
    """A value of FEEL's as a form keeps it: dates and times as ISO 8601 text, what is no double as decimal text."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float, Decimal)):
        exact = exact_number(value)
        return format(Decimal(value), "f") if exact is None else exact
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return str(value)
