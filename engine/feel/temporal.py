"""FEEL's dates, times and durations (DMN 1.5 §10.3.2.3.4 to §10.3.2.3.8).

Python's own types end at the year 9999 and at the microsecond, and know no duration in months, so FEEL
computes with these; ``values`` converts at the boundary. Fractions of a second are kept in nanoseconds.
Not for reading or writing them as text: see ``temporal_text``.
"""

from __future__ import annotations

import datetime as python
from dataclasses import dataclass, replace
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: the largest year on both sides of zero
MAX_YEAR = 999_999_999
NANO = 1_000_000_000
DAY_SECONDS = 86_400
DAY_NANOS = DAY_SECONDS * NANO
#: the largest offset from UTC, in seconds
MAX_OFFSET = 18 * 3600
#: the largest duration, in nanoseconds: the whole range of years and back
MAX_NANOS = 2 * MAX_YEAR * 366 * DAY_NANOS
MAX_MONTHS = 2 * MAX_YEAR * 12

# 400 Gregorian years repeat exactly: rules of time zones beyond Python's years are taken from there.
_CYCLE_YEARS = 400
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class OutOfRange(Exception):
    """A date or duration beyond what FEEL can hold; becomes ``null``."""


@lru_cache(maxsize=256)
def zone_named(name: str) -> ZoneInfo | None:
    """The IANA time zone of that name, or None."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def is_leap(year: int) -> bool:
    """Whether the proleptic Gregorian year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Days in the month (1 to 12)."""
    return 29 if month == 2 and is_leap(year) else _MONTH_LENGTHS[month - 1]


def day_number(year: int, month: int, day: int) -> int:
    """Days since 0000-03-01 of the proleptic Gregorian calendar."""
    if month <= 2:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 1


def day_of_number(number: int) -> tuple[int, int, int]:
    """Year, month and day of a day number: the inverse of :func:`day_number`."""
    era, rest = divmod(number, 146_097)
    year_of_era = (rest - rest // 1460 + rest // 36_524 - rest // 146_096) // 365
    day_of_year = rest - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day


@dataclass(frozen=True, slots=True)
class DaysTimeDuration:
    """A days and time duration: an exact length in nanoseconds."""

    nanos: int

    def __post_init__(self) -> None:
        if abs(self.nanos) > MAX_NANOS:
            raise OutOfRange


@dataclass(frozen=True, slots=True)
class YearsMonthsDuration:
    """A years and months duration, in months. Python has no such type, so FEEL hands this one out."""

    months: int

    def __post_init__(self) -> None:
        if abs(self.months) > MAX_MONTHS:
            raise OutOfRange

    def __str__(self) -> str:
        from engine.feel.temporal_text import write_years_months

        return write_years_months(self)


@dataclass(frozen=True, slots=True)
class Date:
    """A date of the proleptic Gregorian calendar."""

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        if abs(self.year) > MAX_YEAR or not 1 <= self.month <= 12:
            raise OutOfRange
        if not 1 <= self.day <= month_length(self.year, self.month):
            raise OutOfRange

    def number(self) -> int:
        """Its day number."""
        return day_number(self.year, self.month, self.day)

    @classmethod
    def of_number(cls, number: int) -> Date:
        """The date of a day number."""
        return cls(*day_of_number(number))

    def weekday(self) -> int:
        """1 is Monday, 7 is Sunday (ISO 8601)."""
        return (self.number() + 2) % 7 + 1

    def plus_months(self, months: int) -> Date:
        """That many months later; the day is cut to the length of the month."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        if abs(year) > MAX_YEAR:
            raise OutOfRange
        return Date(year, month + 1, min(self.day, month_length(year, month + 1)))

    def __str__(self) -> str:
        from engine.feel.temporal_text import write_date

        return write_date(self)


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day: local, at an offset from UTC in seconds, or in a named zone."""

    hour: int
    minute: int
    second: int
    nano: int = 0
    offset: int | None = None
    zone: str | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.hour < 24 and 0 <= self.minute < 60 and 0 <= self.second < 60 and 0 <= self.nano < NANO):
            raise OutOfRange
        if self.offset is not None and abs(self.offset) > MAX_OFFSET:
            raise OutOfRange

    def nanos_of_day(self) -> int:
        """Nanoseconds since midnight."""
        return (self.hour * 3600 + self.minute * 60 + self.second) * NANO + self.nano

    def utc_offset(self) -> int | None:
        """Seconds ahead of UTC; a zone's on 1 January 2000, as a time alone has no day."""
        if self.zone is not None:
            return zone_offset(self.zone, Date(2000, 1, 1), self)
        return self.offset

    def plus_nanos(self, nanos: int) -> Time:
        """Later by a length, around the clock."""
        return time_of_nanos((self.nanos_of_day() + nanos) % DAY_NANOS, self.offset, self.zone)

    def __str__(self) -> str:
        from engine.feel.temporal_text import write_time

        return write_time(self)


def time_of_nanos(nanos: int, offset: int | None = None, zone: str | None = None) -> Time:
    """The time so many nanoseconds after midnight."""
    seconds, nano = divmod(nanos, NANO)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return Time(hour, minute, second, nano, offset, zone)


def zone_offset(zone: str, date: Date, time: Time) -> int:
    """Seconds that the named zone is ahead of UTC at its local date and time."""
    info = zone_named(zone)
    if info is None:
        return 0
    year = date.year if 1 < date.year < 9999 else 2000 + date.year % _CYCLE_YEARS
    moment = python.datetime(year, date.month, date.day, time.hour, time.minute, time.second, tzinfo=info)
    found = info.utcoffset(moment)
    return 0 if found is None else int(found.total_seconds())


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date and a time of day, local, at an offset, or in a zone."""

    date: Date
    time: Time

    def utc_offset(self) -> int | None:
        """Seconds ahead of UTC on that day, None when local."""
        if self.time.zone is not None:
            return zone_offset(self.time.zone, self.date, self.time)
        return self.time.offset

    def local_nanos(self) -> int:
        """Nanoseconds on the local clock since day number 0."""
        return self.date.number() * DAY_NANOS + self.time.nanos_of_day()

    def instant(self) -> int:
        """Nanoseconds in UTC since day number 0; a local one is read as if it were UTC."""
        return self.local_nanos() - (self.utc_offset() or 0) * NANO

    def plus_nanos(self, nanos: int) -> DateTime:
        """Later by an exact length, in the same offset or zone."""
        zone, offset = self.time.zone, self.time.offset
        if zone is None:
            return datetime_of_nanos(self.local_nanos() + nanos, offset)
        instant = self.instant() + nanos
        first = datetime_of_nanos(instant + (self.utc_offset() or 0) * NANO, None, zone)
        # Across a change of the clocks the guess is off by the change: once more with the offset found there.
        second = datetime_of_nanos(instant + (first.utc_offset() or 0) * NANO, None, zone)
        return second if second.instant() == instant else first

    def plus_months(self, months: int) -> DateTime:
        """The same time of day, months later."""
        return replace(self, date=self.date.plus_months(months))

    def __str__(self) -> str:
        from engine.feel.temporal_text import write_datetime

        return write_datetime(self)


def datetime_of_nanos(nanos: int, offset: int | None = None, zone: str | None = None) -> DateTime:
    """The date and time so many nanoseconds, on the local clock, after day number 0."""
    days, rest = divmod(nanos, DAY_NANOS)
    return DateTime(Date.of_number(days), time_of_nanos(rest, offset, zone))


MIDNIGHT = Time(0, 0, 0)
MIDNIGHT_UTC = Time(0, 0, 0, 0, 0)
