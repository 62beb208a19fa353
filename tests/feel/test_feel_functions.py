"""The built-in functions, by the tables of DMN 1.5 §10.3.4."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from engine import feel

D = Decimal


def rows(table: str) -> list[tuple[str, str]]:
    """Lines of ``expression -> expression`` that must evaluate to the same."""
    return [
        (left.strip(), right.strip())
        for line in table.strip().splitlines()
        for left, _, right in [line.partition(" -> ")]
    ]


def same(left: str, right: str) -> None:
    found, expected = feel.evaluate(left), feel.evaluate(right)
    assert found == expected and type(found) is type(expected), f"{left} gives {found!r}"


@pytest.mark.parametrize(
    ("left", "right"),
    rows(
        r"""
        substring("foobar", 3) -> "obar"
        substring("foobar", 3, 3) -> "oba"
        substring("foobar", -2, 1) -> "a"
        substring("\U01F40Eab", 2) -> "ab"
        substring("foobar", 0) -> null
        string length("横綱") -> 2
        upper case("aBc4") -> "ABC4"
        lower case("aBc4") -> "abc4"
        substring before("foobar", "bar") -> "foo"
        substring before("foobar", "xyz") -> ""
        substring after("foobar", "ob") -> "ar"
        substring after("foobar", "") -> "foobar"
        replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") -> "[1=ab][2=]cd"
        replace("abracadabra", "a.*?a", "*") -> "*c*bra"
        replace("abc", "[a-z]", "#", "") -> "###"
        replace("abc", "B", "#", "i") -> "a#c"
        replace("abc", "x*", "#") -> null
        replace("abc", "b", "$") -> null
        replace("abc", "b", "\\$") -> "a$c"
        replace("a.c", ".", "#", "q") -> "a#c"
        contains("foobar", "of") -> false
        starts with("foobar", "fo") -> true
        ends with("foobar", "r") -> true
        matches("foobar", "^fo*bar") -> true
        matches("foobar", "FO") -> false
        matches("foobar", "FO", "i") -> true
        matches("a\nb", "a.b") -> false
        matches("a\nb", "a.b", "s") -> true
        matches("a\nb", "^b", "m") -> true
        matches("hello world", "hello\ sworld", "x") -> true
        matches("hello world", "\p{ IsBasicLatin}+", "x") -> true
        matches("x", "x", "z") -> null
        matches("x", "[") -> null
        matches("x", "(?i)X") -> null
        matches("abab", "^(ab)\1$") -> true
        matches("abba", "^(ab)\1$") -> false
        matches("aA", "(a)\1", "i") -> true
        matches("x", "\1(x)") -> null
        matches("e", "[a-z-[aeiou]]") -> false
        matches("d", "[a-z-[aeiou]]") -> true
        matches("5", "[\d-[3-7]]") -> false
        matches("横", "\p{L}") -> true
        matches("横", "\p{IsCJKUnifiedIdeographs}") -> true
        matches("a", "\P{L}") -> false
        matches("-", "\w") -> false
        split("John Doe", "\s") -> ["John", "Doe"]
        split("a;b;c;;", ";") -> ["a", "b", "c", "", ""]
        string join(["a", "b", null, "c"], "_and_") -> "a_and_b_and_c"
        string join(["a"], null) -> "a"
        string join([], "X") -> ""
        string join(["a", "b"], ",", "<", ">") -> "<a,b>"
        string join([1], ",") -> null
        string(1.10) -> "1.10"
        string(1e3) -> "1000"
        string(null) -> null
        string([1, "a", {b: null}]) -> "[1, \"a\", {b: null}]"
        string({"a b": 1, "1": @"P1D"}) -> "{\"a b\": 1, \"1\": P1D}"
        string(@"2020-01-01T10:00:00.500Z") -> "2020-01-01T10:00:00.5Z"
        string([1..2)) -> "[1..2)"
        number("1 000,5", " ", ",") -> 1000.5
        number("1,000.5", ",", ".") -> 1000.5
        number("1,000.5", ".", ".") -> null
        number("12") -> 12
        number("abc", null, null) -> null
        """
    ),
)
def test_strings(left: str, right: str) -> None:
    same(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    rows(
        """
        decimal(1/3, 2) -> 0.33
        decimal(1.5, 0) -> 2
        decimal(2.5, 0) -> 2
        decimal(1234, -2) -> 1200
        floor(-1.5) -> -2
        floor(-1.56, 1) -> -1.6
        ceiling(1.5) -> 2
        ceiling(1.51, 1) -> 1.6
        round up(5.5, 0) -> 6
        round up(-1.121, 2) -> -1.13
        round down(-1.126, 2) -> -1.12
        round half up(5.5, 0) -> 6
        round half up(-5.5, 0) -> -6
        round half down(5.5, 0) -> 5
        round half down(5.501, 0) -> 6
        round down(5.5, 6176) -> 5.5
        round down(5.5, 6177) -> null
        round down(5.5, -6112) -> null
        abs(@"-P1D") -> @"P1D"
        abs("1") -> null
        abs([-1]) -> 1
        modulo(-10.1, 4.5) -> 3.4
        modulo(10.1, -4.5) -> -3.4
        modulo(1, 0) -> null
        sqrt(16) -> 4
        sqrt(-1) -> null
        log(1) -> 0
        log(0) -> null
        exp(0) -> 1
        odd(5) -> true
        odd(-2) -> false
        even(0) -> true
        even(2.5) -> false
        """
    ),
)
def test_numbers(left: str, right: str) -> None:
    same(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    rows(
        """
        list contains([1, null], null) -> true
        count([1, null]) -> 2
        count([]) -> 0
        count(null) -> null
        min([3, 1, 2]) -> 1
        min(3, 1) -> 1
        min("b", "a") -> "a"
        min([]) -> null
        max([1, "a"]) -> null
        max(@"2020-01-01", @"2021-01-01") -> @"2021-01-01"
        sum([1, 2, 3]) -> 6
        sum(1, 2) -> 3
        sum([]) -> null
        sum([1, "2"]) -> null
        mean([1, 2, 6]) -> 3
        product([2, 3]) -> 6
        median([6, 1, 2, 3]) -> 2.5
        median([8, 2, 5]) -> 5
        stddev([4, 4]) -> 0
        stddev([47]) -> null
        mode([3, 6, 1, 6, 3]) -> [3, 6]
        mode([]) -> []
        all([true, null, false]) -> false
        all([true, null]) -> null
        all([]) -> true
        any([false, null, true]) -> true
        any([false, null]) -> null
        any([]) -> false
        sublist([1, 2, 3, 4], 2) -> [2, 3, 4]
        sublist([1, 2, 3, 4], -2, 1) -> [3]
        sublist([1, 2], 3) -> null
        append([1], 2, 3) -> [1, 2, 3]
        append(1, 2) -> [1, 2]
        concatenate([1], [2, 3], [[4]]) -> [1, 2, 3, [4]]
        insert before([1, 3], 2, 2) -> [1, 2, 3]
        insert before([1, 3], 3, 4) -> [1, 3, 4]
        insert before([1, 3], -1, 2) -> [1, 2, 3]
        remove([1, 2, 3], 2) -> [1, 3]
        remove([1, 2, 3], 4) -> null
        list replace([2, 4, 7, 8], 3, 6) -> [2, 4, 6, 8]
        list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5) -> [5, 5, 7, 8]
        list replace([2], function(item, newItem) 1, 5) -> null
        reverse([1, 2, 3]) -> [3, 2, 1]
        index of([1, 2, 1], 1) -> [1, 3]
        union([1, 2], [2, 3]) -> [1, 2, 3]
        distinct values([1, 1.0, "1", [1], [1], null, null]) -> [1, "1", [1], null]
        flatten([[1, [2]], 3]) -> [1, 2, 3]
        sort([2, 1, 3]) -> [1, 2, 3]
        sort(list: ["b", "a"], precedes: function(x, y) x < y) -> ["a", "b"]
        sort([1, "a"]) -> null
        get value({a: {b: 1}}, ["a", "b"]) -> 1
        get value({a: 1}, "b") -> null
        get entries({a: 1}) -> [{key: "a", value: 1}]
        context([{key: "a", value: 1}, {key: "b", value: 2}]) -> {a: 1, b: 2}
        context([{key: "a", value: 1}, {key: "a", value: 2}]) -> null
        context put({a: 1}, "b", 2) -> {a: 1, b: 2}
        context put({a: {b: 1}}, ["a", "c"], 2) -> {a: {b: 1, c: 2}}
        context put({}, ["a", "b"], 2) -> {a: {b: 2}}
        context put({a: 1}, [], 2) -> null
        context put({a: 1}, ["a", "b"], 2) -> null
        context merge([{a: 1, b: 1}, {b: 2}]) -> {a: 1, b: 2}
        """
    ),
)
def test_lists_and_contexts(left: str, right: str) -> None:
    same(left, right)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('date("2017-12-31")', date(2017, 12, 31)),
        ("date(2017, 12, 31)", date(2017, 12, 31)),
        ("date(2017, 13, 31)", None),
        ('date("2017-02-29")', None),
        ('date("998-12-31")', None),
        ('date("01211-12-31")', None),
        ('date("+2012-12-02")', None),
        ('date(@"2017-08-14T14:25:00")', date(2017, 8, 14)),
        ('time("11:22:33+05:30")', time(11, 22, 33, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
        ('time("7:00:00")', None),
        ('time("25:00:00")', None),
        ('time("10:00:00@Nowhere/Land")', None),
        ("time(11, 59, 45)", time(11, 59, 45)),
        ('time(11, 59, 45.5, duration("PT0H"))', time(11, 59, 45, 500000, tzinfo=UTC)),
        ("time(24, 0, 0)", None),
        ('time(@"2020-01-01")', time(0, 0, tzinfo=UTC)),
        ('date and time("2012-12-24")', datetime(2012, 12, 24)),
        ('date and time("2012-12-24T23:59:00Z")', datetime(2012, 12, 24, 23, 59, tzinfo=UTC)),
        ('date and time("2012-12-24T24:00:00")', datetime(2012, 12, 25)),
        ('date and time("2012-12-24T")', None),
        ('date and time(@"2012-12-24", @"10:00:00")', datetime(2012, 12, 24, 10)),
        ('date and time(date: @"2012-12-24T01:00:00", time: @"10:00:00")', datetime(2012, 12, 24, 10)),
        ('duration("P1DT2H3M4.5S")', timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ('duration("-PT1H")', timedelta(hours=-1)),
        ('duration("P")', None),
        ('duration("P1DT")', None),
        ('string(duration("P26M"))', "P2Y2M"),
        ('string(duration("PT1000M"))', "PT16H40M"),
        ('string(duration("PT0S"))', "PT0S"),
        ('string(years and months duration(@"2011-12-22", @"2013-08-24"))', "P1Y8M"),
        ('string(years and months duration(@"2013-08-24", @"2011-12-22"))', "-P1Y8M"),
        ('string(years and months duration(@"2014-12-31", @"2015-02-28"))', "P1M"),
        ('day of year(@"2020-12-31")', D(366)),
        ('day of week(@"2019-09-17")', "Tuesday"),
        ('month of year(@"2019-09-17")', "September"),
        ('week of year(@"2003-12-29")', D(1)),
        ('week of year(@"2005-01-01")', D(53)),
        ('string(@"-2017-01-01")', "-2017-01-01"),
        ('string(date("999999999-12-31"))', "999999999-12-31"),
        ('@"nonsense"', None),
    ],
)
def test_time(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


def test_now_is_the_hosts() -> None:
    moment = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
    assert feel.evaluate("now()", now=moment) == moment
    assert feel.evaluate('today() + @"P1D"', now=moment) == date(2026, 3, 11)
    assert feel.evaluate("now(1)", now=moment) is None
    with pytest.raises(feel.FeelError, match="without a time"):
        feel.evaluate("now()")


@pytest.mark.parametrize(
    ("left", "right"),
    rows(
        """
        before(1, 10) -> true
        before(10, [1..10]) -> false
        before(1, (1..10]) -> true
        before([1..10], 10) -> false
        before([1..10), 10) -> true
        before([1..10), [10..20]) -> true
        before([1..10], [10..20]) -> false
        after(12, [1..10]) -> true
        after([11..20], [1..10]) -> true
        after(point1: 2, point2: 1) -> true
        meets([1..5], [5..10]) -> true
        meets([1..5), [5..10]) -> false
        met by([5..10], [1..5]) -> true
        overlaps([1..5], [3..8]) -> true
        overlaps([1..5], [5..8]) -> true
        overlaps([1..5), [5..8]) -> false
        overlaps before([1..5], [3..8]) -> true
        overlaps before([1..5], [1..5]) -> false
        overlaps before([1..5], (1..5]) -> true
        overlaps after([3..8], [1..5]) -> true
        overlaps after([5..8], [1..5)) -> false
        finishes(10, [1..10]) -> true
        finishes([5..10], [1..10]) -> true
        finishes([5..10], [1..10)) -> false
        finished by([1..10], [5..10]) -> true
        includes([1..10], 5) -> true
        includes([1..10), 10) -> false
        includes([1..10], [4..6]) -> true
        includes([1..10], [1..10)) -> true
        during([4..6], [1..10]) -> true
        during(5, (5..10]) -> false
        starts(1, [1..10]) -> true
        starts([1..5], [1..10]) -> true
        started by([1..10], [1..5]) -> true
        coincides([1..5], [1..5]) -> true
        coincides([1..5], [1..5)) -> false
        coincides(5, 5) -> true
        before(1, "a") -> null
        range("[1..10)") -> [1..10)
        range("[date(\\"2020-01-01\\")..@\\"2020-02-01\\"]") -> [@"2020-01-01"..@"2020-02-01"]
        range("[18..)") -> [18..null)
        range("[5..1]") -> null
        range("1 + 1") -> null
        """
    ),
)
def test_ranges(left: str, right: str) -> None:
    same(left, right)


#: functions that take any number of arguments
VARIADIC = {"min", "max", "sum", "product", "mean", "median", "stddev", "mode", "all", "any", "count"}
VARIADIC |= {"append", "concatenate", "union"}


@pytest.mark.parametrize("name", sorted(feel.FUNCTION_NAMES - {"now", "today"}))
def test_functions_refuse_what_does_not_fit(name: str) -> None:
    assert feel.evaluate(f"{name}()") is None
    assert feel.evaluate(f"{name}(no such parameter: 1)") is None
    if name not in VARIADIC:
        assert feel.evaluate(f"{name}(function(x) x, 1, 2, 3, 4, 5)") is None
