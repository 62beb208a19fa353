"""Working days as a designer writes them in FEEL."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from engine.calendar import Calendar, RecordedCalendar, WorkingDays, functions

#: Saturday, 9:00 in Shanghai.
NOW = datetime(2025, 5, 17, 1, 0, tzinfo=UTC)
FEEL = functions(Calendar(), NOW)


def test_a_distance_leads_from_a_date_to_a_date() -> None:
    three = FEEL["working_days"](Decimal(3))
    assert three.add_to(date(2025, 9, 30)) == date(2025, 10, 11)
    assert three.subtract_from(date(2025, 10, 11)) == date(2025, 9, 30)


def test_a_distance_keeps_the_time_of_day() -> None:
    friday = datetime.fromisoformat("2025-05-16T09:15:00+08:00")
    one = FEEL["working_days"](1)
    assert one.add_to(friday) == datetime.fromisoformat("2025-05-19T09:15:00+08:00")
    assert one.subtract_from(one.add_to(friday)) == friday


def test_distances_of_the_same_count_are_equal() -> None:
    assert FEEL["working_days"](5) == WorkingDays(5, Calendar(zone="UTC"))
    assert FEEL["working_days"](5) != FEEL["working_days"](6)
    assert str(FEEL["working_days"](5)) == "working_days(5)"


def test_dates_and_dates_with_times_are_asked_about() -> None:
    assert FEEL["is_working_day"](date(2025, 9, 28)) is True
    assert FEEL["is_working_day"](date(2025, 10, 1)) is False
    # 20:00 UTC on Friday is Saturday in the office.
    assert FEEL["is_working_day"](datetime(2025, 5, 16, 20, 0, tzinfo=UTC)) is False
    assert FEEL["is_working_day"]() is False
    assert FEEL["add_working_days"](date(2025, 9, 30), Decimal("3.0")) == date(2025, 10, 11)
    assert FEEL["add_working_days"](date(2025, 10, 11), -3) == date(2025, 9, 30)


@pytest.mark.parametrize("n", ["3", None, True, Decimal("1.5"), Decimal("NaN"), Decimal("1e999"), 10**9, [3]])
def test_a_count_that_is_none_gives_null(n: object) -> None:
    assert FEEL["working_days"](n) is None
    assert FEEL["add_working_days"](date(2025, 5, 16), n) is None


def test_what_is_no_date_gives_null() -> None:
    assert FEEL["is_working_day"]("2025-05-16") is None
    assert FEEL["add_working_days"]("2025-05-16", 1) is None
    assert FEEL["add_working_days"](date(9999, 12, 30), 5) is None


def test_what_feel_was_told_is_recorded() -> None:
    calendar = RecordedCalendar(Calendar())
    feel = functions(calendar, NOW)
    feel["working_days"](2).add_to(date(2025, 5, 16))
    feel["is_working_day"]()
    assert calendar.answers == {
        "add 2025-05-16 2": "2025-05-20",
        f"today {NOW.isoformat()}": "2025-05-17",
        "is_working 2025-05-17": "False",
    }
