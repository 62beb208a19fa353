"""Operators and three-valued logic, by the tables of DMN 1.5 §10.3.2."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from engine import feel

D = Decimal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", D(7)),
        ("(1 + 2) * 3", D(9)),
        ("7 - 2 - 1", D(4)),
        ("2 ** 3 ** 2", D(64)),
        ("-2 ** 2", D(4)),
        ("0.1 + 0.2", D("0.3")),
        ("1 / 3", D("0.3333333333333333333333333333333333")),
        ("10 / 4", D("2.5")),
        ("1 / 0", None),
        ("0 ** 0", D(1)),
        ("(-8) ** 0.5", None),
        ("1e6144 * 10", None),
        (".5 + 00.5", D(1)),
        ("--3", D(3)),
        ('"a" + "b"', "ab"),
        ('"a" - "b"', None),
        ('"a" + 1', None),
        ("1 + null", None),
        ("-true", None),
    ],
)
def test_arithmetic(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true and true", True),
        ("true and null", None),
        ("false and null", False),
        ("null and false", False),
        ('true and "x"', None),
        ("true or null", True),
        ("null or true", True),
        ("false or null", None),
        ("false or 1", None),
        ("not(null)", None),
        ("not(false)", True),
        ("if null then 1 else 2", D(2)),
        ('if "x" then 1 else 2', D(2)),
    ],
)
def test_logic_is_three_valued(text: str, expected: object) -> None:
    assert feel.evaluate(text) is expected or feel.evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 = 1.0", True),
        ('1 = "1"', None),
        ("null = null", True),
        ("null = 1", False),
        ("1 != null", True),
        ("[1, [2]] = [1, [2]]", True),
        ("[1] = [1, 2]", False),
        ("{a: 1, b: 2} = {b: 2, a: 1}", True),
        ("{a: 1} = {a: 2}", False),
        ("[1..3] = [1..3]", True),
        ("[1..3] = [1..3)", False),
        ("(< 3) = (null..3)", False),
        ('duration("P1D") = duration("PT24H")', True),
        ('duration("P1Y") = duration("P12M")', True),
        ('duration("P1Y") = duration("P365D")', None),
        ('@"2020-01-01T12:00:00+02:00" = @"2020-01-01T10:00:00Z"', True),
        ('@"10:00:00.1" = @"10:00:00.2"', True),
        ('is(@"10:00:00Z", @"10:00:00@Etc/UTC")', False),
        ("1 < 2", True),
        ("1 < null", None),
        ('"a" < "b"', True),
        ("true < false", None),
        ('@"2020-01-01" < @"2020-01-02T00:00:00"', None),
        ('@"2020-01-01T00:00:00" < @"2020-01-01T00:00:00Z"', None),
        ("5 between 1 and 5", True),
        ("5 between 6 and null", False),
        ("5 between 1 and null", None),
        ("2 in [1..3]", True),
        ("3 in [1..3)", False),
        ("3 in ]1..3]", True),
        ("1 in ]1..3[", False),
        ("2 in (1, 2)", True),
        ("2 in (< 1, > 1)", True),
        ("2 in [[5..6], [1..3]]", True),
        ("[1] in [[1]]", True),
        ("[1] in ([2], [1])", True),
        ('"x" in "x"', True),
        ("null in [null]", True),
        ("2 in <= 2", True),
        ("2 in (!= 2)", False),
    ],
)
def test_comparison(text: str, expected: bool | None) -> None:
    assert feel.evaluate(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2020-01-31" + @"P1M"', date(2020, 2, 29)),
        ('@"2020-03-31" - @"P1M"', date(2020, 2, 29)),
        ('@"2020-02-28" + @"P2D"', date(2020, 3, 1)),
        ('@"P2D" + @"2020-02-28"', date(2020, 3, 1)),
        ('@"2020-03-01" - @"PT1H"', date(2020, 2, 29)),
        ('@"2020-03-01" - @"2020-02-28"', timedelta(days=2)),
        ('@"2020-03-01T00:00:00Z" - @"2020-02-28"', timedelta(days=2)),
        ('@"2020-03-01T00:00:00" - @"2020-02-28"', None),
        ('@"2020-03-01" + @"2020-02-28"', None),
        ('@"23:30:00" + @"PT1H"', time(0, 30)),
        ('@"10:00:00" - @"08:30:00"', timedelta(hours=1, minutes=30)),
        ('@"10:00:00+02:00" - @"10:00:00Z"', timedelta(hours=-2)),
        ('@"10:00:00" + @"P1M"', None),
        ('@"P1D" * 2.5', timedelta(hours=60)),
        ('@"P1D" / 2', timedelta(hours=12)),
        ('@"P1D" / @"PT6H"', D(4)),
        ('@"P1D" / 0', None),
        ('@"P1Y" / @"P4M"', D(3)),
        ('@"P1Y" * 0.5 = @"P6M"', True),
        ('@"P1Y" + @"P1D"', None),
        (
            '@"2021-03-27T12:00:00@Europe/Paris" + @"P1D"',
            datetime(2021, 3, 28, 13, 0, tzinfo=ZoneInfo("Europe/Paris")),
        ),
        (
            '@"2021-03-27T12:00:00@Europe/Paris" + @"P1M"',
            datetime(2021, 4, 27, 12, 0, tzinfo=ZoneInfo("Europe/Paris")),
        ),
        ('@"999999999-12-31" + @"P1D"', None),
    ],
)
def test_arithmetic_with_time(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 instance of number", True),
        ('"x" instance of number', False),
        ("null instance of number", False),
        ("null instance of Null", True),
        ("null instance of Any", False),
        ("1 instance of Any", True),
        ("1 instance of nonsense", None),
        ("[1, 2] instance of list<number>", True),
        ('[1, "x"] instance of list<number>', False),
        ("{a: 1} instance of context<a: number>", True),
        ("{b: 1} instance of context<a: number>", False),
        ("[1..2] instance of range<number>", True),
        ('@"2020-01-01" instance of date and time', False),
        ('@"P1D" instance of days and time duration', True),
        ('@"P1Y" instance of years and months duration', True),
        ("(function(a: number) a) instance of function<number> -> Any", True),
        ("(function(a: number) a) instance of function<string> -> Any", False),
    ],
)
def test_instance_of(text: str, expected: bool | None) -> None:
    assert feel.evaluate(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('date("2018-12-10").weekday', D(1)),
        ('@"2018-12-10T10:30:01".minute', D(30)),
        ('@"2018-12-10T10:30:01+05:00".time offset', timedelta(hours=5)),
        ('@"2018-07-10T10:30:01@Europe/Paris".time offset', timedelta(hours=2)),
        ('@"2018-07-10T10:30:01@Europe/Paris".timezone', "Europe/Paris"),
        ('@"2018-07-10T10:30:01".timezone', None),
        ('@"-P1DT2H".days', D(-1)),
        ('@"P1DT2H".hours', D(2)),
        ('@"P1Y3M".months', D(3)),
        ('@"P1Y".days', None),
        ("[1..2).end included", False),
        ("(> 5).start", D(5)),
        ("null.a", None),
        ('"x".a', None),
        ("[{a: 1}, {b: 2}].a", [D(1), None]),
    ],
)
def test_properties(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


def test_values_cross_the_boundary() -> None:
    beijing = timezone(timedelta(hours=8))
    given = {
        "n": 3,
        "f": 0.1,
        "d": D("1.50"),
        "when": datetime(2026, 3, 10, 9, 0, tzinfo=beijing),
        "day": date(2026, 3, 10),
        "long": timedelta(days=1),
        "rows": ({"x": 1}, {"x": 2}),
    }
    assert feel.evaluate("[n, f, d]", given) == [D(3), D("0.1"), D("1.50")]
    assert feel.evaluate("when + long", given) == datetime(2026, 3, 11, 9, 0, tzinfo=beijing)
    assert feel.evaluate("rows[x > 1].x", given) == [D(2)]
    assert feel.evaluate('@"2026-03-10T01:00:00Z"', given) == datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
    assert feel.evaluate("day", given) == date(2026, 3, 10)
    assert isinstance(feel.evaluate('@"10:00:00@Europe/Paris"'), feel.Time)
    assert str(feel.evaluate('@"P14M"')) == "P1Y2M"
    assert str(feel.evaluate('date("12345-01-01")')) == "12345-01-01"


def test_what_has_no_counterpart_is_refused() -> None:
    with pytest.raises(feel.FeelValueError, match="object"):
        feel.evaluate("x", {"x": object()})
    # What is not read is not looked at.
    assert feel.evaluate("y", {"x": object(), "y": 1}) == 1
