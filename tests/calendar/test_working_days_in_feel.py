"""Working days as a designer writes them in FEEL."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from engine import feel
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


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("friday + full_working_days(1)", "2025-05-19T23:59:59+08:00"),
        ("friday + full_working_days(0)", "2025-05-16T23:59:59+08:00"),
        # Not worked: the next day that is.
        ("now() + full_working_days(0)", "2025-05-19T23:59:59+08:00"),
        ("friday - full_working_days(1)", "2025-05-15T23:59:59+08:00"),
        ("friday + full_working_days(1, null)", "2025-05-19T23:59:59+08:00"),
        ("friday + full_working_days(1, friday)", "2025-05-16T09:15:00+08:00"),
        ("friday + full_working_days(n: 1, by: friday)", "2025-05-16T09:15:00+08:00"),
        ('friday + full_working_days(1, date and time("2025-05-18T00:00:00"))', "2025-05-18T00:00:00+08:00"),
        ('friday + full_working_days(1, date and time("2025-06-01T00:00:00Z"))', "2025-05-19T23:59:59+08:00"),
        # Friday evening in UTC is Saturday in the office.
        ('date and time("2025-05-16T20:00:00Z") + full_working_days(1)', "2025-05-19T15:59:59+00:00"),
        ('date and time("2025-05-16T09:15:00") + full_working_days(1)', "2025-05-19T23:59:59"),
        ("date(friday) + full_working_days(1)", "2025-05-19"),
        ('friday + full_working_days(1, "2025-05-18")', "None"),
        ("friday + full_working_days(null)", "None"),
    ],
)
def test_full_days_end_with_the_last_and_not_beyond_what_is_named(text: str, end: str) -> None:
    friday = datetime.fromisoformat("2025-05-16T09:15:00+08:00")
    found = feel.evaluate(text, {"friday": friday}, functions=FEEL, now=NOW.astimezone(Calendar().zone))
    assert (str(found) if found is None else found.isoformat()) == end


def test_full_days_end_when_the_office_stops_business() -> None:
    early = functions(Calendar(closes=time(17, 30)), NOW)["full_working_days"](5)
    assert early.add_to(datetime.fromisoformat("2025-05-16T09:15:00+08:00")) == datetime.fromisoformat(
        "2025-05-23T17:30:00+08:00"
    )


def test_distances_of_the_same_count_are_equal() -> None:
    assert FEEL["working_days"](5) == WorkingDays(5, Calendar(zone="UTC"))
    assert FEEL["working_days"](5) != FEEL["working_days"](6)
    assert FEEL["working_days"](5) != FEEL["full_working_days"](5)
    assert str(FEEL["working_days"](5)) == "working_days(5)"
    assert str(FEEL["full_working_days"](5)) == "full_working_days(5)"
    assert str(FEEL["full_working_days"](5, NOW)) == "full_working_days(5, 2025-05-17T01:00:00+00:00)"


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
    assert FEEL["full_working_days"](n) is None
    assert FEEL["add_working_days"](date(2025, 5, 16), n) is None


def test_what_is_no_date_gives_null() -> None:
    assert FEEL["is_working_day"]("2025-05-16") is None
    assert FEEL["add_working_days"]("2025-05-16", 1) is None
    assert FEEL["add_working_days"](date(9999, 12, 30), 5) is None


def test_what_feel_was_told_is_recorded() -> None:
    calendar = RecordedCalendar(Calendar())
    told = functions(calendar, NOW)
    told["working_days"](2).add_to(date(2025, 5, 16))
    told["is_working_day"]()
    told["full_working_days"](2).add_to(NOW)
    assert calendar.answers == {
        "add 2025-05-16 2": "2025-05-20",
        f"today {NOW.isoformat()}": "2025-05-17",
        "is_working 2025-05-17": "False",
        f"limit {NOW.isoformat()} 2": "2025-05-20T15:59:59+00:00",
    }
