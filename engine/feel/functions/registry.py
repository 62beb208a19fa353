"""How FEEL's built-in functions are declared, and how arguments reach them (DMN 1.5 §10.3.4).

A declaration is the function's name and its parameters as the standard writes them::

    @builtin("substring", "string: string, start position: number, length: number?")

A type may be several (``date|time``), ``any`` takes null as well; ``?`` marks what may be left out and ``*``
the last parameter of any number. Arguments that do not fit give null, so the functions below see none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.feel.model import FeelFunction, Range, Value
from engine.feel.scope import Runtime
from engine.feel.temporal import (
    MIDNIGHT_UTC,
    Date,
    DateTime,
    DaysTimeDuration,
    OutOfRange,
    Time,
    YearsMonthsDuration,
)

_KINDS: dict[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "list": list,
    "context": dict,
    "function": FeelFunction,
    "range": Range,
    "date": Date,
    "time": Time,
    "datetime": DateTime,
    "days": DaysTimeDuration,
    "months": YearsMonthsDuration,
    "null": type(None),
}

#: takes the runtime, then the arguments
Implementation = Callable[..., Value]
_MISFIT: Any = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a built-in function."""

    name: str
    kinds: frozenset[type] | None
    optional: bool
    variadic: bool

    def fit(self, value: Value) -> Value:
        """The argument as the function takes it, converted as §10.3.2.9.4 allows; or ``_MISFIT``."""
        kinds = self.kinds
        if kinds is None:
            return value
        kind = type(value)
        if kind in kinds or (FeelFunction in kinds and isinstance(value, FeelFunction)):
            return value
        if kind is list:
            if len(value) == 1 and list not in kinds:
                return self.fit(value[0])
        elif value is not None and list in kinds:
            return [value]
        elif kind is Date and DateTime in kinds:
            return DateTime(value, MIDNIGHT_UTC)
        return _MISFIT


@dataclass(frozen=True, slots=True)
class Signature:
    """One of the ways to call a function."""

    parameters: tuple[Parameter, ...]
    run: Implementation

    def arrange(self, arguments: list[Value], names: tuple[str, ...] | None) -> list[Value] | None:
        """The arguments in order and fitted; None when they do not fit."""
        if names is not None:
            return self._arrange_named(dict(zip(names, arguments, strict=True)))
        fitted: list[Value] = []
        parameters = self.parameters
        last = len(parameters) - 1
        for index, value in enumerate(arguments):
            if index > last and not (parameters and parameters[last].variadic):
                return None
            fit = parameters[min(index, last)].fit(value)
            if fit is _MISFIT:
                return None
            fitted.append(fit)
        if any(not each.optional for each in parameters[len(arguments) :]):
            return None
        return fitted

    def _arrange_named(self, given: dict[str, Value]) -> list[Value] | None:
        fitted: list[Value] = []
        for parameter in self.parameters:
            if parameter.name not in given:
                if not parameter.optional:
                    return None
                fitted.append(None)
                continue
            value = given.pop(parameter.name)
            if parameter.variadic and isinstance(value, list):
                fits = [parameter.fit(item) for item in value]
                if any(fit is _MISFIT for fit in fits):
                    return None
                fitted.extend(fits)
                continue
            fit = parameter.fit(value)
            if fit is _MISFIT:
                return None
            fitted.append(fit)
        return None if given else fitted


class Builtin(FeelFunction):
    """A function of the standard's."""

    def __init__(self, name: str) -> None:
        """Without any way to call it yet."""
        self.name = name
        self.signatures: list[Signature] = []
        #: steps that a call counts for, beside the size of its arguments
        self.cost = 2

    def call(self, runtime: Runtime, arguments: list[Value], names: tuple[str, ...] | None) -> Value:
        """The result of the first signature that the arguments fit; null when none."""
        cost = self.cost
        for value in arguments:
            kind = type(value)
            if kind is list or kind is dict:
                cost += len(value)
            elif kind is str:
                cost += len(value) // 50
        runtime.budget.spend(cost)
        for signature in self.signatures:
            fitted = signature.arrange(arguments, names)
            if fitted is not None:
                try:
                    return signature.run(runtime, *fitted)
                except (ArithmeticError, OutOfRange):
                    return None
        return None


#: all built-in functions by name
BUILTINS: dict[str, FeelFunction] = {}


def _parameters(declaration: str) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    for part in filter(None, (piece.strip() for piece in declaration.split(","))):
        name, kind = (piece.strip() for piece in part.split(":"))
        optional, variadic = kind.endswith("?"), kind.endswith("*")
        names = kind.rstrip("?*").split("|")
        kinds = None if names == ["any"] else frozenset(_KINDS[each] for each in names)
        found.append(Parameter(name, kinds, optional or variadic, variadic))
    return tuple(found)


def builtin(name: str, *declarations: str, cost: int = 2) -> Callable[[Implementation], Implementation]:
    """Declare a function, with one or several sets of parameters.

    :param cost: steps that a call counts for; more than the default for slow ones
    """

    def declare(run: Implementation) -> Implementation:
        function = BUILTINS.setdefault(name, Builtin(name))
        assert isinstance(function, Builtin)
        function.cost = max(function.cost, cost)
        function.signatures += [Signature(_parameters(each), run) for each in declarations]
        return run

    return declare
