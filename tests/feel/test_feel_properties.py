"""Laws that hold for all expressions and numbers, and a fuzz over the grammar."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import feel
from engine.feel import syntax
from engine.feel.parser import parse_expression
from engine.feel.printing import print_node

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
IEEE = Context(prec=34, rounding=ROUND_HALF_EVEN)

names = st.sampled_from(["a", "b", "case", "full name", "due-date", "x1", "?", "面积"])
KNOWN = ["due-date"]
literals = st.one_of(
    st.builds(syntax.Literal, st.decimals(0, 10**9, allow_nan=False, places=3)),
    st.builds(syntax.Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=6)),
    st.builds(syntax.Literal, st.sampled_from([True, False, None])),
    st.builds(syntax.AtLiteral, st.sampled_from(["2020-01-01", "P1D", "10:00:00Z", "nonsense"])),
    st.builds(syntax.Name, names),
)
keys = st.sampled_from(["k", "a key", "!?"])
types = st.recursive(
    st.builds(syntax.NamedType, st.sampled_from(["number", "date and time", "years and months duration", "Any"])),
    lambda inner: st.one_of(
        st.builds(syntax.ListType, inner),
        st.builds(syntax.RangeType, inner),
        st.builds(syntax.ContextType, st.lists(st.tuples(st.just("k"), inner), max_size=1).map(tuple)),
        st.builds(syntax.FunctionType, st.lists(inner, max_size=2).map(tuple), inner),
    ),
    max_leaves=3,
)


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Every construct of the language around smaller ones."""
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    iterations = st.lists(
        st.builds(syntax.Iteration, st.sampled_from(["i", "j"]), inner, st.none() | inner), min_size=1, max_size=2
    ).map(tuple)
    tests = st.builds(syntax.OperatorTest, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), inner)
    return st.one_of(
        st.builds(syntax.Path, inner, names),
        st.builds(syntax.Filter, inner, inner),
        st.builds(syntax.Call, inner, st.lists(inner, max_size=2).map(tuple)),
        st.builds(lambda f, a: syntax.Call(f, (a,), ("start position",)), inner, inner),
        st.builds(syntax.Negate, inner),
        st.builds(syntax.Arithmetic, st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner),
        st.builds(syntax.Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(syntax.And, inner, inner),
        st.builds(syntax.Or, inner, inner),
        st.builds(syntax.Between, inner, inner, inner),
        st.builds(syntax.In, inner, st.lists(inner | tests, min_size=2, max_size=3).map(tuple)),
        st.builds(syntax.InstanceOf, inner, types),
        st.builds(syntax.If, inner, inner, inner),
        st.builds(syntax.For, iterations, inner),
        st.builds(syntax.Quantified, st.sampled_from(["some", "every"]), iterations, inner),
        st.builds(syntax.Function, st.sampled_from([(), (("p", None),), (("p", syntax.NamedType("number")),)]), inner),
        st.builds(syntax.ListOf, several),
        st.builds(
            syntax.Context, st.lists(st.tuples(st.sampled_from(["k", "a key", "!?"]), inner), max_size=2).map(tuple)
        ),
        st.builds(syntax.Interval, inner, inner, st.booleans(), st.booleans()),
        tests,
    )


trees = st.recursive(literals, larger, max_leaves=8)


@SETTINGS
@given(trees)
def test_printing_and_reading_gives_the_same_tree(tree: syntax.Node) -> None:
    text = print_node(tree)
    assert parse_expression(text, KNOWN) == tree, text


@SETTINGS
@given(trees)
def test_any_tree_evaluates_or_exceeds_a_bound(tree: syntax.Node) -> None:
    context = {"a": 3, "b": "x", "case": {"full name": "y", "a": [1, 2]}, "due-date": date(2020, 1, 1), "x1": None}
    read = feel.parse(print_node(tree), KNOWN)
    try:
        first = read.evaluate(context)
    except feel.FeelLimitError:
        return
    # Evaluating changes nothing: the same again.
    assert repr(read.evaluate(context)) == repr(first)
    assert read.variables() <= {"a", "b", "case", "full name", "due-date", "x1", "面积", "i", "j", "p", "k", "item"} | {
        "a key",
        "partial",
    }


SYMBOLS = "( ) [ ] { } , : . .. + - * / ** = != < <= > >= -> @ \" ' ? # \\ // /* */ ${ }"
WORDS = "and or not in between if then else for return some every satisfies function external instance of true false"
MORE = 'null date and time list context range number 1 2.5 "s" a b full name \u3000 \ud7ff 🐎'
pieces = st.sampled_from(f"{SYMBOLS} {WORDS} {MORE}".split())


@SETTINGS
@given(st.lists(pieces, max_size=14).map(" ".join) | st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (feel.parse, feel.parse_tests, feel.from_modeler):
        try:
            read(text).evaluate({"a": 1, "b": [1], "?": 2})
        except feel.FeelError as error:
            assert str(error)


numbers = st.decimals(-(10**15), 10**15, allow_nan=False, places=4)


@SETTINGS
@given(numbers, numbers, numbers)
def test_arithmetic_is_ieee_decimal(a: Decimal, b: Decimal, c: Decimal) -> None:
    context = {"a": a, "b": b, "c": c}
    assert feel.evaluate("a + b", context) == IEEE.add(a, b)
    assert feel.evaluate("a * b", context) == IEEE.multiply(a, b)
    assert feel.evaluate("a + b = b + a and a * b = b * a", context) is True
    assert feel.evaluate("(a + b) + c = a + (b + c)", context) is True  # exact within 34 digits
    assert feel.evaluate("a - a = 0 and -(-a) = a", context) is True
    if b:
        assert feel.evaluate("a / b", context) == IEEE.divide(a, b)
        assert feel.evaluate("b * floor(a / b) + modulo(a, b)", context) == a
        assert feel.evaluate("modulo(a, b) = 0 or (modulo(a, b) < 0) = (b < 0)", context) is True


@SETTINGS
@given(numbers, st.integers(-3, 6))
def test_rounding(number: Decimal, scale: int) -> None:
    context = {"n": number, "s": scale}
    unit = Decimal(1).scaleb(-scale)
    down, up = feel.evaluate("floor(n, s)", context), feel.evaluate("ceiling(n, s)", context)
    assert down <= number <= up and up - down in (0, unit)
    nearest = feel.evaluate("decimal(n, s)", context)
    assert abs(nearest - number) <= unit / 2
    assert nearest == number.quantize(unit, ROUND_HALF_EVEN) or scale > 4
    assert feel.evaluate("abs(round down(n, s)) <= abs(n) and abs(n) <= abs(round up(n, s))", context) is True


@SETTINGS
@given(st.dates(date(1, 1, 2), date(9990, 1, 1)), st.integers(-400, 400), st.integers(0, 3000))
def test_calendar_arithmetic(day: date, days: int, months: int) -> None:
    if 1 < day.toordinal() + days < date.max.toordinal():
        shifted = feel.evaluate('d + n * @"P1D"', {"d": day, "n": days})
        assert shifted == day + timedelta(days=days)
        assert feel.evaluate("a - b", {"a": shifted, "b": day}) == timedelta(days=days)
    later = feel.evaluate('d + n * @"P1M"', {"d": day, "n": months})
    total = day.year * 12 + day.month - 1 + months
    assert (later.year, later.month) == (total // 12, total % 12 + 1)
    iso = day.isocalendar()
    found = feel.evaluate("[week of year(d), d.weekday, day of year(d)]", {"d": day})
    assert found == [iso.week, iso.weekday, day.timetuple().tm_yday]


@SETTINGS
@given(st.lists(st.integers(-50, 50), max_size=12))
def test_lists(items: list[int]) -> None:
    context = {"l": items}
    assert feel.evaluate("sort(l)", context) == sorted(items)
    assert feel.evaluate("reverse(reverse(l)) = l", context) is True
    assert feel.evaluate("l[item > 0]", context) == [n for n in items if n > 0]
    assert feel.evaluate("distinct values(l)", context) == list(dict.fromkeys(items))
    assert feel.evaluate("count(l) = count(l[item > 0]) + count(l[item <= 0])", context) is True
    if items:
        assert feel.evaluate("[min(l), max(l), sum(l)]", context) == [min(items), max(items), sum(items)]


@SETTINGS
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=15), st.integers(1, 5))
def test_strings(text: str, at: int) -> None:
    context = {"s": text, "n": at}
    assert feel.evaluate("string length(s)", context) == len(text)
    if at < len(text):
        assert feel.evaluate("substring(s, n) = substring(s, n, 1) + substring(s, n + 1)", context) is True
        assert feel.evaluate("substring(s, 1, n)", context) == text[:at]
    assert feel.evaluate('string join(split(s, ","), ",")', context) == text
    assert feel.evaluate("contains(s, s) and starts with(s, s) and ends with(s, s)", context) is True
    assert feel.evaluate('matches(s, s, "q")', context) is True
