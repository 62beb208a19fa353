"""What a path reads: entries of contexts, and the properties of dates, durations and ranges (DMN 1.5 table 65)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.limits import Budget
from engine.feel.model import Range, Value
from engine.feel.temporal import NANO, Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration


def read_property(value: Value, name: str, budget: Budget) -> Value:
    """``value.name``: of a list, that of each element; null where there is none."""
    kind = type(value)
    if kind is dict:
        return value.get(name)
    if kind is list:
        budget.spend(len(value) + 1)
        return [read_property(item, name, budget) for item in value]
    reader = _PROPERTIES.get(kind, _NONE).get(name)
    return None if reader is None else reader(value)


def _signed(total: int, unit: int, modulus: int | None) -> Decimal:
    part = abs(total) // unit
    if modulus is not None:
        part %= modulus
    return Decimal(-part if total < 0 else part)


def _offset(value: Time | DateTime) -> DaysTimeDuration | None:
    offset = value.utc_offset()
    return None if offset is None else DaysTimeDuration(offset * NANO)


_Readers = dict[str, Callable[[Any], Value]]
_NONE: _Readers = {}
_DATE: _Readers = {
    "year": lambda date: Decimal(date.year),
    "month": lambda date: Decimal(date.month),
    "day": lambda date: Decimal(date.day),
    "weekday": lambda date: Decimal(date.weekday()),
}
_TIME: _Readers = {
    "hour": lambda time: Decimal(time.hour),
    "minute": lambda time: Decimal(time.minute),
    "second": lambda time: Decimal(time.second),
    "time offset": _offset,
    "timezone": lambda time: time.zone,
}


def _part(reader: Callable[[Any], Value], of: str) -> Callable[[Any], Value]:
    return lambda value: reader(getattr(value, of))


_PROPERTIES: dict[type, _Readers] = {
    Date: _DATE,
    Time: _TIME,
    DateTime: {
        **{name: _part(reader, "date") for name, reader in _DATE.items()},
        **{name: _part(reader, "time") for name, reader in _TIME.items()},
        "time offset": _offset,
    },
    DaysTimeDuration: {
        "days": lambda length: _signed(length.nanos, 86_400 * NANO, None),
        "hours": lambda length: _signed(length.nanos, 3600 * NANO, 24),
        "minutes": lambda length: _signed(length.nanos, 60 * NANO, 60),
        "seconds": lambda length: _signed(length.nanos, NANO, 60),
    },
    YearsMonthsDuration: {
        "years": lambda length: _signed(length.months, 12, None),
        "months": lambda length: _signed(length.months, 1, 12),
    },
    Range: {
        "start": lambda bounds: bounds.start,
        "end": lambda bounds: bounds.end,
        "start included": lambda bounds: bounds.start_included,
        "end included": lambda bounds: bounds.end_included,
    },
}
