"""Working days in FEEL: ``working_days(10)`` and its companions, for expressions in diagrams and forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from engine.calendar.days import MOST_WORKING_DAYS, Calendar, OutOfCalendar
from engine.feel.model import Offset

_Instant = TypeVar("_Instant", date, datetime)

_ASKS = re.compile(r"\b(\w*working_days?|case|\w+_days)\b")


@dataclass(frozen=True)
class WorkingDays(Offset):
    """A distance of so many working days: the value of ``working_days(n)``.

    From a date it leads to a date. From a date and time it keeps the time of day in the office's zone, so
    that a timer of ``working_days(1)`` set on Friday at 9:15 fires on Monday at 9:15. A limit of the law
    ends with its day instead: that is `FullWorkingDays`.
    """

    count: int
    calendar: Calendar = field(compare=False, repr=False)

    def add_to(self, instant: _Instant) -> _Instant:
        """The instant so many working days later.

        :raises OutOfCalendar: beyond the years that a date can hold
        """
        return self._moved(instant, self.count)

    def subtract_from(self, instant: _Instant) -> _Instant:
        """The instant so many working days earlier.

        :raises OutOfCalendar: beyond the years that a date can hold
        """
        return self._moved(instant, -self.count)

    def _moved(self, instant: _Instant, count: int) -> _Instant:
        if isinstance(instant, datetime):
            return self.calendar.shift(instant, count)
        return self.calendar.add(instant, count)

    def __str__(self) -> str:
        return f"working_days({self.count})"


@dataclass(frozen=True)
class FullWorkingDays(WorkingDays):
    """A distance of so many working days to the end of the last: the value of ``full_working_days(n)``.

    From a date and time it leads to where a limit of as many days ends (`Calendar.limit`). From a date it
    leads to a date.
    """

    #: What a date and time is not led beyond; aware.
    by: datetime | None = None

    def _moved(self, instant: _Instant, count: int) -> _Instant:
        if not isinstance(instant, datetime):
            return super()._moved(instant, count)
        zone = instant.tzinfo or self.calendar.zone
        begin = instant.replace(tzinfo=zone)
        # No limit runs backwards: the end of the day that lies so far back.
        back = self.calendar.shift(begin, count) if count < 0 else begin
        end = self.calendar.limit(back, max(count, 0))
        if self.by is not None:
            end = min(end, self.by)
        return end.astimezone(zone).replace(tzinfo=instant.tzinfo)

    def __str__(self) -> str:
        return f"full_working_days({self.count}{'' if self.by is None else f', {self.by.isoformat()}'})"


def functions(calendar: Calendar, now: datetime) -> Mapping[str, Callable[..., Any]]:
    """The functions that FEEL is given, by name, for one step.

    By FEEL's rules an argument of a wrong type, and a count that is no whole number or leads beyond the
    calendar, gives null.

    - ``working_days(n)``: a distance to add to or subtract from a date or a date and time
    - ``full_working_days(n, by)``: the same to the end of the last day, but not beyond the date and time
      ``by``; without ``by``, or where it is null, however far it leads
    - ``is_working_day(date)``: whether it is worked; without an argument, whether today is
    - ``add_working_days(date, n)``: the date n working days later, or earlier where n is negative

    :param now: aware instant of the step
    """

    def day_of(value: object) -> date | None:
        if isinstance(value, datetime):
            return value.date() if value.tzinfo is None else calendar.today(value)
        return value if isinstance(value, date) else None

    def working_days(n: object) -> WorkingDays | None:
        count = _whole(n)
        return None if count is None else WorkingDays(count, calendar)

    def is_working_day(date: object = now) -> bool | None:
        day = day_of(date)
        return None if day is None else calendar.is_working(day)

    def full_working_days(n: object, by: object = None) -> FullWorkingDays | None:
        count = _whole(n)
        if count is None or not (by is None or isinstance(by, datetime)):
            return None
        if by is not None and by.tzinfo is None:
            by = by.replace(tzinfo=calendar.zone)
        return FullWorkingDays(count, calendar, by)

    def add_working_days(date: object, n: object) -> date | None:
        day, count = day_of(date), _whole(n)
        if day is None or count is None:
            return None
        try:
            return calendar.add(day, count)
        except OutOfCalendar:
            return None

    return {
        "working_days": working_days,
        "full_working_days": full_working_days,
        "is_working_day": is_working_day,
        "add_working_days": add_working_days,
    }


def asks_calendar(expression: str) -> bool:
    """Whether what an expression gives may be another when the calendar changes.

    By its words: it counts working days, or reads the case, whose limit is counted in them, or a number of days
    such as ``matter.promised_days``.
    """
    return _ASKS.search(expression) is not None


def _whole(value: object) -> int | None:
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and abs(value) <= MOST_WORKING_DAYS and value % 1 == 0 else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) <= MOST_WORKING_DAYS else None
    return None
