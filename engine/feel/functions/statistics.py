"""Functions over lists of numbers or of ordered values (DMN 1.5 §10.3.4.4); also given as several arguments."""

from __future__ import annotations

from decimal import Decimal

from engine.feel.comparing import less
from engine.feel.functions.registry import builtin
from engine.feel.model import Value
from engine.feel.numbers import ARITHMETIC
from engine.feel.scope import Runtime

_LIST = "list: list"
_ITEMS = "list: any*"


def _items(arguments: tuple[Value, ...]) -> list[Value]:
    """The elements, whether given as one list or one by one."""
    if len(arguments) == 1 and isinstance(arguments[0], list):
        return arguments[0]
    return list(arguments)


def _numbers(arguments: tuple[Value, ...]) -> list[Decimal] | None:
    items = _items(arguments)
    return items if all(type(item) is Decimal for item in items) else None


def _called_without(arguments: tuple[Value, ...]) -> bool:
    return not arguments or arguments == (None,)


def _extreme(arguments: tuple[Value, ...], *, largest: bool) -> Value:
    items = _items(arguments)
    if not items:
        return None
    best = items[0]
    for item in items:
        before = less(best, item) if largest else less(item, best)
        if before is None:
            return None
        if before:
            best = item
    return best


@builtin("min", _LIST, _ITEMS)
def _min(_: Runtime, *arguments: Value) -> Value:
    return _extreme(arguments, largest=False)


@builtin("max", _LIST, _ITEMS)
def _max(_: Runtime, *arguments: Value) -> Value:
    return _extreme(arguments, largest=True)


@builtin("sum", _LIST, _ITEMS)
def _sum(_: Runtime, *arguments: Value) -> Value:
    numbers = _numbers(arguments)
    if not numbers:
        return None
    total = Decimal(0)
    for number in numbers:
        total = ARITHMETIC.add(total, number)
    return total


@builtin("product", _LIST, _ITEMS)
def _product(_: Runtime, *arguments: Value) -> Value:
    numbers = _numbers(arguments)
    if not numbers:
        return None
    result = Decimal(1)
    for number in numbers:
        result = ARITHMETIC.multiply(result, number)
    return result


@builtin("mean", _LIST, _ITEMS)
def _mean(runtime: Runtime, *arguments: Value) -> Value:
    numbers = _numbers(arguments)
    return ARITHMETIC.divide(_sum(runtime, *arguments), Decimal(len(numbers))) if numbers else None


@builtin("median", _LIST, _ITEMS)
def _median(_: Runtime, *arguments: Value) -> Value:
    numbers = _numbers(arguments)
    if not numbers:
        return None
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return ARITHMETIC.divide(ARITHMETIC.add(ordered[middle - 1], ordered[middle]), Decimal(2))


@builtin("stddev", _LIST, _ITEMS)
def _stddev(runtime: Runtime, *arguments: Value) -> Value:
    """Of a sample: divided by one less than the count."""
    numbers = _numbers(arguments)
    if not numbers or len(numbers) < 2:
        return None
    mean = _mean(runtime, numbers)
    squares = Decimal(0)
    for number in numbers:
        distance = ARITHMETIC.subtract(number, mean)
        squares = ARITHMETIC.add(squares, ARITHMETIC.multiply(distance, distance))
    return ARITHMETIC.sqrt(ARITHMETIC.divide(squares, Decimal(len(numbers) - 1)))


@builtin("mode", _LIST, _ITEMS)
def _mode(_: Runtime, *arguments: Value) -> Value:
    if _called_without(arguments):
        return None
    numbers = _numbers(arguments)
    if numbers is None:
        return None
    counts: dict[Decimal, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, count in counts.items() if count == most)


@builtin("all", _LIST, _ITEMS)
def _all(_: Runtime, *arguments: Value) -> Value:
    items = _items(arguments)
    if _called_without(arguments):
        return None
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


@builtin("any", _LIST, _ITEMS)
def _any(_: Runtime, *arguments: Value) -> Value:
    items = _items(arguments)
    if _called_without(arguments):
        return None
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


@builtin("count", _LIST, _ITEMS)
def _count(_: Runtime, *arguments: Value) -> Value:
    return None if _called_without(arguments) else Decimal(len(_items(arguments)))
