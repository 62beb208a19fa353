"""Expressions that were read and compiled once, to be evaluated often and by several threads."""

from __future__ import annotations

import datetime as python
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from engine.feel import compile_basics, compile_collections, compile_functions, syntax
from engine.feel.compile_tests import QUESTION
from engine.feel.compiler import compile_node
from engine.feel.errors import FeelLimitError
from engine.feel.functions import BUILTINS
from engine.feel.host import functions_with
from engine.feel.limits import DEFAULT, Limits
from engine.feel.model import Value
from engine.feel.names import irregular_names, is_irregular
from engine.feel.parser import parse_expression, parse_unary_tests
from engine.feel.printing import print_node
from engine.feel.scope import Runtime, Scope
from engine.feel.values import PLAIN, from_feel, to_feel
from engine.feel.walk import free_names, free_paths

# Imported so that they register what they compile.
_COMPILED_BY = (compile_basics, compile_collections, compile_functions)

HostFunctions = Mapping[str, Callable[..., object]]
_TOO_DEEP = "the expression nests too deep"


class Expression:
    """A FEEL expression, or the unary tests of a decision table's cell."""

    def __init__(self, text: str, tree: syntax.Node) -> None:
        """:param text: as written; for error messages"""
        self.text = text
        self.tree = tree
        self.code = compile_node(tree)

    def __repr__(self) -> str:
        return f"<Expression {self.text!r}>"

    def __str__(self) -> str:
        """The expression as FEEL text, without the writer's layout."""
        return print_node(self.tree)

    @cached_property
    def _variables(self) -> frozenset[str]:
        return free_names(self.tree) - {QUESTION}

    def variables(self) -> frozenset[str]:
        """Names read from the context; names of functions called are among them."""
        return self._variables

    def paths(self) -> frozenset[tuple[str, ...]]:
        """What is read from the context, with the plain path into it: ``("applicant", "name")``.

        A path ends where anything but a name follows; who looks for a field must take a shorter path for
        all that lies under it.
        """
        return free_paths(self.tree)

    def evaluate(
        self,
        context: Mapping[str, Any] | None = None,
        *,
        functions: HostFunctions | None = None,
        now: python.datetime | None = None,
        limits: Limits = DEFAULT,
    ) -> Value:
        """The value in a context; see :func:`engine.feel.evaluate`."""
        runtime = Runtime(context, limits, functions_with(functions) if functions else BUILTINS, now)
        try:
            value = self.code(Scope(runtime, None, {}))
            return value if type(value) in PLAIN else from_feel(value, runtime.budget)
        except RecursionError:
            raise FeelLimitError(_TOO_DEEP) from None

    def test(
        self,
        value: object,
        context: Mapping[str, Any] | None = None,
        *,
        functions: HostFunctions | None = None,
        now: python.datetime | None = None,
        limits: Limits = DEFAULT,
    ) -> bool:
        """Whether a value passes these unary tests; what cannot be compared does not."""
        runtime = Runtime(context, limits, functions_with(functions), now)
        try:
            return self.code(Scope(runtime, None, {QUESTION: to_feel(value)})) is True
        except RecursionError:
            raise FeelLimitError(_TOO_DEEP) from None


@lru_cache(maxsize=4096)
def _expression(text: str, names: frozenset[str]) -> Expression:
    return Expression(text, parse_expression(text, names))


@lru_cache(maxsize=4096)
def _unary_tests(text: str, names: frozenset[str]) -> Expression:
    return Expression(text, parse_unary_tests(text, names))


def _irregular(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if is_irregular(name))


def parse(text: str, names: Iterable[str] = ()) -> Expression:
    """Read an expression; the same text and names give the same object again.

    :param names: names in scope that hold operators, keywords or digits apart, such as ``due-date``; others
        are recognised without
    :raises FeelSyntaxError: with the position, and what was expected there
    :raises FeelLimitError: when it is too long or nests too deep
    """
    return _expression(text, _irregular(names))


def parse_tests(text: str, names: Iterable[str] = ()) -> Expression:
    """Read a decision table's cell, such as ``< 5, [10..20]`` (DMN 1.5 §8.3.3); see :func:`parse`."""
    return _unary_tests(text, _irregular(names))


def evaluate(
    text: str | Expression,
    context: Mapping[str, Any] | None = None,
    *,
    functions: HostFunctions | None = None,
    now: python.datetime | None = None,
    limits: Limits = DEFAULT,
) -> Value:
    """The value of an expression.

    :param text: the expression, or one that was parsed
    :param context: the variables; ``int``, ``float`` and ``Decimal`` are numbers, ``datetime``'s types FEEL's
    :param functions: the host's own, by name; they win over the standard's
    :param now: what ``now()`` and ``today()`` say; without it these raise
    :param limits: the bounds; the defaults suit expressions of unknown origin
    :returns: numbers as ``Decimal``; dates, times and durations as ``datetime``'s types where these hold them
        exactly, else as FEEL's own
    :raises FeelSyntaxError: when the text is no expression
    :raises FeelLimitError: when a bound is exceeded
    :raises FeelValueError: when the context holds what FEEL has no counterpart for
    """
    if isinstance(text, Expression):
        return text.evaluate(context, functions=functions, now=now, limits=limits)
    found = _expression(text, irregular_names(context) if context else frozenset())
    return found.evaluate(context, functions=functions, now=now, limits=limits)


def unary_test(
    text: str,
    value: object,
    context: Mapping[str, Any] | None = None,
    *,
    functions: HostFunctions | None = None,
    now: python.datetime | None = None,
    limits: Limits = DEFAULT,
) -> bool:
    """Whether a value passes unary tests, in which ``?`` stands for it; parameters as :func:`evaluate`."""
    found = _unary_tests(text, irregular_names(context) if context else frozenset())
    return found.test(value, context, functions=functions, now=now, limits=limits)
