"""Dates, times and durations as text: XML Schema 1.1 lexical forms, and ``@zone`` (DMN 1.5 §10.3.4.1).

Readers give None for what is no such text; FEEL turns that into ``null``.
"""

from __future__ import annotations

import re

from engine.feel.temporal import (
    DAY_SECONDS,
    MIDNIGHT,
    NANO,
    Date,
    DateTime,
    DaysTimeDuration,
    OutOfRange,
    Time,
    YearsMonthsDuration,
    zone_named,
)

# At least four digits of the year, and no leading zero beyond four.
_DATE = r"(-?(?:[1-9][0-9]{3,8}|0[0-9]{3}))-([0-9]{2})-([0-9]{2})"
_TIME = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
_ZONE = r"(?:(Z)|([+-][0-9]{2}):([0-9]{2})(?::([0-9]{2}))?|@([A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*))?"

_DATE_RE = re.compile(_DATE, re.ASCII)
_TIME_RE = re.compile(_TIME + _ZONE, re.ASCII)
_DATETIME_RE = re.compile(_DATE + "T" + _TIME + _ZONE, re.ASCII)
_YEARS_MONTHS_RE = re.compile(r"(-)?P(?:([0-9]{1,12})Y)?(?:([0-9]{1,12})M)?", re.ASCII)
_DAYS_TIME_RE = re.compile(
    r"(-)?P(?:([0-9]{1,15})D)?(T(?:([0-9]{1,15})H)?(?:([0-9]{1,15})M)?(?:([0-9]{1,18})(?:\.([0-9]*))?S)?)?", re.ASCII
)


def _nano(fraction: str | None) -> int:
    return int((fraction or "0")[:9].ljust(9, "0"))


def read_date(text: str) -> Date | None:
    """``2012-12-25``; years have four digits or more, and may be negative."""
    found = _DATE_RE.fullmatch(text)
    return _date(*found.groups()) if found else None


def _date(year: str, month: str, day: str) -> Date | None:
    try:
        return Date(int(year), int(month), int(day))
    except OutOfRange:
        return None


def _time(parts: tuple[str | None, ...]) -> tuple[Time, int] | None:
    """The time, and 1 when it is 24:00:00, the midnight that ends the day."""
    hour, minute, second, fraction, utc, hours, minutes, seconds, zone = parts
    offset: int | None = None
    if utc:
        offset = 0
    elif hours is not None:
        if int(minutes or 0) > 59 or int(seconds or 0) > 59:
            return None
        offset = abs(int(hours)) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
        offset = -offset if hours.startswith("-") else offset
    elif zone is not None and zone_named(zone) is None:
        return None
    carried = 0
    clock = (int(hour or 0), int(minute or 0), int(second or 0))
    nano = _nano(fraction)
    if clock == (24, 0, 0) and nano == 0:
        clock, carried = (0, 0, 0), 1
    try:
        return Time(*clock, nano, offset, zone), carried
    except OutOfRange:
        return None


def read_time(text: str) -> Time | None:
    """``11:45:30``, with a fraction, ``Z``, an offset or ``@Europe/Paris`` after it."""
    found = _TIME_RE.fullmatch(text)
    read = _time(found.groups()) if found else None
    return read[0] if read else None


def read_datetime(text: str) -> DateTime | None:
    """A date, ``T`` and a time; a date alone is its midnight."""
    date = read_date(text)
    if date is not None:
        return DateTime(date, MIDNIGHT)
    found = _DATETIME_RE.fullmatch(text)
    if not found:
        return None
    groups = found.groups()
    date = _date(groups[0], groups[1], groups[2])
    time = _time(groups[3:])
    if date is None or time is None:
        return None
    try:
        return DateTime(Date.of_number(date.number() + time[1]) if time[1] else date, time[0])
    except OutOfRange:
        return None


def read_duration(text: str) -> DaysTimeDuration | YearsMonthsDuration | None:
    """``P1Y2M`` or ``P1DT2H3M4.5S``, with a minus before it when negative."""
    try:
        found = _YEARS_MONTHS_RE.fullmatch(text)
        if found and (found[2] or found[3]):
            months = int(found[2] or 0) * 12 + int(found[3] or 0)
            return YearsMonthsDuration(-months if found[1] else months)
        found = _DAYS_TIME_RE.fullmatch(text)
        if not found or found[3] == "T" or not (found[2] or found[3]):
            return None
        seconds = int(found[2] or 0) * DAY_SECONDS + int(found[4] or 0) * 3600 + int(found[5] or 0) * 60
        nanos = (seconds + int(found[6] or 0)) * NANO + _nano(found[7])
        return DaysTimeDuration(-nanos if found[1] else nanos)
    except OutOfRange:
        return None


def read_temporal(text: str) -> Date | Time | DateTime | DaysTimeDuration | YearsMonthsDuration | None:
    """Whatever an at-literal ``@"…"`` holds (DMN 1.5 §10.3.1.2 rule 66)."""
    return read_date(text) or read_datetime(text) or read_time(text) or read_duration(text)


def write_date(date: Date) -> str:
    """``2012-12-25``."""
    sign = "-" if date.year < 0 else ""
    return f"{sign}{abs(date.year):04d}-{date.month:02d}-{date.day:02d}"


def _fraction(nano: int) -> str:
    return f".{nano:09d}".rstrip("0") if nano else ""


def write_time(time: Time) -> str:
    """``11:45:30.5+01:00``."""
    text = f"{time.hour:02d}:{time.minute:02d}:{time.second:02d}{_fraction(time.nano)}"
    if time.zone is not None:
        return f"{text}@{time.zone}"
    if time.offset is None:
        return text
    return text + (write_offset(time.offset) if time.offset else "Z")


def write_offset(offset: int) -> str:
    """``+01:00``, and the seconds when there are any."""
    hours, rest = divmod(abs(offset), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")


def write_datetime(value: DateTime) -> str:
    """``2012-12-25T11:45:30Z``."""
    return f"{write_date(value.date)}T{write_time(value.time)}"


def write_days_time(value: DaysTimeDuration) -> str:
    """``P1DT2H``; ``PT0S`` when empty."""
    seconds, nano = divmod(abs(value.nanos), NANO)
    days, rest = divmod(seconds, DAY_SECONDS)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or nano:
        clock += f"{seconds}{_fraction(nano)}S"
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return ("-" if value.nanos < 0 else "") + "P" + (text or "T0S")


def write_years_months(value: YearsMonthsDuration) -> str:
    """``P1Y2M``; ``P0M`` when empty."""
    years, months = divmod(abs(value.months), 12)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
    return ("-" if value.months < 0 else "") + "P" + (text or "0M")
