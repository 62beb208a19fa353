"""Functions that make dates, times and durations, or look at them (DMN 1.5 §10.3.4.1, §10.3.4.6, §10.3.4.11)."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from engine.feel.errors import FeelError
from engine.feel.functions.registry import builtin
from engine.feel.model import Value
from engine.feel.numbers import to_integer
from engine.feel.scope import Runtime
from engine.feel.temporal import (
    MIDNIGHT_UTC,
    NANO,
    Date,
    DateTime,
    DaysTimeDuration,
    Time,
    YearsMonthsDuration,
    day_number,
)
from engine.feel.temporal_text import read_date, read_datetime, read_duration, read_time
from engine.feel.values import to_feel

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@builtin("date", "from: string", cost=10)
def _date_of_text(_: Runtime, text: str) -> Value:
    return read_date(text)


@builtin("date", "from: date")
def _date_of_date(_: Runtime, value: Date) -> Value:
    return value


@builtin("date", "from: datetime")
def _date_of_datetime(_: Runtime, value: DateTime) -> Value:
    return value.date


@builtin("date", "year: number, month: number, day: number")
def _date(_: Runtime, year: Decimal, month: Decimal, day: Decimal) -> Value:
    parts = [to_integer(part) for part in (year, month, day)]
    if parts[0] is None or parts[1] is None or parts[2] is None:
        return None
    return Date(parts[0], parts[1], parts[2])


@builtin("time", "from: string", cost=10)
def _time_of_text(_: Runtime, text: str) -> Value:
    return read_time(text)


@builtin("time", "from: time")
def _time_of_time(_: Runtime, value: Time) -> Value:
    return value


@builtin("time", "from: date")
def _time_of_date(_: Runtime, value: Date) -> Value:
    return MIDNIGHT_UTC


@builtin("time", "from: datetime")
def _time_of_datetime(_: Runtime, value: DateTime) -> Value:
    return value.time


@builtin("time", "hour: number, minute: number, second: number, offset: days|null?")
def _time(_: Runtime, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTimeDuration | None = None) -> Value:
    hours, minutes = to_integer(hour), to_integer(minute)
    if hours is None or minutes is None or not 0 <= second < 60:
        return None
    whole = second.to_integral_value(ROUND_DOWN)
    shift = None if offset is None else int(Decimal(offset.nanos) / NANO)
    return Time(hours, minutes, int(whole), int((second - whole) * NANO), shift)


@builtin("date and time", "from: string", cost=10)
def _datetime_of_text(_: Runtime, text: str) -> Value:
    return read_datetime(text)


@builtin("date and time", "from: datetime")
def _datetime_of_datetime(_: Runtime, value: DateTime) -> Value:
    return value


@builtin("date and time", "date: date, time: time")
def _datetime(_: Runtime, date: Date, time: Time) -> Value:
    return DateTime(date, time)


@builtin("date and time", "date: datetime, time: time")
def _datetime_of_both(_: Runtime, date: DateTime, time: Time) -> Value:
    return DateTime(date.date, time)


@builtin("duration", "from: string", cost=10)
def _duration(_: Runtime, text: str) -> Value:
    return read_duration(text)


@builtin("duration", "from: days|months")
def _duration_of_duration(_: Runtime, value: DaysTimeDuration | YearsMonthsDuration) -> Value:
    return value


@builtin("years and months duration", "from: date|datetime, to: date|datetime")
def _years_and_months(_: Runtime, start: Date | DateTime, end: Date | DateTime) -> Value:
    """Whole months from one to the other, towards zero."""
    first = start.date if isinstance(start, DateTime) else start
    last = end.date if isinstance(end, DateTime) else end
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return YearsMonthsDuration(months)


@builtin("now", "", cost=10)
def _now(runtime: Runtime) -> Value:
    if runtime.now is None:
        raise FeelError("now() and today() are not known here: the expression is evaluated without a time")
    return to_feel(runtime.now)


@builtin("today", "", cost=10)
def _today(runtime: Runtime) -> Value:
    return _now(runtime).date


def _day(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@builtin("day of year", "date: date|datetime")
def _day_of_year(_: Runtime, date: Date | DateTime) -> Value:
    day = _day(date)
    return Decimal(day.number() - day_number(day.year, 1, 1) + 1)


@builtin("day of week", "date: date|datetime")
def _day_of_week(_: Runtime, date: Date | DateTime) -> Value:
    return _DAYS[_day(date).weekday() - 1]


@builtin("month of year", "date: date|datetime")
def _month_of_year(_: Runtime, date: Date | DateTime) -> Value:
    return _MONTHS[_day(date).month - 1]


@builtin("week of year", "date: date|datetime")
def _week_of_year(_: Runtime, date: Date | DateTime) -> Value:
    """ISO 8601: week 1 is the one of the year's first Thursday."""
    day = _day(date)
    thursday = Date.of_number(day.number() + 4 - day.weekday())
    return Decimal((thursday.number() - day_number(thursday.year, 1, 1)) // 7 + 1)
