"""Equality and order of FEEL's values (DMN 1.5 §10.3.2.12, tables 53 and 54), three-valued.

Values of different types are neither equal nor unequal but ``null``. Times are compared by whole seconds, as
the kit of the standard does.
"""

from __future__ import annotations

from decimal import Decimal

from engine.feel.limits import Budget
from engine.feel.model import Range, Value
from engine.feel.temporal import NANO, Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration


def equal(left: Value, right: Value, budget: Budget) -> bool | None:
    """Whether two values are equal; None when their types differ."""
    if left is right:
        return True
    if left is None or right is None:
        return False
    kind = type(left)
    if kind is not type(right):
        return None
    if kind is list:
        if len(left) != len(right):
            return False
        budget.spend(len(left))
        return all(equal(a, b, budget) is True for a, b in zip(left, right, strict=True))
    if kind is dict:
        if left.keys() != right.keys():
            return False
        budget.spend(len(left))
        return all(equal(item, right[key], budget) is True for key, item in left.items())
    if kind is Time or kind is DateTime:
        first, second = _seconds(left), _seconds(right)
        return first == second
    if kind is Range:
        return _same_range(left, right, budget)
    return bool(left == right)


def _same_range(left: Range, right: Range, budget: Budget) -> bool:
    return (
        left.operator == right.operator
        and left.start_included == right.start_included
        and left.end_included == right.end_included
        and equal(left.start, right.start, budget) is True
        and equal(left.end, right.end, budget) is True
    )


def _seconds(value: Time | DateTime) -> tuple[bool, int]:
    """Whether it is local, and whole seconds, in UTC if not."""
    offset = value.utc_offset()
    nanos = value.nanos_of_day() if isinstance(value, Time) else value.local_nanos()
    return offset is None, nanos // NANO - (offset or 0)


def less(left: Value, right: Value) -> bool | None:
    """Whether ``left`` comes before ``right``; None when they cannot be compared."""
    kind = type(left)
    if kind is not type(right):
        return None
    if kind is Decimal or kind is str:
        return bool(left < right)
    if kind is Date:
        return bool((left.year, left.month, left.day) < (right.year, right.month, right.day))
    if kind is DaysTimeDuration:
        return bool(left.nanos < right.nanos)
    if kind is YearsMonthsDuration:
        return bool(left.months < right.months)
    if kind is Time or kind is DateTime:
        (local, first), (other, second) = _seconds(left), _seconds(right)
        return first < second if local == other else None
    return None


def at_most(left: Value, right: Value) -> bool | None:
    """Whether ``left`` comes before ``right`` or is equal."""
    after = less(right, left)
    return None if after is None else not after


def compare(operator: str, left: Value, right: Value, budget: Budget) -> bool | None:
    """Any of ``= != < <= > >=``."""
    match operator:
        case "=":
            return equal(left, right, budget)
        case "!=":
            same = equal(left, right, budget)
            return None if same is None else not same
        case "<":
            return less(left, right)
        case "<=":
            return at_most(left, right)
        case ">":
            return less(right, left)
        case _:
            return at_most(right, left)


def both(left: Value, right: Value) -> bool | None:
    """Conjunction; what is not a boolean counts as null (DMN 1.5 table 50)."""
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def either(left: Value, right: Value) -> bool | None:
    """Disjunction."""
    if left is True or right is True:
        return True
    return False if left is False and right is False else None


def within(value: Value, bounds: Range, budget: Budget) -> bool | None:
    """Whether a range holds a value; None when they cannot be compared."""
    if bounds.operator in ("=", "!="):
        return compare(bounds.operator, value, bounds.end, budget)
    above: bool | None = True
    below: bool | None = True
    if bounds.start is not None:
        above = at_most(bounds.start, value) if bounds.start_included else less(bounds.start, value)
    if bounds.end is not None:
        below = at_most(value, bounds.end) if bounds.end_included else less(value, bounds.end)
    if bounds.start is None and bounds.end is None:
        return None
    return both(above, below)
