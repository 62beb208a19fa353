"""Names, lists, contexts, filters, loops, functions and unary tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import feel

D = Decimal


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("Full Name", {"Full Name": "x"}, "x"),
        ("Full   Name", {"Full Name": "x"}, "x"),
        ("due-date", {"due-date": 1, "due": 5, "date": 2}, D(1)),
        ("due - date", {"due-date": 1, "due": 5, "date": 2}, D(3)),
        ("due-date", {"due": 5, "date": 2}, D(3)),
        ("due-date-1", {"due-date": 1}, D(0)),
        ("a/b + a", {"a/b": 1, "a": 2}, D(3)),
        ("days in week + 1", {"days in week": 7}, D(8)),
        ("for d in days in week return d", {"days in week": [1]}, [D(1)]),
        ("order.net-price", {"order": {"net-price": 3}}, D(3)),
        ("case.due date", {"case": {"due date": "x"}}, "x"),
        ("房屋.面积", {"房屋": {"面积": 90}}, D(90)),
        ("🐎", {"🐎": 1}, D(1)),
        ("{foo+bar: 1, c: foo+bar + 1}.c", {}, D(2)),
        ('{"any key!": 1}', {}, {"any key!": D(1)}),
        ("nothing", {}, None),
        ("a.b.c", {"a": 1}, None),
        ("1 // a comment\n + /* another */ 2", {}, D(3)),
        ('"a\\n\\u0041\\U01F40E\\"" ', {}, 'a\nA🐎"'),
        ('string length("\\uD83D\\uDC0E")', {}, D(1)),
    ],
)
def test_names_and_text(text: str, context: dict[str, Any], expected: object) -> None:
    assert feel.evaluate(text, context) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2, 3][1]", D(1)),
        ("[1, 2, 3][-1]", D(3)),
        ("[1, 2, 3][4]", None),
        ("[1, 2, 3][0]", None),
        ("[1, 2, 3][item > 1]", [D(2), D(3)]),
        ("[1, 2, 3][true]", [D(1), D(2), D(3)]),
        ('[1, 2, 3]["x"]', None),
        ("[{x: 1}, {x: 2}, {y: 3}][x >= 2]", [{"x": D(2)}]),
        ("[{item: 1}, {item: 2}][item = 2]", [{"item": D(2)}]),
        ("5[1]", D(5)),
        ("5[item > 9]", []),
        ("[][1]", None),
        ("[][item = 1]", []),
        ("{a: 1, b: a + 1}", {"a": D(1), "b": D(2)}),
        ("{a: 1, a: 2}", None),
        ("for x in [1, 2], y in [x, 10] return x * y", [D(1), D(10), D(4), D(20)]),
        ("for i in 3..1 return i", [D(3), D(2), D(1)]),
        ("for i in (1..4) return i", [D(2), D(3)]),
        ("for i in [3..1] return i", None),
        ('for i in "a".."c" return i', None),
        ("for i in null return i", None),
        ("for i in 1..4 return if i = 1 then 1 else partial[-1] * i", [D(1), D(2), D(6), D(24)]),
        ("for i in 1..3 return count(partial)", [D(0), D(1), D(2)]),
        ('for d in @"2020-02-28"..@"2020-03-01" return d.day', [D(28), D(29), D(1)]),
        ("some x in [1, 2] satisfies x > 1", True),
        ("every x in [1, 2] satisfies x > 1", False),
        ("every x in [] satisfies false", True),
        ("some x in [null, 1] satisfies x > 1", None),
        ("some x in [1, 2], y in [x] satisfies x + y = 4", True),
        ("(function(a, b) a - b)(5, 3)", D(2)),
        ("(function(a, b) a - b)(b: 5, a: 3)", D(-2)),
        ("(function(a) a)(1, 2)", None),
        ('(function(a: number) a)("x")', None),
        ("(function(a: number) a)([1])", D(1)),
        ("(function(a: list<number>) a)(1)", [D(1)]),
        ("{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(10)}.r", D(3628800)),
        ('(function() external {java: {class: "java.lang.Math"}})()', None),
        ("missing(1)", None),
        ('"abs"(-1)', None),
        ("abs(n: -1)", D(1)),
        ("abs(number: -1)", None),
        ("sort([3, 1, 2], function(x, y) x > y)", [D(3), D(2), D(1)]),
    ],
)
def test_constructs(text: str, expected: object) -> None:
    assert feel.evaluate(text) == expected


@pytest.mark.parametrize(
    ("tests", "value", "expected"),
    [
        ("-", None, True),
        ("5", 5, True),
        ("5, 6", 6, True),
        ("< 5", 5, False),
        ("[1..5), > 10", 11, True),
        ("not(1, 2)", 2, False),
        ("not(1, 2)", 3, True),
        ("not(> 5)", None, False),
        ('"a"', "b", False),
        ("null", None, True),
        ("true", True, True),
        ("true", False, False),
        ("false", False, True),
        ("? > limit", 11, True),
        ("? > limit", 9, False),
        ("limit", 10, True),
        ("options", 2, True),
        ("true", None, False),
        ("flag", None, False),
        ("[2..4]", 3, True),
        ('contains(?, "x")', "axb", True),
        ("limit > 5", 1, True),
        ("not(limit > 50)", 1, True),
        ("= 5", 5, True),
        ("!= 5", 5, False),
        ("{a: 1}", {"a": 1}, True),
    ],
)
def test_unary_tests(tests: str, value: object, expected: bool) -> None:
    names = {"limit": 10, "options": [1, 2], "flag": True}
    assert feel.unary_test(tests, value, names) is expected


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("1 +", 4, "an expression"),
        ("(1", 3, "')'"),
        ("[1, 2", 6, "']'"),
        ("if a then b", 12, "'else'"),
        ("a b c )", 7, "an operator or the end of the text"),
        ("{a 1}", 5, "':'"),
        ('"open', 1, 'a closing "'),
        ("for x in y", 11, "'return'"),
        ("", 1, "an expression"),
        ("x instance of", 14, "a type"),
        ("1 @ 2", 3, "an operator or the end of the text"),
        ("f(a: 1, 2)", 9, "either names for all arguments or for none"),
    ],
)
def test_syntax_errors_say_where_and_what(text: str, column: int, expected: str) -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.parse(text)
    assert (caught.value.line, caught.value.column, caught.value.expected) == (1, column, expected)
    assert caught.value.problem == "expression-invalid"


def test_syntax_errors_count_lines() -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.parse("1 +\n  * 2")
    assert (caught.value.line, caught.value.column) == (2, 3)


@pytest.mark.parametrize(
    ("text", "column", "plain"),
    [("amount ＞ 5000", 8, ">"), ("status = “new”", 10, '"'), ("max（1, 2）", 4, "("), ("f(1，2)", 4, ",")],
)
def test_punctuation_of_an_input_method_is_told(text: str, column: int, plain: str) -> None:
    with pytest.raises(feel.FeelSyntaxError, match="which is not") as caught:
        feel.parse(text)
    assert caught.value.column == column
    assert caught.value.found.endswith(f"'{plain}'")


def test_a_name_may_hold_such_punctuation_where_it_is_in_scope() -> None:
    assert feel.evaluate("面积（㎡） * 2", {"面积（㎡）": 3}) == 6


def test_variables_and_paths() -> None:
    read = feel.parse(
        "for x in case.rows return x.a + other + (function(y) y + x)(z) + {k: 1, l: k + m}.l + count(partial)"
    )
    assert read.variables() == {"case", "other", "z", "m", "count"}
    assert ("case", "rows") in read.paths()
    assert feel.parse("applicant.phone = null").paths() == {("applicant", "phone")}
    assert feel.parse_tests("? > limit").variables() == {"limit"}


def test_parsed_once() -> None:
    assert feel.parse("a + 1") is feel.parse("a + 1")
    assert feel.parse("a-b") is not feel.parse("a-b", ["a-b"])


@pytest.mark.parametrize("hiding", [{"date": "2026-01-01"}, {"date": None}, {"date": 5, "x": 1}])
def test_data_that_is_called_like_a_function_does_not_hide_it(hiding: dict) -> None:
    import datetime

    assert feel.evaluate('date("2026-03-01")', hiding) == datetime.date(2026, 3, 1)
    assert feel.evaluate("date", hiding) == (hiding["date"] if not isinstance(hiding["date"], int) else 5)
