"""Whole days of the office, as conditions on when cases came in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement

from engine.errors import FieldError, Invalid
from engine.office.context import Context
from engine.storage import tables

#: Years in which a day may lie: its instants in any zone are still within the calendar.
_YEARS = range(1000, 9000)


def check_day(day: date | None, pointer: str) -> None:
    """Refuse a day that no calendar has."""
    if day is not None and day.year not in _YEARS:
        raise Invalid(errors=[FieldError(pointer, f"a year from {_YEARS.start} to {_YEARS.stop - 1}")])


def received_between(context: Context, first: date | None, last: date | None) -> Iterator[ColumnElement[bool]]:
    """That a case came in from the beginning of one day to the end of another, in the office's zone."""
    zone, received = context.calendar.zone, tables.case.c.received_at
    if first is not None:
        yield received >= datetime.combine(first, time.min, zone)
    if last is not None:
        yield received < datetime.combine(last + timedelta(days=1), time.min, zone)
