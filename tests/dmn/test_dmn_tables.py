"""Decision tables under every hit policy (DMN 1.5 §8.2.8), and what they leave in the trace."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from dmn_samples import decision, definitions, table

from engine import dmn

D = Decimal

RULES = [("< 10", '"low"'), ("[5..15]", '"mid"'), ("[5..15]", '"mid"'), ("> 12", '"high"')]
ORDER = '"high", "mid", "low"'


def result(policy: str, n: object, **extra: Any) -> Any:
    model = dmn.parse(definitions(decision("T", table(policy, ["n"], ["o"], RULES, **extra))))
    return model.evaluate("T", {"n": n})


@pytest.mark.parametrize(
    ("policy", "n", "expected"),
    [
        ("UNIQUE", 1, "low"),
        ("UNIQUE", 20, "high"),
        ("UNIQUE", 7, None),
        ("ANY", 11, "mid"),
        ("ANY", 7, None),
        ("FIRST", 7, "low"),
        ("FIRST", 14, "mid"),
        ("PRIORITY", 14, "high"),
        ("PRIORITY", 7, "mid"),
        ("COLLECT", 7, ["low", "mid", "mid"]),
        ("RULE ORDER", 14, ["mid", "mid", "high"]),
        ("OUTPUT ORDER", 14, ["high", "mid", "mid"]),
        ("UNIQUE", "x", None),
        ("UNIQUE", None, None),
        ("COLLECT", "x", []),
    ],
)
def test_hit_policies(policy: str, n: object, expected: object) -> None:
    assert result(policy, n, priorities=[ORDER]) == expected


@pytest.mark.parametrize(
    ("aggregation", "n", "expected"),
    [("SUM", 7, D(3)), ("COUNT", 7, D(2)), ("MIN", 7, D(1)), ("MAX", 7, D(2)), ("SUM", 99, None), ("COUNT", 99, D(0))],
)
def test_aggregation(aggregation: str, n: int, expected: object) -> None:
    rules = [("< 10", "1"), ("[5..50]", "2")]
    model = dmn.parse(definitions(decision("T", table("COLLECT", ["n"], ["o"], rules, aggregation=aggregation))))
    assert model.evaluate("T", {"n": n}) == expected


def test_defaults_where_no_rule_holds() -> None:
    assert result("UNIQUE", 100, defaults=['"none"'], priorities=[ORDER]) == "high"
    rules = [("1", '"a"', "1")]
    model = dmn.parse(definitions(decision("T", table("FIRST", ["n"], ["x", "y"], rules, defaults=['"none"', "0"]))))
    assert model.evaluate("T", {"n": 1}) == {"x": "a", "y": D(1)}
    assert model.evaluate("T", {"n": 2}) == {"x": "none", "y": D(0)}


def test_several_outputs_are_ranked_from_left_to_right() -> None:
    rules = [("-", '"b"', '"x"'), ("-", '"a"', '"y"'), ("-", '"a"', '"x"')]
    model = dmn.parse(
        definitions(decision("T", table("OUTPUT ORDER", ["n"], ["p", "q"], rules, priorities=['"a","b"', '"x","y"'])))
    )
    assert model.evaluate("T", {}) == [{"p": "a", "q": "x"}, {"p": "a", "q": "y"}, {"p": "b", "q": "x"}]


def test_cells_may_name_variables_and_the_tested_value() -> None:
    rules = [("> limit, null", '"over"'), ("? = limit and bonus", '"even"'), ("-", '"under"')]
    model = dmn.parse(definitions(decision("T", table("FIRST", ["n"], ["o"], rules))))
    assert model.evaluate("T", {"n": 11, "limit": 10, "bonus": True}) == "over"
    assert model.evaluate("T", {"n": None, "limit": 10}) == "over"
    assert model.evaluate("T", {"n": 10, "limit": 10, "bonus": True}) == "even"
    assert model.evaluate("T", {"n": 10, "limit": 10, "bonus": False}) == "under"


def test_an_input_that_is_not_allowed_gives_null() -> None:
    model = dmn.parse(definitions(decision("T", table("FIRST", ["s"], ["o"], [("-", "1")], allowed=['"a", "b"']))))
    assert model.evaluate("T", {"s": "a"}) == 1
    traced = model.evaluate_with_trace("T", {"s": "z"})
    assert traced.value is None
    assert "not allowed" in traced.trace[0].problem


def test_the_trace_tells_which_rules_held() -> None:
    model = dmn.parse(definitions(decision("T", table("COLLECT", ["n"], ["o"], RULES))))
    traced = model.evaluate_with_trace("T", {"n": 14})
    assert traced.trace == (dmn.Matched("T", (2, 3, 4), ("rule2", "rule3", "rule4")),)
    assert dmn.parse(definitions(decision("T", table("FIRST", ["n"], ["o"], RULES)))).evaluate_with_trace(
        "T", {"n": 7}
    ).trace[0].rules == (1,)


def test_the_trace_says_why_a_table_gave_null() -> None:
    model = dmn.parse(definitions(decision("T", table("UNIQUE", ["n"], ["o"], RULES))))
    traced = model.evaluate_with_trace("T", {"n": 7})
    assert traced.value is None
    assert traced.trace[0].rules == (1, 2, 3)
    assert "UNIQUE" in traced.trace[0].problem


def test_an_empty_cell_holds_for_any_value() -> None:
    model = dmn.parse(definitions(decision("T", table("FIRST", ["n"], ["o"], [("", "1")]))))
    assert model.evaluate("T", {"n": "anything"}) == 1
