"""FEEL's arithmetic over numbers, strings, dates, times and durations (DMN 1.5 §10.3.2.12, tables 55 to 57).

Operands that do not fit give ``null``; so do results that a number or a date cannot hold.
"""

from __future__ import annotations

import datetime as python
from decimal import ROUND_HALF_EVEN, Decimal

from engine.feel.limits import Budget
from engine.feel.model import Offset, Value
from engine.feel.numbers import ARITHMETIC, WIDE
from engine.feel.temporal import (
    DAY_NANOS,
    MIDNIGHT_UTC,
    NANO,
    Date,
    DateTime,
    DaysTimeDuration,
    OutOfRange,
    Time,
    YearsMonthsDuration,
)
from engine.feel.values import from_feel, to_feel


def add(left: Value, right: Value, budget: Budget) -> Value:
    """``left + right``."""
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return ARITHMETIC.add(left, right)
        except ArithmeticError:
            return None
    if type(left) is str and type(right) is str:
        budget.produce(len(left) + len(right))
        return left + right
    try:
        if type(right) in (Date, Time, DateTime):
            left, right = right, left
        return _later(left, right, 1, budget)
    except OutOfRange:
        return None


def subtract(left: Value, right: Value, budget: Budget) -> Value:
    """``left - right``."""
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return ARITHMETIC.subtract(left, right)
        except ArithmeticError:
            return None
    try:
        if isinstance(right, (Date, Time, DateTime)):
            return _between(right, left)
        return _later(left, right, -1, budget)
    except OutOfRange:
        return None


def _later(left: Value, right: Value, sign: int, budget: Budget) -> Value:
    if isinstance(right, DaysTimeDuration):
        if isinstance(left, (Time, DateTime)):
            return left.plus_nanos(sign * right.nanos)
        if isinstance(left, Date):
            return Date.of_number(left.number() + sign * right.nanos // DAY_NANOS)
        if isinstance(left, DaysTimeDuration):
            return DaysTimeDuration(left.nanos + sign * right.nanos)
    elif isinstance(right, YearsMonthsDuration):
        if isinstance(left, (Date, DateTime)):
            return left.plus_months(sign * right.months)
        if isinstance(left, YearsMonthsDuration):
            return YearsMonthsDuration(left.months + sign * right.months)
    elif isinstance(right, Offset) and isinstance(left, (Date, DateTime)):
        return _offset(left, right, sign, budget)
    return None


def _offset(left: Date | DateTime, right: Offset, sign: int, budget: Budget) -> Value:
    instant = from_feel(left, budget)
    if not isinstance(instant, python.date):
        return None  # beyond the host's calendar
    budget.spend(100)
    return to_feel(right.add_to(instant) if sign > 0 else right.subtract_from(instant))


def _between(start: Value, end: Value) -> Value:
    """``end - start`` of two points in time."""
    if isinstance(start, Date) and isinstance(end, Date):
        return DaysTimeDuration((end.number() - start.number()) * DAY_NANOS)
    if isinstance(start, Time) and isinstance(end, Time):
        first, second = start.utc_offset(), end.utc_offset()
        if (first is None) != (second is None):
            return None
        return DaysTimeDuration(end.nanos_of_day() - start.nanos_of_day() - ((second or 0) - (first or 0)) * NANO)
    start, end = _with_time(start, end), _with_time(end, start)
    if isinstance(start, DateTime) and isinstance(end, DateTime):
        if (start.utc_offset() is None) != (end.utc_offset() is None):
            return None
        return DaysTimeDuration(end.instant() - start.instant())
    return None


def _with_time(value: Value, other: Value) -> Value:
    """A date beside a date and time is its midnight in UTC (§10.3.2.3.6)."""
    return DateTime(value, MIDNIGHT_UTC) if isinstance(value, Date) and isinstance(other, DateTime) else value


def multiply(left: Value, right: Value) -> Value:
    """``left * right``."""
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return ARITHMETIC.multiply(left, right)
        except ArithmeticError:
            return None
    if type(left) is Decimal:
        left, right = right, left
    return _scaled(left, right, WIDE.multiply) if type(right) is Decimal else None


def divide(left: Value, right: Value) -> Value:
    """``left / right``; by zero it is null."""
    if type(right) is Decimal:
        try:
            if type(left) is Decimal:
                return ARITHMETIC.divide(left, right)
        except ArithmeticError:
            return None
        return _scaled(left, right, WIDE.divide)
    try:
        if isinstance(left, DaysTimeDuration) and isinstance(right, DaysTimeDuration):
            return ARITHMETIC.divide(Decimal(left.nanos), Decimal(right.nanos))
        if isinstance(left, YearsMonthsDuration) and isinstance(right, YearsMonthsDuration):
            return ARITHMETIC.divide(Decimal(left.months), Decimal(right.months))
    except ArithmeticError:
        pass
    return None


def _scaled(duration: Value, factor: Decimal, operation: object) -> Value:
    assert callable(operation)
    try:
        if isinstance(duration, DaysTimeDuration):
            exact = operation(Decimal(duration.nanos), factor)
            if exact.adjusted() > 40:
                return None
            return DaysTimeDuration(int(exact.to_integral_value(ROUND_HALF_EVEN)))
        if isinstance(duration, YearsMonthsDuration):
            exact = operation(Decimal(duration.months), factor)
            return None if exact.adjusted() > 40 else YearsMonthsDuration(int(exact))
    except (ArithmeticError, OutOfRange):
        pass
    return None


def power(left: Value, right: Value, budget: Budget) -> Value:
    """``left ** right``."""
    if type(left) is not Decimal or type(right) is not Decimal:
        return None
    if not right:
        return Decimal(1)
    budget.spend(1 if right == 2 else 50)
    try:
        return ARITHMETIC.power(left, right)
    except ArithmeticError:
        return None


def negate(value: Value) -> Value:
    """``-value``."""
    if type(value) is Decimal:
        return ARITHMETIC.minus(value)
    if isinstance(value, DaysTimeDuration):
        return DaysTimeDuration(-value.nanos)
    if isinstance(value, YearsMonthsDuration):
        return YearsMonthsDuration(-value.months)
    return None
