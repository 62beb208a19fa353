"""Values across Python's boundary.

In: ``int``, ``float`` and ``Decimal`` are numbers; ``datetime``'s types are FEEL's; mappings are contexts,
lists and tuples lists; half of a surrogate pair is U+FFFD. Out: numbers are ``Decimal``; dates and times are
``datetime``'s where those can hold them exactly, FEEL's own otherwise.
"""

from __future__ import annotations

import datetime as python
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from engine.feel.errors import FeelLimitError, FeelValueError
from engine.feel.lexer import characters
from engine.feel.limits import Budget
from engine.feel.model import FeelFunction, Offset, Range, Value
from engine.feel.numbers import from_decimal, from_float, from_int
from engine.feel.temporal import (
    NANO,
    Date,
    DateTime,
    DaysTimeDuration,
    Time,
    YearsMonthsDuration,
    zone_named,
)

_MAX_LEVELS = 100
_OWN = (Date, Time, DateTime, DaysTimeDuration, YearsMonthsDuration, Range, FeelFunction, Offset)


def to_feel(value: object, level: int = 0) -> Value:
    """A host's value as FEEL computes with it.

    :raises FeelValueError: for a type that has no counterpart
    :raises FeelLimitError: for data nested deeper than 100 levels
    """
    convert = _SCALARS.get(type(value))
    if convert is not None:
        return convert(value)
    if level > _MAX_LEVELS:
        raise FeelLimitError(f"data nested deeper than {_MAX_LEVELS} levels")
    if isinstance(value, _OWN):
        return value
    if isinstance(value, (dict, Mapping)):
        return {str(key): to_feel(item, level + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_feel(item, level + 1) for item in value]
    for kind, convert in _SUBCLASSES:
        if isinstance(value, kind):
            return convert(value)
    raise FeelValueError(f"FEEL has no counterpart for a value of type {type(value).__name__}")


def _same(value: Value) -> Value:
    return value


def _date(value: python.date) -> Date:
    return Date(value.year, value.month, value.day)


def _zone_of(value: python.time | python.datetime) -> tuple[int | None, str | None]:
    if value.tzinfo is None:
        return None, None
    key = getattr(value.tzinfo, "key", None)
    if isinstance(key, str) and zone_named(key) is not None:
        return None, key
    offset = value.utcoffset()
    return (None if offset is None else int(offset.total_seconds())), None


def _time(value: python.time | python.datetime) -> Time:
    return Time(value.hour, value.minute, value.second, value.microsecond * 1000, *_zone_of(value))


def _datetime(value: python.datetime) -> DateTime:
    # Of equal instants, those in other zones are other values, and so may be the second of two in the hour put back.
    return _converted(value, value.tzinfo, value.fold)


@lru_cache(maxsize=1024)
def _converted(value: python.datetime, zone: python.tzinfo | None, fold: int) -> DateTime:
    """An expression reads the same few instants again and again: now, the case's limit."""
    return DateTime(_date(value), _time(value))


def _duration(value: python.timedelta) -> DaysTimeDuration:
    return DaysTimeDuration(((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds) * 1000)


_SCALARS: dict[type, Callable[[Any], Value]] = {
    str: characters,
    bool: _same,
    type(None): _same,
    int: from_int,
    float: from_float,
    Decimal: from_decimal,
    python.date: _date,
    python.datetime: _datetime,
    python.time: _time,
    python.timedelta: _duration,
    Date: _same,
    Time: _same,
    DateTime: _same,
    DaysTimeDuration: _same,
    YearsMonthsDuration: _same,
}
_SUBCLASSES: list[tuple[type, Callable[[Any], Value]]] = [
    (str, str),
    (int, from_int),
    (float, from_float),
    (Decimal, from_decimal),
    (python.datetime, _datetime),
    (python.date, _date),
    (python.time, _time),
    (python.timedelta, _duration),
]


def from_feel(value: Value, budget: Budget) -> Value:
    """A result as the host sees it: nothing in it is shared with what FEEL computed with.

    :raises FeelLimitError: when the result, written out, is too large
    """
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is list:
        budget.spend(len(value))
        return [from_feel(item, budget) for item in value]
    if kind is dict:
        budget.spend(len(value))
        return {key: from_feel(item, budget) for key, item in value.items()}
    convert = _OUT.get(kind)
    return value if convert is None else convert(value)


def _out_date(value: Date) -> python.date | Date:
    return python.date(value.year, value.month, value.day) if 1 <= value.year <= 9999 else value


def _out_time(value: Time) -> python.time | Time:
    # Python's times know no offset of a named zone, as that depends on the day.
    if value.nano % 1000 or value.zone is not None:
        return value
    zone = None if value.offset is None else _fixed(value.offset)
    return python.time(value.hour, value.minute, value.second, value.nano // 1000, zone)


def _fixed(offset: int) -> python.timezone:
    return python.timezone(python.timedelta(seconds=offset)) if offset else python.UTC


def _out_datetime(value: DateTime) -> python.datetime | DateTime:
    date, time = value.date, value.time
    if time.nano % 1000 or not 1 <= date.year <= 9999:
        return value
    zone: python.tzinfo | None = None
    if time.zone is not None:
        zone = zone_named(time.zone)
    elif time.offset is not None:
        zone = _fixed(time.offset)
    return python.datetime(
        date.year, date.month, date.day, time.hour, time.minute, time.second, time.nano // 1000, zone
    )


def _out_duration(value: DaysTimeDuration) -> python.timedelta | DaysTimeDuration:
    if value.nanos % 1000 or abs(value.nanos) >= 999_999_999 * 86_400 * NANO:
        return value
    return python.timedelta(microseconds=value.nanos // 1000)


#: types of values that are the same on both sides of the boundary
PLAIN = frozenset([str, bool, type(None), Decimal])
_OUT: dict[type, Callable[[Any], Value]] = {
    Date: _out_date,
    Time: _out_time,
    DateTime: _out_datetime,
    DaysTimeDuration: _out_duration,
}
