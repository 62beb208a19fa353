"""A calendar that remembers what it answered, so that a replay gives the same dates for ever.

The published days change: a new year is published, an office closes for a storm. A step that asked the
calendar keeps the answers in its history entry, and its replay is given these and not today's calendar's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Self

from engine.calendar.days import Calendar


class RecordedCalendar(Calendar):
    """A calendar whose every answer is kept in `answers`, from question to answer, both as text."""

    def __init__(self, calendar: Calendar) -> None:
        """Answer as the calendar does, and remember."""
        # Taken over rather than checked again: one is made for each step, and most steps ask it nothing.
        self.zone, self.closes = calendar.zone, calendar.closes
        self.closed, self.worked = calendar.closed, calendar.worked
        self._calendar = calendar
        #: ``{"add 2026-09-30 3": "2026-10-12"}``; JSON-ready, dates and instants in ISO 8601.
        self.answers: dict[str, str] = {}

    @classmethod
    def replaying(cls, answers: Mapping[str, str], calendar: Calendar) -> Self:
        """Answer from an earlier recording.

        A question that was not asked then is answered by the calendar and recorded too, so that
        `answers` differs from what was given exactly when the replay asked something else.
        """
        replay = cls(calendar)
        replay.answers.update(answers)
        return replay

    def is_working(self, day: date) -> bool:
        """As `Calendar.is_working`."""
        return self._answer(f"is_working {day}", lambda: str(self._calendar.is_working(day))) == "True"

    def is_provisional(self, day: date) -> bool:
        """As `Calendar.is_provisional`."""
        return self._answer(f"is_provisional {day}", lambda: str(self._calendar.is_provisional(day))) == "True"

    def add(self, day: date, working_days: int) -> date:
        """As `Calendar.add`."""
        return date.fromisoformat(
            self._answer(f"add {day} {working_days}", lambda: self._calendar.add(day, working_days).isoformat())
        )

    def between(self, start: date, end: date) -> int:
        """As `Calendar.between`."""
        return int(self._answer(f"between {start} {end}", lambda: str(self._calendar.between(start, end))))

    def limit(self, accepted_at: datetime, working_days: int) -> datetime:
        """As `Calendar.limit`."""
        return datetime.fromisoformat(
            self._answer(
                f"limit {accepted_at.isoformat()} {working_days}",
                lambda: self._calendar.limit(accepted_at, working_days).isoformat(),
            )
        )

    def shift(self, instant: datetime, working_days: int) -> datetime:
        """As `Calendar.shift`."""
        shifted = datetime.fromisoformat(
            self._answer(
                f"shift {instant.isoformat()} {working_days}",
                lambda: self._calendar.shift(instant, working_days).isoformat(),
            )
        )
        return shifted if instant.tzinfo is None else shifted.astimezone(instant.tzinfo)

    def today(self, now: datetime) -> date:
        """As `Calendar.today`."""
        return date.fromisoformat(
            self._answer(f"today {now.isoformat()}", lambda: self._calendar.today(now).isoformat())
        )

    def _answer(self, question: str, ask: Callable[[], str]) -> str:
        if question not in self.answers:
            self.answers[question] = ask()
        return self.answers[question]
