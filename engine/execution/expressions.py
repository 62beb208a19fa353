"""Everything the execution asks of FEEL: the one place that knows its interface.

A name is looked up in the element's local names, the facts of the step and the case's variables, in this
order: facts are the office's word and cannot be hidden by a form's field. Numbers are FEEL's decimals while
an expression runs; stored as JSON they become doubles where they survive that, and ``decimal:…`` strings,
read back as numbers, where they do not.
"""

from __future__ import annotations

import datetime as python
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any

from engine import feel
from engine.errors import YichuangError
from engine.execution.errors import Failure
from engine.execution.model import Step

_EXACT = re.compile(r"decimal:(-?\d+(?:\.\d+)?)")
#: Integers beyond this are not all doubles (RFC 7493 §2.2), and canonical JSON has no other numbers.
_MAX_INTEGER = 2**53 - 1
_MAX_SHOWN = 200
_MOST_INVOLVED = 10

#: What a case does must not depend on how fast a machine is: only the counted bounds decide, and processor time is a
#: backstop far beyond what they allow.
LIMITS = feel.Limits(seconds=10.0)


class Expression:
    """A designer's expression, read once."""

    __slots__ = ("parsed", "text")

    def __init__(self, text: str) -> None:
        """Read the text, as a modeler wrote it.

        :raises engine.feel.FeelError: when it is no expression
        """
        self.text = text
        self.parsed = feel.from_modeler(text)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


@lru_cache(maxsize=8192)
def expression(text: str) -> Expression:
    """The expression of that text.

    :raises engine.feel.FeelError: when it is none
    """
    return Expression(text)


class Names(Mapping[str, Any]):
    """The names that an expression sees: the first of several mappings that holds one wins."""

    __slots__ = ("_layers",)

    def __init__(self, layers: Sequence[Mapping[str, Any]]) -> None:
        """:param layers: innermost first"""
        self._layers = layers

    def get(self, name: str, default: Any = None) -> Any:
        """As of any mapping."""
        for layer in self._layers:
            if name in layer:
                # Of what is stored, which the facts are not, some numbers are text.
                return exact(layer[name]) if type(layer) is dict else layer[name]
        return default

    def __getitem__(self, name: str) -> Any:
        found = self.get(name, self)
        if found is self:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        for layer in self._layers:  # noqa: SIM110  # asked for every name of every expression
            if name in layer:
                return True
        return False

    def __iter__(self) -> Iterator[str]:
        return iter({name: None for layer in self._layers for name in layer})

    def __len__(self) -> int:
        return len({name for layer in self._layers for name in layer})


def evaluate(what: Expression, names: Mapping[str, Any], step: Step, now: python.datetime) -> Any:
    """The value of an expression, in Python's types.

    :param now: what ``now()`` gives, in the office's zone, and ``today()`` by it
    :raises Failure: when it cannot be evaluated
    """
    try:
        local = step.local_now if now is step.now else now.astimezone(step.zone)
        return what.parsed.evaluate(names, functions=step.functions, now=local, limits=LIMITS)
    except YichuangError as error:
        raise Failure(f"{what.text}: {error.detail}") from error


def test(what: Expression, names: Mapping[str, Any], step: Step) -> bool:
    """Whether a condition holds.

    :raises Failure: when it gives neither true nor false
    """
    value = evaluate(what, names, step, step.now)
    if value is True or value is False:
        return bool(value)
    raise Failure(f"the condition {what.text} gives {shown(value)}, neither true nor false{involved(what, names)}")


def involved(what: Expression, names: Mapping[str, Any]) -> str:
    """The values that an expression read, for a message; empty where it read none."""
    told = []
    for path in sorted(what.parsed.paths())[:_MOST_INVOLVED]:
        value: Any = names
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if path[0] not in feel.FUNCTION_NAMES or path[0] in names:
            told.append(f"{'.'.join(path)} = {shown(value)}")
    return f" ({', '.join(told)})" if told else ""


def shown(value: Any) -> str:
    """A value for a message, cut to a readable length."""
    text = "null" if value is None else str(to_json(value))
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


def to_json(value: Any) -> Any:
    """A value as it is stored: a copy, of JSON's types only."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict:
        return {str(key): to_json(item) for key, item in value.items()}
    if kind is list:
        return [to_json(item) for item in value]
    if kind is int:
        return value if -_MAX_INTEGER <= value <= _MAX_INTEGER else _number(Decimal(value))
    if kind is float:
        return _number(Decimal(repr(value))) if isfinite(value) else None
    if kind is Decimal:
        return _number(value)
    for base, convert in _OTHERS:
        if isinstance(value, base):
            return convert(value)
    return str(value)


def exact(value: Any) -> Any:
    """A stored value with its exact numbers as numbers again."""
    kind = type(value)
    if kind is str:
        found = _EXACT.fullmatch(value) if value.startswith("decimal:") else None
        return Decimal(found[1]) if found else value
    if kind is dict:
        return {key: exact(item) if type(item) in _MAY_BE_EXACT else item for key, item in value.items()}
    if kind is list:
        return [exact(item) for item in value]
    return value


def _number(value: Decimal) -> Any:
    if not value.is_finite():
        return None
    if value == value.to_integral_value() and abs(value) <= _MAX_INTEGER:
        return int(value)
    # A whole double beyond that bound is written without a fraction, and would be read as an integer.
    if -300 < value.adjusted() < 300 and abs(value) <= _MAX_INTEGER:
        double = float(value)
        if Decimal(repr(double)) == value:
            return double
    return f"decimal:{value:f}"


def _duration(value: python.timedelta) -> str:
    sign, value = ("-", -value) if value < python.timedelta(0) else ("", value)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{value.days}D" if value.days else ""
    second = f"{seconds}.{value.microseconds:06}".rstrip("0") if value.microseconds else str(seconds)
    time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{second}S" if second != "0" else "")
    return f"{sign}P{text}T{time}" if time else f"{sign}P{text or 'T0S'}"


_PLAIN = frozenset([str, bool, type(None)])
_MAY_BE_EXACT = frozenset([str, dict, list])
_OTHERS: list[tuple[type, Callable[[Any], Any]]] = [
    (bool, bool),
    (int, lambda value: to_json(int(value))),
    (float, lambda value: to_json(float(value))),
    (Decimal, _number),
    (python.datetime, lambda value: value.isoformat()),
    (python.date, lambda value: value.isoformat()),
    (python.time, lambda value: value.isoformat()),
    (python.timedelta, _duration),
    (Mapping, lambda value: {str(key): to_json(item) for key, item in value.items()}),
    (list, lambda value: [to_json(item) for item in value]),
    (tuple, lambda value: [to_json(item) for item in value]),
]
