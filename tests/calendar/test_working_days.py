"""Working days of China as the State Council published them, and counting in them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import Calendar, OutOfCalendar
from engine.calendar.published import published_years

CHINA = Calendar()
#: Storm on a Monday, a decree that has a Sunday worked.
LOCAL = Calendar(closed={date(2025, 7, 14)}, worked={date(2025, 7, 20)})

# From the notices on holidays of 2024, 2025 and 2026, Spring Festival and National Day.
OFF = [
    (date(2024, 2, 10), date(2024, 2, 17)),
    (date(2024, 10, 1), date(2024, 10, 7)),
    (date(2025, 1, 28), date(2025, 2, 4)),
    (date(2025, 10, 1), date(2025, 10, 8)),
    (date(2026, 2, 15), date(2026, 2, 23)),
    (date(2026, 10, 1), date(2026, 10, 7)),
]
EXCHANGED = [
    date(2024, 2, 4), date(2024, 2, 18), date(2024, 9, 29), date(2024, 10, 12),
    date(2025, 1, 26), date(2025, 2, 8), date(2025, 9, 28), date(2025, 10, 11),
    date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10),
]  # fmt: skip


@pytest.mark.parametrize(("first", "last"), OFF)
def test_holidays_are_off_also_on_weekdays(first: date, last: date) -> None:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert not any(CHINA.is_working(day) for day in days)
    assert CHINA.between(first - timedelta(days=1), last) == 0


@pytest.mark.parametrize("day", EXCHANGED)
def test_exchanged_weekend_days_are_worked(day: date) -> None:
    assert day.weekday() >= 5
    assert CHINA.is_working(day)


@pytest.mark.parametrize(
    ("day", "count", "then"),
    [
        # Friday before the National Day week of 2024: the Sunday 29 September is worked.
        (date(2024, 9, 27), 1, date(2024, 9, 29)),
        (date(2024, 9, 30), 1, date(2024, 10, 8)),
        (date(2024, 9, 30), 5, date(2024, 10, 12)),
        # Spring Festival 2026, counted from inside it.
        (date(2026, 2, 18), 1, date(2026, 2, 24)),
        (date(2026, 2, 18), -1, date(2026, 2, 14)),
        # Over New Year: 1 January 2025 was a Wednesday off.
        (date(2024, 12, 31), 1, date(2025, 1, 2)),
        (date(2025, 1, 2), -1, date(2024, 12, 31)),
        (date(2025, 12, 31), 1, date(2026, 1, 4)),
        # The statutory 20 working days of art. 42 from 26 September 2025.
        (date(2025, 9, 26), 20, date(2025, 10, 30)),
        (date(2025, 5, 17), 0, date(2025, 5, 17)),
    ],
)
def test_counting_over_holidays(day: date, count: int, then: date) -> None:
    assert CHINA.add(day, count) == then


def test_the_offices_own_days_correct_the_published_ones() -> None:
    friday = date(2025, 7, 11)
    assert CHINA.add(friday, 1) == date(2025, 7, 14)
    assert LOCAL.add(friday, 1) == date(2025, 7, 15)
    assert LOCAL.add(date(2025, 7, 18), 1) == date(2025, 7, 20)


def test_a_day_cannot_be_closed_and_worked() -> None:
    with pytest.raises(ValueError, match="2025-07-14"):
        Calendar(closed={date(2025, 7, 14)}, worked={date(2025, 7, 14)})


def test_an_unpublished_year_is_said_to_be_provisional() -> None:
    last = max(published_years())
    assert last >= 2026
    assert not CHINA.is_provisional(date(last, 12, 24))
    # The notice for the next year settles the days around New Year's Day.
    assert CHINA.is_provisional(date(last, 12, 25))
    assert not CHINA.is_provisional(date(last - 1, 12, 31))
    beyond = date(last + 1, 10, 1)
    assert CHINA.is_provisional(beyond)
    assert CHINA.is_working(beyond) == (beyond.weekday() < 5)
    assert CHINA.is_provisional(date(1999, 10, 1))


def test_a_count_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(OutOfCalendar, match="at most"):
        CHINA.add(date(2026, 1, 1), 1_000_000)
    with pytest.raises(OutOfCalendar, match="beyond"):
        CHINA.add(date(9999, 12, 30), 5)
    with pytest.raises(OutOfCalendar, match="at most"):
        CHINA.between(date(1, 1, 1), date(9999, 1, 1))


DAYS = st.dates(date(2003, 6, 1), date(2029, 6, 1))
COUNTS = st.integers(-260, 260)
CALENDARS = st.sampled_from([CHINA, LOCAL])


def worked_list(calendar: Calendar, day: date, far: int) -> list[date]:
    """The worked days among the `far` days after the day (before it, where negative), nearest first."""
    step = 1 if far > 0 else -1
    return [d for n in range(step, far + step, step) if calendar.is_working(d := day + timedelta(days=n))]


@given(CALENDARS, DAYS, COUNTS)
def test_add_is_the_nth_of_the_days_written_down(calendar: Calendar, day: date, count: int) -> None:
    if count == 0:
        assert calendar.add(day, 0) == day
    else:
        far = 3 * count + (60 if count > 0 else -60)
        assert calendar.add(day, count) == worked_list(calendar, day, far)[abs(count) - 1]


@given(CALENDARS, DAYS, DAYS)
def test_between_is_the_length_of_the_days_written_down(calendar: Calendar, start: date, end: date) -> None:
    days = (end - start).days
    written = worked_list(calendar, start, days) if days else []
    assert calendar.between(start, end) == (len(written) if days >= 0 else -len(written))


@given(CALENDARS, DAYS, COUNTS)
def test_between_undoes_add(calendar: Calendar, day: date, count: int) -> None:
    assert calendar.between(day, calendar.add(day, count)) == count


@given(CALENDARS, DAYS, COUNTS)
def test_add_there_and_back_from_a_working_day(calendar: Calendar, day: date, count: int) -> None:
    start = calendar.add(day, 1)
    assert calendar.add(calendar.add(start, count), -count) == start


@given(CALENDARS, DAYS, st.integers(0, 120), st.integers(0, 120), st.sampled_from([1, -1]))
def test_counts_of_one_direction_add_up(calendar: Calendar, day: date, first: int, second: int, sign: int) -> None:
    steps = calendar.add(calendar.add(day, sign * first), sign * second)
    assert steps == calendar.add(day, sign * (first + second))


@given(CALENDARS, DAYS, st.integers(0, 40), COUNTS)
def test_add_is_monotone(calendar: Calendar, day: date, later: int, count: int) -> None:
    assert calendar.add(day, count) <= calendar.add(day + timedelta(days=later), count)
    assert calendar.add(day, count) < calendar.add(day, count + 1) or not calendar.is_working(day)
    assert calendar.add(day, count) <= calendar.add(day, count + 1)
