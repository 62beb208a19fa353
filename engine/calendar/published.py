"""China's public holidays and exchanged working weekends, as the State Council publishes them each year.

The days come from the package ``chinesecalendar``, a transcription of the yearly notices (国务院办公厅关于
节假日安排的通知). Which years it knows is read from its data at run time, because each release adds a year.
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from importlib.metadata import version

from chinese_calendar import holidays, workdays

#: From this day (month, day) of the last published year on, dates can still move: the notice for the
#: following year also settles the weekend and working days around New Year's Day. In the notices for
#: 2005 to 2026 the earliest such day was 29 December (2007 and 2018).
SETTLED_UNTIL = (12, 25)

_SATURDAY = 5


def published_years() -> frozenset[int]:
    """Years whose notice the package holds: those that have both New Year's Day and National Day off."""
    years = {day.year for day in holidays}
    return frozenset(year for year in years if {date(year, 1, 1), date(year, 10, 1)} <= holidays.keys())


_YEARS = published_years()


def is_published(day: date) -> bool:
    """Whether a published notice settles if that day is worked; there may be gaps before the first notice."""
    if day.year not in _YEARS:
        return False
    return (day.month, day.day) < SETTLED_UNTIL or day.year + 1 in _YEARS


def is_working(day: date) -> bool:
    """Whether the notices make it a working day; where there is none, Monday to Friday are worked."""
    if day in workdays:
        return True
    return day.weekday() < _SATURDAY and day not in holidays


def name_of(day: date) -> str | None:
    """The holiday because of which a day is off, or a weekend day worked, as the package calls it."""
    name = holidays.get(day) or workdays.get(day)
    return None if name is None else str(name)


def release() -> str:
    """Version of the package."""
    return version("chinesecalendar")


@cache
def digest() -> str:
    """What stands for all that the package says: another one means that a year was added, or a day changed."""
    days = sorted([*(f"-{day}" for day in holidays), *(f"+{day}" for day in workdays)])
    return hashlib.sha256("\n".join(days).encode()).hexdigest()[:16]
