"""List functions (DMN 1.5 §10.3.4.4), and sorting (§10.3.4.8)."""

from __future__ import annotations

from decimal import Decimal

from engine.feel.comparing import equal, less
from engine.feel.functions.registry import builtin
from engine.feel.limits import Budget
from engine.feel.model import FeelFunction, Value
from engine.feel.numbers import to_integer, truncated
from engine.feel.scope import Runtime
from engine.feel.temporal import Date, DaysTimeDuration, YearsMonthsDuration

# What Python's own equality and hash tell apart as FEEL does.
_HASHED = frozenset([Decimal, str, bool, type(None), Date, DaysTimeDuration, YearsMonthsDuration])


def same(left: Value, right: Value, budget: Budget) -> bool:
    """Equality within lists: of different types is unequal."""
    return equal(left, right, budget) is True


@builtin("list contains", "list: list, element: any")
def _list_contains(runtime: Runtime, items: list[Value], element: Value) -> Value:
    return any(same(item, element, runtime.budget) for item in items)


@builtin("sublist", "list: list, start position: number, length: number?")
def _sublist(_: Runtime, items: list[Value], position: Decimal, length: Decimal | None = None) -> Value:
    start = _index(position, len(items))
    if start is None or start >= len(items):
        return None
    if length is None:
        return items[start:]
    count = truncated(length)
    return None if count is None or count < 0 or start + count > len(items) else items[start : start + count]


def _index(position: Decimal, length: int) -> int | None:
    """The offset of a position from 1, or from -1 backwards; None at 0 or before the list."""
    number = to_integer(position)
    if number is None or number == 0 or number < -length:
        return None
    return number - 1 if number > 0 else length + number


@builtin("append", "list: list, item: any*")
def _append(_: Runtime, items: list[Value], *more: Value) -> Value:
    return [*items, *more]


@builtin("concatenate", "list: list*")
def _concatenate(_: Runtime, *lists: list[Value]) -> Value:
    return [item for items in lists for item in items] if lists else None


@builtin("insert before", "list: list, position: number, newItem: any")
def _insert_before(_: Runtime, items: list[Value], position: Decimal, new: Value) -> Value:
    index = _index(position, len(items))
    if index is None or index > len(items):
        return None
    return [*items[:index], new, *items[index:]]


@builtin("remove", "list: list, position: number")
def _remove(_: Runtime, items: list[Value], position: Decimal) -> Value:
    index = _index(position, len(items))
    if index is None or index >= len(items):
        return None
    return [*items[:index], *items[index + 1 :]]


@builtin("list replace", "list: list, position: number, newItem: any")
def _list_replace(_: Runtime, items: list[Value], position: Decimal, new: Value) -> Value:
    index = _index(position, len(items))
    if index is None or index >= len(items):
        return None
    return [*items[:index], new, *items[index + 1 :]]


@builtin("list replace", "list: list, match: function, newItem: any")
def _list_replace_matching(runtime: Runtime, items: list[Value], match: FeelFunction, new: Value) -> Value:
    replaced: list[Value] = []
    for item in items:
        chosen = runtime.call(match, [item, new])
        if not isinstance(chosen, bool):
            return None
        replaced.append(new if chosen else item)
    return replaced


@builtin("reverse", "list: list")
def _reverse(_: Runtime, items: list[Value]) -> Value:
    return items[::-1]


@builtin("index of", "list: list, match: any")
def _index_of(runtime: Runtime, items: list[Value], match: Value) -> Value:
    return [Decimal(index) for index, item in enumerate(items, 1) if same(item, match, runtime.budget)]


@builtin("union", "list: list*")
def _union(runtime: Runtime, *lists: list[Value]) -> Value:
    return _distinct([item for items in lists for item in items], runtime.budget) if lists else None


@builtin("distinct values", "list: list")
def _distinct_values(runtime: Runtime, items: list[Value]) -> Value:
    return _distinct(items, runtime.budget)


def _distinct(items: list[Value], budget: Budget) -> list[Value]:
    seen: set[tuple[type, Value]] = set()
    others: list[Value] = []
    kept: list[Value] = []
    for item in items:
        kind = type(item)
        if kind in _HASHED:
            if (kind, item) not in seen:
                seen.add((kind, item))
                kept.append(item)
            continue
        budget.spend(len(others))
        if not any(same(item, other, budget) for other in others):
            others.append(item)
            kept.append(item)
    return kept


@builtin("flatten", "list: list")
def _flatten(runtime: Runtime, items: list[Value]) -> Value:
    flat: list[Value] = []
    waiting = [iter(items)]
    while waiting:
        for item in waiting[-1]:
            runtime.budget.spend(1)
            if isinstance(item, list):
                waiting.append(iter(item))
                break
            flat.append(item)
        else:
            waiting.pop()
    return flat


@builtin("sort", "list: list, precedes: function?")
def _sort(runtime: Runtime, items: list[Value], precedes: FeelFunction | None = None) -> Value:
    """Stable; without a function, by the order of the values themselves."""

    def before(left: Value, right: Value) -> bool:
        runtime.budget.spend(1)
        held = less(left, right) if precedes is None else runtime.call(precedes, [left, right])
        if not isinstance(held, bool):
            raise ArithmeticError("not an order")
        return held

    class Ordered:
        __slots__ = ("value",)

        def __init__(self, value: Value) -> None:
            self.value = value

        def __lt__(self, other: Ordered) -> bool:
            return before(self.value, other.value)

    return [each.value for each in sorted(map(Ordered, items))]
