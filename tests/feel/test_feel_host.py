"""What the host lends to expressions, and the forms in which modelers save them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import pytest

from engine import feel

T = TypeVar("T", date, datetime)


class Nights(feel.Offset):
    """An offset of the host's own measure."""

    def __init__(self, count: int) -> None:
        self.count = count

    def add_to(self, instant: T) -> T:
        return instant + timedelta(days=self.count)

    def subtract_from(self, instant: T) -> T:
        return instant - timedelta(days=self.count)


def nights(count: Decimal) -> Nights:
    return Nights(int(count))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("due - nights(2)", datetime(2026, 3, 8, 9)),
        ("due + nights(count: 2)", datetime(2026, 3, 12, 9)),
        ("nights(2) + day", date(2026, 3, 12)),
        ("nights(2) - day", None),
        ("1 + nights(2)", None),
        ('due - nights("x")', None),
        ("due - nights()", None),
        ('@"12345-01-01" - nights(1)', None),
        ("nights(1) = nights(1)", False),
        ("{n: nights(3)}.n + day", date(2026, 3, 13)),
    ],
)
def test_offsets(text: str, expected: object) -> None:
    context = {"due": datetime(2026, 3, 10, 9), "day": date(2026, 3, 10)}

    assert feel.evaluate(text, context, functions={"nights": nights}) == expected


def test_host_functions_see_pythons_values() -> None:
    seen: list[object] = []

    def look(*values: object) -> object:
        seen.extend(values)
        return {"n": 1, "rows": (1, 2)}

    found = feel.evaluate('look(1, @"2020-01-01", [@"PT1H"]).rows[2]', {}, functions={"look": look})
    assert found == Decimal(2)
    assert seen == [Decimal(1), date(2020, 1, 1), [timedelta(hours=1)]]


def test_a_variable_wins_over_a_function_of_its_name() -> None:
    assert feel.evaluate("count", {"count": 3}) == 3
    assert feel.evaluate("count([1])", {"total": 3}) == 1


def test_nothing_of_pythons_is_reached() -> None:
    for text in ("x.__class__", "f.__globals__", "x.real", "f.__code__.co_code", '"".join', "().__class__"):
        try:
            found = feel.evaluate(text, {"x": 1}, functions={"f": nights})
        except feel.FeelSyntaxError:
            continue
        assert found is None


def test_a_function_is_handed_out_as_a_name_only() -> None:
    found = feel.evaluate("abs")
    assert repr(found) == "<FEEL function abs>"


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("= amount > 5000", "amount > 5000"),
        ("amount > 5000", "amount > 5000"),
        ("=amount", "amount"),
        ("${amount > 5000}", "amount > 5000"),
        ("${amount gt 5000 && status == 'new'}", 'amount > 5000 and status = "new"'),
        ("#{!approved || count != 2}", "not(approved) or count != 2"),
        ("${a.b.c}", "a.b.c"),
        ("${a['b'] == \"x\"}", 'a.b = "x"'),
        ("${rows[0].name}", "rows[1].name"),
        ("${empty name}", 'name in (null, "", [])'),
        ("${not empty name}", 'not(name in (null, "", []))'),
        ("${a ? 1 : 2}", "if a then 1 else 2"),
        ("${(a + 1) * 2 % 3}", "modulo((a + 1) * 2, 3)"),
        ("${a div 2 ne null}", "a / 2 != null"),
        ("${-a le 1.5}", "-a <= 1.5"),
        ("${true}", "true"),
        (" ${ amount } ", "amount"),
        ('"${x}"', '"${x}"'),
    ],
)
def test_modelers_forms(text: str, translated: str) -> None:
    assert str(feel.from_modeler(text)) == translated


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${order.getTotal()}", "methods and functions cannot be called"),
        ("${bean.check(a)}", "methods and functions cannot be called"),
        ("${execution.getVariable('x') == 1}", "methods and functions cannot be called"),
        ("${f(1)}", "methods and functions cannot be called"),
        ("Hello ${name}", "a single"),
        ("${a} and ${b}", "a single"),
        ("${a >}", "a value"),
        ("${a[b]}", "a number or a string in brackets"),
        ("${}", "a value"),
        ("= ", "an expression"),
        ("${a = 1}", "an operator or '}'"),
    ],
)
def test_modelers_forms_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(feel.FeelSyntaxError, match=message.replace("'}'", ".")):
        feel.from_modeler(text)


def test_a_translated_expression_evaluates() -> None:
    read = feel.from_modeler("${rows[0].amount * 2 > limit && !(state == 'closed')}")
    assert read.evaluate({"rows": [{"amount": 3}], "limit": 5, "state": "open"}) is True
    assert read.variables() == {"rows", "limit", "state", "not"}
