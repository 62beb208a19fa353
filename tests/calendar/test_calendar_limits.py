"""Where a limit ends: from the day after acceptance, in working days, in the office's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import Calendar

CHINA = Calendar()


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00")


@pytest.mark.parametrize(
    ("accepted", "days", "ends"),
    [
        # Friday, five working days: the window is closed over the weekend.
        ("2025-05-16T16:50:00", 5, "2025-05-23T23:59:59"),
        # Accepted in the first and in the last second of one day: the same limit.
        ("2025-05-16T00:00:00", 5, "2025-05-23T23:59:59"),
        ("2025-05-16T23:59:59", 5, "2025-05-23T23:59:59"),
        # Accepted on a Saturday that is off: counted from the day after, as for every day.
        ("2025-05-17T10:00:00", 5, "2025-05-23T23:59:59"),
        # In the middle of Spring Festival.
        ("2026-02-17T09:00:00", 3, "2026-02-26T23:59:59"),
        # Over National Day, with the Saturday 11 October 2025 worked.
        ("2025-09-30T09:00:00", 3, "2025-10-11T23:59:59"),
        # Over New Year.
        ("2025-12-30T09:00:00", 3, "2026-01-05T23:59:59"),
        # The same day, for what is done at once.
        ("2025-05-16T09:00:00", 0, "2025-05-16T23:59:59"),
        ("2025-05-17T09:00:00", 0, "2025-05-19T23:59:59"),
    ],
)
def test_a_limit_ends_with_its_last_working_day(accepted: str, days: int, ends: str) -> None:
    limit = CHINA.limit(shanghai(accepted), days)
    assert limit == shanghai(ends)
    assert limit.tzinfo is UTC


def test_the_day_of_acceptance_is_that_of_the_offices_zone() -> None:
    # 17:30 UTC on Thursday is Friday 01:30 in Shanghai.
    accepted = datetime(2025, 5, 15, 17, 30, tzinfo=UTC)
    assert CHINA.today(accepted) == date(2025, 5, 16)
    assert CHINA.limit(accepted, 1) == shanghai("2025-05-19T23:59:59")
    assert Calendar(zone="Asia/Urumqi").today(datetime(2025, 5, 15, 17, 59, tzinfo=UTC)) == date(2025, 5, 15)


def test_an_office_may_end_its_day_earlier() -> None:
    office = Calendar(closes=time(17, 30))
    assert office.limit(shanghai("2025-05-16T09:00:00"), 1) == shanghai("2025-05-19T17:30:00")


@given(st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 1)), st.integers(1, 60))
def test_a_limit_gives_the_whole_of_each_working_day(accepted: datetime, days: int) -> None:
    moment = accepted.replace(tzinfo=CHINA.zone)
    last = CHINA.today(CHINA.limit(moment, days))
    assert CHINA.is_working(last)
    assert CHINA.between(accepted.date(), last) == days


def test_a_timer_keeps_the_time_of_day() -> None:
    assert CHINA.shift(shanghai("2025-09-30T09:15:00"), 3) == shanghai("2025-10-11T09:15:00")
    assert CHINA.shift(shanghai("2025-10-11T09:15:00"), -3) == shanghai("2025-09-30T09:15:00")
    # Given in UTC, where it is still the day before: counted from Shanghai's day, answered in UTC.
    moved = CHINA.shift(datetime(2025, 5, 15, 17, 30, tzinfo=UTC), 1)
    assert moved == shanghai("2025-05-19T01:30:00")
    assert moved.tzinfo is UTC
    assert CHINA.shift(datetime(2025, 5, 16, 9, 0), 1) == datetime(2025, 5, 19, 9, 0)


def test_what_has_no_place_in_time_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        CHINA.limit(datetime(2025, 5, 16, 9, 0), 5)
    with pytest.raises(ValueError, match="negative"):
        CHINA.limit(shanghai("2025-05-16T09:00:00"), -1)
    with pytest.raises(ValueError, match="Asia/Shanghai"):
        Calendar(zone="China/Nowhere")
