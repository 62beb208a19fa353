"""The tree a FEEL expression is read into (DMN 1.5 §10.3.1.2). Plain values: no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of an expression."""


# Types -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NamedType:
    """``number``, ``date and time``, or an item definition's name."""

    name: str


@dataclass(frozen=True, slots=True)
class ListType:
    """``list<T>``."""

    item: TypeNode


@dataclass(frozen=True, slots=True)
class RangeType:
    """``range<T>``."""

    item: TypeNode


@dataclass(frozen=True, slots=True)
class ContextType:
    """``context<a: T, …>``."""

    entries: tuple[tuple[str, TypeNode], ...]


@dataclass(frozen=True, slots=True)
class FunctionType:
    """``function<T, …> -> R``."""

    parameters: tuple[TypeNode, ...]
    result: TypeNode


TypeNode: TypeAlias = NamedType | ListType | RangeType | ContextType | FunctionType


# Expressions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, string, boolean or ``null``."""

    value: Decimal | str | bool | None


@dataclass(frozen=True, slots=True)
class AtLiteral(Node):
    """``@"2012-12-25"``."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable; its inner white space is single blanks."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """``base.name``."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """``base[condition]``."""

    base: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function invocation; ``names`` are the parameters' when given by name."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Negate(Node):
    """``-operand``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """``+ - * / **``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """``= != < <= > >=``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class And(Node):
    """Conjunction, three-valued."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Disjunction, three-valued."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``value between low and high``."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """``value in test`` or ``value in (test, …)``."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """``value instance of type``."""

    value: Node
    type: TypeNode


@dataclass(frozen=True, slots=True)
class If(Node):
    """``if condition then yes else no``."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Iteration:
    """``name in source``, or ``name in source..end``."""

    name: str
    source: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    """``for iterations return body``."""

    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """``some`` or ``every iterations satisfies condition``."""

    quantifier: str
    iterations: tuple[Iteration, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class Function(Node):
    """``function(parameters) body``; an external one, whose code is not FEEL's, is never run."""

    parameters: tuple[tuple[str, TypeNode | None], ...]
    body: Node
    external: bool = False


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Context(Node):
    """``{a: 1, "b c": 2}``."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """``[a..b]``, ``(a..b)`` and their kin."""

    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class OperatorTest(Node):
    """``< 10``: a unary test, or in parentheses a range."""

    operator: str
    endpoint: Node


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    """The tests of a decision table's cell; no tests at all is ``-``, which always holds."""

    tests: tuple[Node, ...]
    negated: bool = False
