"""Calls on the office's calendar: which days are worked, and the office's own word on it."""

from __future__ import annotations

from flask import Response

from api import answers
from api.auth import current_person
from api.calling import Calls
from api.preconditions import once
from api.schemas import inputs, queries
from api.serving import office
from engine.office.office_calendar import CalendarView
from engine.office.person import Scope

calendar = Calls(
    "calendar", __name__, about="Which days are counted in limits, and when a day ends.", scope=Scope.ADMIN
)


@calendar.call("GET", "/calendar", answers={200: CalendarView})
def read_calendar(query: queries.Calendar) -> Response:
    """Read a year of the calendar.

    Monday to Friday are worked unless `days` says otherwise. As long as a year is not `published`, every date in it is
    provisional.
    """
    return answers.json(office().calendar.list(query.year))


@calendar.call("POST", "/calendar/days", answers={200: CalendarView}, problems=("forbidden",))
def set_day(body: inputs.CalendarDay) -> Response:
    """Close a day, or have it worked.

    It overrides the published calendar. Limits and timers of the open cases that this moves are counted anew, each case
    by a step of its own (`case.recounted`).
    """
    return answers.json(
        office().calendar.set(body.date, body.kind, body.reason, by=current_person(), once=once(body.model_dump()))
    )


@calendar.call("POST", "/calendar/days/<day>/remove", answers={200: CalendarView}, problems=("forbidden", "not-found"))
def remove_day(day: str, body: inputs.Nothing) -> Response:
    """Leave a day to the published calendar again."""
    return answers.json(office().calendar.remove(day, by=current_person(), once=once(body.model_dump())))


@calendar.call("POST", "/calendar/closing", answers={200: CalendarView}, problems=("forbidden",))
def set_closing(body: inputs.Closing) -> Response:
    """Say at which time of day limits end on their last day.

    24:00 unless the office says otherwise (art. 203 of the Civil Code).
    """
    return answers.json(office().calendar.set_closing(body.at, by=current_person(), once=once(body.model_dump())))
