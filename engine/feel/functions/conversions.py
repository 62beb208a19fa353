"""Conversions between types, and the boolean functions (DMN 1.5 §10.3.4.1, §10.3.4.2, §10.3.4.7)."""

from __future__ import annotations

import re
from decimal import Decimal

from engine.feel import syntax
from engine.feel.comparing import equal, less
from engine.feel.compile_collections import make_range
from engine.feel.compiler import compile_node
from engine.feel.errors import FeelSyntaxError
from engine.feel.functions.registry import builtin
from engine.feel.model import Value
from engine.feel.numbers import number_literal
from engine.feel.parser import parse_expression
from engine.feel.scope import Runtime, Scope
from engine.feel.temporal import DateTime, Time
from engine.feel.writing import write_value

_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?|-?[0-9]+\.", re.ASCII)


@builtin("number", "from: string, grouping separator: string|null?, decimal separator: string|null?", cost=5)
def _number(_: Runtime, text: str, grouping: str | None = None, point: str | None = None) -> Value:
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", "."):
        return None
    if grouping is not None:
        if grouping == point:
            return None
        text = text.replace(grouping, "")
    if point is not None and point != ".":
        if "." in text:
            return None
        text = text.replace(point, ".")
    return number_literal(text) if _NUMBER.fullmatch(text) else None


@builtin("number", "from: number")
def _number_of_number(_: Runtime, number: Decimal) -> Value:
    return number


@builtin("string", "from: any")
def _string(runtime: Runtime, value: Value) -> Value:
    return None if value is None else write_value(value, runtime.budget)


@builtin("not", "negand: any")
def _not(_: Runtime, negand: Value) -> Value:
    return not negand if isinstance(negand, bool) else None


@builtin("is", "value1: any, value2: any")
def _is(runtime: Runtime, first: Value, second: Value) -> Value:
    """Whether both are the same element of the same domain: an offset is not the zone it stands for."""
    if type(first) is not type(second):
        return False
    if isinstance(first, (Time, DateTime)):
        return bool(first == second)
    return equal(first, second, runtime.budget) is True


_RANGE_START = re.compile(r"\s*\(\s*\.\.")
_RANGE_END = re.compile(r"\.\.\s*[)\[]\s*$")


@builtin("range", "from: string", cost=200)
def _range(runtime: Runtime, text: str) -> Value:
    """A range of literals, written as one: ``"[18..21)"``, ``"[18..)"``, ``"(..21)"``."""
    if len(text) > 1000:
        return None
    # An open end may be left out here, though not in an expression.
    text = _RANGE_END.sub("..null)", _RANGE_START.sub("(null..", text))
    try:
        node = parse_expression(text)
    except FeelSyntaxError:
        return None
    if not isinstance(node, syntax.Interval) or not (_is_literal(node.start) and _is_literal(node.end)):
        return None
    scope = Scope(runtime, None, {})
    start, end = compile_node(node.start)(scope), compile_node(node.end)(scope)
    if (start is None and end is None) or less(end, start):
        return None
    return make_range(start, end, node.start_included, node.end_included)


def _is_literal(node: syntax.Node) -> bool:
    match node:
        case syntax.Literal() | syntax.AtLiteral():
            return True
        case syntax.Negate(operand):
            return isinstance(operand, syntax.Literal)
        case syntax.Call(syntax.Name("date" | "time" | "date and time" | "duration"), (syntax.Literal(),), None):
            return True
    return False
