"""Closures for literals, names, paths, logic, comparison and arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.feel import arithmetic, syntax
from engine.feel.comparing import at_most, both, compare, either, equal, less
from engine.feel.compiler import compile_node, compiles
from engine.feel.limits import Budget
from engine.feel.model import Value
from engine.feel.properties import read_property
from engine.feel.scope import Code, Scope
from engine.feel.temporal_text import read_temporal
from engine.feel.types import instance_of
from engine.feel.values import to_feel


def constant(value: Value) -> Code:
    """A closure that always gives the same value."""
    return lambda _: value


@compiles(syntax.Literal)
def _literal(node: syntax.Literal) -> Code:
    return constant(node.value)


@compiles(syntax.AtLiteral)
def _at_literal(node: syntax.AtLiteral) -> Code:
    return constant(read_temporal(node.text))


@compiles(syntax.Name)
def _name(node: syntax.Name) -> Code:
    name = node.name

    def code(scope: Scope) -> Value:
        variables = scope.variables
        if name in variables:
            return variables[name]
        frame = scope.parent
        while frame is not None:
            variables = frame.variables
            if name in variables:
                return variables[name]
            frame = frame.parent
        return scope.outside(name)

    return code


@compiles(syntax.Path)
def _path(node: syntax.Path) -> Code:
    steps: list[str] = []
    base: syntax.Node = node
    while isinstance(base, syntax.Path):
        steps.append(base.name)
        base = base.base
    steps.reverse()
    if isinstance(base, syntax.Name):
        return _named_path(base.name, tuple(steps))
    start = compile_node(base)

    def code(scope: Scope) -> Value:
        return _follow(start(scope), steps, scope)

    return code


def _follow(value: Value, steps: list[str] | tuple[str, ...], scope: Scope) -> Value:
    for step in steps:
        value = value.get(step) if type(value) is dict else read_property(value, step, scope.runtime.budget)
    return value


def _named_path(name: str, steps: tuple[str, ...]) -> Code:
    key = (name, *steps)

    def code(scope: Scope) -> Value:
        frame: Scope | None = scope
        while frame is not None:
            variables = frame.variables
            if name in variables:
                return _follow(variables[name], steps, scope)
            frame = frame.parent
        # Of the host's data only what the path leads to is converted, not all that lies beside it.
        runtime = scope.runtime
        found = runtime.paths.get(key, runtime)
        if found is not runtime:
            return found
        raw: object = runtime.context.get(name)
        if type(raw) is not dict:
            return _follow(scope.outside(name), steps, scope)
        for index, step in enumerate(steps):
            if type(raw) is not dict:
                found = _follow(to_feel(raw), steps[index:], scope)
                break
            raw = raw.get(step)
        else:
            found = to_feel(raw)
        runtime.paths[key] = found
        return found

    return code


@compiles(syntax.And)
def _and(node: syntax.And) -> Code:
    left, right = compile_node(node.left), compile_node(node.right)

    def code(scope: Scope) -> bool | None:
        first = left(scope)
        if first is False:
            return False
        return both(first, right(scope))

    return code


@compiles(syntax.Or)
def _or(node: syntax.Or) -> Code:
    left, right = compile_node(node.left), compile_node(node.right)

    def code(scope: Scope) -> bool | None:
        first = left(scope)
        if first is True:
            return True
        return either(first, right(scope))

    return code


_ORDERS: dict[str, Callable[[Value, Value], bool | None]] = {
    "<": less,
    "<=": at_most,
    ">": lambda left, right: less(right, left),
    ">=": lambda left, right: at_most(right, left),
}


@compiles(syntax.Comparison)
def _comparison(node: syntax.Comparison) -> Code:
    left = compile_node(node.left)
    if isinstance(node.right, syntax.Literal):
        return compare_constant(node.operator, left, node.right.value)
    right = compile_node(node.right)
    operator = node.operator
    if operator == "=":
        return lambda scope: equal(left(scope), right(scope), scope.runtime.budget)
    if operator == "!=":
        return lambda scope: compare("!=", left(scope), right(scope), scope.runtime.budget)
    order = _ORDERS[operator]
    return lambda scope: order(left(scope), right(scope))


def compare_constant(operator: str, left: Code, other: Value) -> Code:
    """A comparison with a literal, by far the most frequent one: its type is known beforehand."""
    kind = type(other)
    if operator in ("=", "!="):
        wanted = operator == "="
        if other is None:
            return lambda scope: (left(scope) is None) is wanted

        def equality(scope: Scope) -> bool | None:
            value = left(scope)
            if type(value) is kind:
                return (value == other) is wanted
            return (not wanted) if value is None else None

        return equality
    if kind is not Decimal:
        order = _ORDERS[operator]
        return lambda scope: order(left(scope), other)
    # One closure an operator: a call saved in each comparison.
    if operator == "<":

        def ordered(scope: Scope) -> bool | None:
            value = left(scope)
            return bool(value < other) if type(value) is Decimal else None

    elif operator == "<=":

        def ordered(scope: Scope) -> bool | None:
            value = left(scope)
            return bool(value <= other) if type(value) is Decimal else None

    elif operator == ">":

        def ordered(scope: Scope) -> bool | None:
            value = left(scope)
            return bool(value > other) if type(value) is Decimal else None

    else:

        def ordered(scope: Scope) -> bool | None:
            value = left(scope)
            return bool(value >= other) if type(value) is Decimal else None

    return ordered


@compiles(syntax.Between)
def _between(node: syntax.Between) -> Code:
    value, low, high = compile_node(node.value), compile_node(node.low), compile_node(node.high)

    def code(scope: Scope) -> bool | None:
        tested = value(scope)
        return both(at_most(low(scope), tested), at_most(tested, high(scope)))

    return code


@compiles(syntax.If)
def _if(node: syntax.If) -> Code:
    condition, yes, no = compile_node(node.condition), compile_node(node.yes), compile_node(node.no)
    return lambda scope: yes(scope) if condition(scope) is True else no(scope)


@compiles(syntax.InstanceOf)
def _instance_of(node: syntax.InstanceOf) -> Code:
    value, kind = compile_node(node.value), node.type
    return lambda scope: instance_of(value(scope), kind, scope.runtime.types)


@compiles(syntax.Negate)
def _negate(node: syntax.Negate) -> Code:
    if isinstance(node.operand, syntax.Literal):
        return constant(arithmetic.negate(node.operand.value))
    operand = compile_node(node.operand)
    return lambda scope: arithmetic.negate(operand(scope))


_OPERATIONS: dict[str, Callable[[Value, Value, Budget], Value]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": lambda left, right, _: arithmetic.multiply(left, right),
    "/": lambda left, right, _: arithmetic.divide(left, right),
    "**": arithmetic.power,
}


@compiles(syntax.Arithmetic)
def _arithmetic(node: syntax.Arithmetic) -> Code:
    left, right = compile_node(node.left), compile_node(node.right)
    operation = _OPERATIONS[node.operator]
    return lambda scope: operation(left(scope), right(scope), scope.runtime.budget)
