"""Working days and the limits that are counted in them.

Not for the clock (instants are given) and not for durations in hours, which FEEL has by itself.
"""

from engine.calendar.days import Calendar, OutOfCalendar
from engine.calendar.expressions import WorkingDays, asks_calendar, functions
from engine.calendar.recorded import RecordedCalendar

__all__ = ["Calendar", "OutOfCalendar", "RecordedCalendar", "WorkingDays", "asks_calendar", "functions"]
