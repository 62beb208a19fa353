"""A case is replayed years later: the calendar answers as it did, though the notices have changed since."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from engine.calendar import Calendar, RecordedCalendar

ACCEPTED = datetime(2025, 5, 16, 1, 0, tzinfo=UTC)


def questions(calendar: Calendar) -> list[object]:
    return [
        calendar.is_working(date(2025, 5, 20)),
        calendar.is_provisional(date(2025, 5, 20)),
        calendar.add(date(2025, 5, 16), 3),
        calendar.between(date(2025, 5, 16), date(2025, 5, 30)),
        calendar.limit(ACCEPTED, 5),
        calendar.shift(ACCEPTED, 2),
        calendar.shift(datetime(2025, 5, 16, 9, 0), 2),
        calendar.today(ACCEPTED),
    ]


def test_a_recorded_calendar_answers_as_the_calendar_itself() -> None:
    office = Calendar()
    assert questions(RecordedCalendar(office)) == questions(office)


def test_a_replay_gives_the_answers_of_then() -> None:
    then = RecordedCalendar(Calendar())
    answered = questions(then)
    stored = json.loads(json.dumps(then.answers))

    # Since then the office has entered that it was closed that week, and moved.
    now = Calendar(zone="UTC", closed={date(2025, 5, d) for d in (19, 20, 21)})
    assert questions(now) != answered
    replay = RecordedCalendar.replaying(stored, now)
    assert questions(replay) == answered
    assert replay.answers == stored


def test_a_replay_that_asks_something_else_can_be_told() -> None:
    then = RecordedCalendar(Calendar())
    then.add(date(2025, 5, 16), 3)
    replay = RecordedCalendar.replaying(then.answers, Calendar())
    replay.add(date(2025, 5, 16), 4)
    assert replay.answers != then.answers
    assert list(then.answers) == ["add 2025-05-16 3"]
