"""Closures for lists, contexts, ranges, filters, loops and quantifiers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from engine.feel import syntax
from engine.feel.comparing import less
from engine.feel.compiler import compile_node, compiles
from engine.feel.limits import Budget
from engine.feel.model import Range, Value
from engine.feel.numbers import to_integer
from engine.feel.scope import Code, Scope
from engine.feel.temporal import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.walk import free_names, size

_ENDPOINTS = frozenset([Decimal, str, Date, Time, DateTime, DaysTimeDuration, YearsMonthsDuration])


@compiles(syntax.ListOf)
def _list(node: syntax.ListOf) -> Code:
    items = [compile_node(item) for item in node.items]
    return lambda scope: [item(scope) for item in items]


@compiles(syntax.Context)
def _context(node: syntax.Context) -> Code:
    entries = [(name, compile_node(value)) for name, value in node.entries]
    if len({name for name, _ in entries}) < len(entries):
        return lambda _: None  # a key twice (DMN 1.5 §10.3.2.6)

    def code(scope: Scope) -> dict[str, Value]:
        values: dict[str, Value] = {}
        inner = scope.inner(values)  # an entry sees those before it
        for name, value in entries:
            values[name] = value(inner)
        return values

    return code


def make_range(start: Value, end: Value, start_included: bool, end_included: bool) -> Range | None:
    """The range between two endpoints; None when they are not of one ordered type."""
    known = {type(endpoint) for endpoint in (start, end) if endpoint is not None}
    if len(known) > 1 or not known <= _ENDPOINTS:
        return None
    return Range(start, end, start_included and start is not None, end_included and end is not None)


@compiles(syntax.Interval)
def _interval(node: syntax.Interval) -> Code:
    start, end = compile_node(node.start), compile_node(node.end)
    first, last = node.start_included, node.end_included
    return lambda scope: make_range(start(scope), end(scope), first, last)


def operator_range(operator: str, endpoint: Value) -> Range | None:
    """``(< 10)`` as a range."""
    if type(endpoint) not in _ENDPOINTS and operator not in ("=", "!="):
        return None
    match operator:
        case "<" | "<=":
            return Range(None, endpoint, False, operator == "<=", operator)
        case ">" | ">=":
            return Range(endpoint, None, operator == ">=", False, operator)
        case "=":
            return Range(endpoint, endpoint, True, True, operator)
        case _:
            return Range(None, endpoint, False, False, operator)


@compiles(syntax.OperatorTest)
def _operator_test(node: syntax.OperatorTest) -> Code:
    endpoint, operator = compile_node(node.endpoint), node.operator
    return lambda scope: operator_range(operator, endpoint(scope))


@compiles(syntax.Filter)
def _filter(node: syntax.Filter) -> Code:
    base, condition = compile_node(node.base), compile_node(node.condition)
    cost = size(node.condition)
    if isinstance(node.condition, (syntax.Literal, syntax.Negate)):
        return lambda scope: filtered(base(scope), condition, scope, cost, position=condition(scope))
    return lambda scope: filtered(base(scope), condition, scope, cost)


def filtered(base: Value, condition: Code, scope: Scope, cost: int, position: Value = None) -> Value:
    """The element at a position, or the elements for which the condition holds (DMN 1.5 §10.3.2.5).

    A condition that is neither number, boolean nor null makes the whole null.
    """
    if base is None:
        return None
    items = base if type(base) is list else [base]
    if type(position) is Decimal:
        return element_at(items, position)
    budget = scope.runtime.budget
    if not items:
        outer = condition(scope)
        return None if type(outer) is Decimal else []
    kept: list[Value] = []
    for index, item in enumerate(items):
        budget.spend(cost)
        holds = condition(item_scope(item, scope))
        if holds is True:
            kept.append(item)
        elif holds is not False and holds is not None:
            return element_at(items, holds) if index == 0 and type(holds) is Decimal else None
    return kept


def item_scope(item: Value, scope: Scope) -> Scope:
    """Where a filter's condition is evaluated: ``item``, and the entries of a context, which win."""
    variables: dict[str, Value] = {"item": item}
    if type(item) is dict:
        variables.update(item)
    return scope.inner(variables)


def element_at(items: list[Value], position: Decimal) -> Value:
    """The element at a position from 1, or from -1 backwards; null outside the list."""
    index = to_integer(position)
    if index is None or index == 0 or abs(index) > len(items):
        return None
    return items[index - 1] if index > 0 else items[index]


# Loops -------------------------------------------------------------------------------------------------------


def iterated(source: Value, budget: Budget) -> list[Value] | Iterator[Value] | None:
    """What a loop over a value goes through; None when it cannot be gone through."""
    if type(source) is list:
        return source
    if isinstance(source, Range):
        if source.operator is not None or not (source.start is not None and source.end is not None):
            return None
        if less(source.end, source.start):
            return None
        return counted(source.start, source.end, budget, source.start_included, source.end_included)
    return None if source is None else [source]


def counted(
    start: Value, end: Value, budget: Budget, start_included: bool = True, end_included: bool = True
) -> Iterator[Value] | None:
    """Whole numbers or days from one to the other, downwards too; None for anything else."""
    make: Callable[[int], Value]
    if type(start) is Decimal and type(end) is Decimal:
        first, last = to_integer(start), to_integer(end)
        make = Decimal
    elif isinstance(start, Date) and isinstance(end, Date):
        first, last = start.number(), end.number()
        make = Date.of_number
    else:
        return None
    if first is None or last is None:
        return None
    step = 1 if last >= first else -1
    first += 0 if start_included else step
    last -= 0 if end_included else step
    numbers = range(first, last + step, step)
    budget.spend(len(numbers))
    return map(make, numbers)


class _Loop:
    """The iterations of a loop or quantifier, nested in the order written."""

    __slots__ = ("_cost", "_parts")

    def __init__(self, iterations: tuple[syntax.Iteration, ...], body: syntax.Node) -> None:
        self._parts = [
            (each.name, compile_node(each.source), None if each.end is None else compile_node(each.end))
            for each in iterations
        ]
        self._cost = size(body) + 1

    def run(self, scope: Scope, visit: Callable[[Scope], bool]) -> bool:
        """Visit each combination until a visit says stop; False when a source cannot be gone through."""
        return self._run(0, scope, visit) is not None

    def _run(self, index: int, scope: Scope, visit: Callable[[Scope], bool]) -> bool | None:
        if index == len(self._parts):
            scope.runtime.budget.spend(self._cost)
            return visit(scope)
        name, source, end = self._parts[index]
        budget = scope.runtime.budget
        first = source(scope)
        items = iterated(first, budget) if end is None else counted(first, end(scope), budget)
        if items is None:
            return None
        for item in items:
            going = self._run(index + 1, scope.inner({name: item}), visit)
            if going is not True:
                return going
        return True


@compiles(syntax.For)
def _for(node: syntax.For) -> Code:
    loop, body = _Loop(node.iterations, node.body), compile_node(node.body)
    uses_partial = "partial" in free_names(node.body)

    def code(scope: Scope) -> list[Value] | None:
        results: list[Value] = []
        budget = scope.runtime.budget

        def visit(inner: Scope) -> bool:
            if uses_partial:
                # A copy: what the body keeps of it must not grow behind its back.
                budget.spend(len(results))
                inner = inner.inner({"partial": list(results)})
            results.append(body(inner))
            return True

        return results if loop.run(scope, visit) else None

    return code


@compiles(syntax.Quantified)
def _quantified(node: syntax.Quantified) -> Code:
    loop, condition = _Loop(node.iterations, node.condition), compile_node(node.condition)
    decisive = node.quantifier == "some"

    def code(scope: Scope) -> bool | None:
        result: bool | None = not decisive

        def visit(inner: Scope) -> bool:
            nonlocal result
            holds = condition(inner)
            if holds is decisive:
                result = decisive
                return False
            if holds is not (not decisive):
                result = None
            return True

        return result if loop.run(scope, visit) else None

    return code
