"""The checker of decision tables names the rules it means."""

from __future__ import annotations

import time
from typing import Any

import pytest
from dmn_samples import decision, definitions, input_data, literal, table

from engine import dmn


def findings(policy: str, inputs: list[str], rules: list[tuple[str, ...]], **extra: Any) -> list[tuple[str, Any, str]]:
    model = dmn.parse(definitions(decision("T", table(policy, inputs, ["o"], rules, **extra))))
    return [(found.kind, found.rules, found.message) for found in dmn.check(model)]


def kinds(policy: str, inputs: list[str], rules: list[tuple[str, ...]], **extra: Any) -> list[tuple[str, Any]]:
    return [(kind, rules) for kind, rules, _ in findings(policy, inputs, rules, **extra)]


@pytest.mark.parametrize(
    ("policy", "rules", "expected"),
    [
        ("UNIQUE", [("< 10", "1"), (">= 10", "2")], []),
        ("UNIQUE", [("< 10", "1"), ("> 5", "2")], [("overlap", (1, 2))]),
        ("UNIQUE", [("<= 10", "1"), (">= 10", "2")], [("overlap", (1, 2))]),
        ("UNIQUE", [("[1..5]", "1"), ("(5..9]", "2"), ("-", "3")], [("overlap", (1, 3)), ("overlap", (2, 3))]),
        ("UNIQUE", [("1, 2", "1"), ("2, 3", "2")], [("overlap", (1, 2))]),
        ("UNIQUE", [("not(1)", "1"), ("1", "2")], []),
        ("UNIQUE", [("not(1)", "1"), ("2", "2")], [("gap", ()), ("overlap", (1, 2))]),
        ("ANY", [("< 10", "1"), ("> 5", "1")], []),
        ("ANY", [("< 10", "1"), ("> 5", "2")], [("overlap", (1, 2))]),
        ("FIRST", [("< 10", "1"), ("-", "2")], []),
        ("FIRST", [("-", "1"), ("< 10", "2")], [("unreachable", (1, 2))]),
        ("FIRST", [("< 5", "1"), (">= 5", "2"), ("-", "3")], [("unreachable", (1, 2, 3))]),
        ("FIRST", [("< 18", "1"), ("> 18", "2")], [("gap", ())]),
        ("COLLECT", [("< 10", "1"), ("> 5", "2")], []),
        ("UNIQUE", [('"a"', "1"), ('"b"', "2")], []),
        ("UNIQUE", [('"a", "b"', "1"), ('"b"', "2")], [("overlap", (1, 2))]),
        ("UNIQUE", [('@"2026-01-01"', "1"), ('>= date("2026-01-01")', "2")], [("overlap", (1, 2))]),
        ("UNIQUE", [('<= @"2026-01-01"', "1"), ('>= @"2026-01-02"', "2")], []),
        ("UNIQUE", [("? > limit", "1"), ("? <= limit", "2")], []),
        ("UNIQUE", [("true", "1"), ("false", "2")], []),
        ("UNIQUE", [("true", "1")], [("gap", ())]),
        ("UNIQUE", [("[9..1]", "1"), ("-", "2")], [("unreachable", (1,))]),
    ],
)
def test_one_input(policy: str, rules: list[tuple[str, ...]], expected: list[tuple[str, Any]]) -> None:
    assert kinds(policy, ["n"], rules) == expected


def test_what_overlaps_and_where_is_said() -> None:
    found = findings("UNIQUE", ["age", "member"], [("< 18", "true", "1"), ("[16..30]", "-", "2"), ("> 30", "-", "3")])
    assert found[0][1:] == (
        (1, 2),
        "rules 1 and 2 both hold for age: [16..18); member: true, where UNIQUE allows one rule",
    )


def test_gaps_over_finite_domains() -> None:
    found = findings(
        "UNIQUE",
        ["level", "member"],
        [('"high"', "-", "1"), ('"low"', "true", "2")],
        allowed=['"high", "low"', ""],
    )
    assert [(kind, message) for kind, _, message in found] == [("gap", 'no rule holds for level: "low"; member: false')]


def test_gaps_within_a_range_of_allowed_numbers() -> None:
    found = findings("UNIQUE", ["score"], [("< 50", "1"), ("(50..90]", "2")], allowed=["[0..100]"])
    assert [message for _, _, message in found] == ["no rule holds for score: 50 or (90..100]"]


def test_a_default_leaves_no_gap() -> None:
    assert kinds("UNIQUE", ["member"], [("true", "1")], defaults=["0"]) == []


def test_values_that_are_not_allowed() -> None:
    found = findings("FIRST", ["level"], [('"hgih"', "1"), ("-", "2")], allowed=['"high", "low"'])
    assert [each[:2] for each in found] == [("unreachable", (1,))]


def test_allowed_values_of_the_inputs_type() -> None:
    model = dmn.parse(
        definitions(
            '<itemDefinition name="tL"><typeRef>string</typeRef><allowedValues><text>"a","b"</text></allowedValues>'
            "</itemDefinition>",
            input_data("l", "tL"),
            decision(
                "T",
                table("UNIQUE", ["l"], ["o"], [('"a"', "1")]).replace(
                    "<inputExpression>", '<inputExpression typeRef="tL">'
                ),
                ["i:l"],
            ),
        )
    )
    assert [found.message for found in dmn.check(model)] == ['no rule holds for l: "b"']


def test_priority_reaches_a_rule_only_where_no_better_one_holds() -> None:
    rules = [("-", '"low"'), ("> 5", '"high"'), ("> 7", '"low"')]
    assert kinds("PRIORITY", ["n"], rules, priorities=['"high", "low"']) == [("unreachable", (2, 3))]


def test_findings_carry_line_and_element() -> None:
    model = dmn.parse(definitions(decision("T", table("UNIQUE", ["n"], ["o"], [("1", "1"), ("1", "2")]))))
    found = next(each for each in dmn.check(model) if each.kind == "overlap")
    assert (found.decision, found.element, found.line, found.severity) == ("T", "rule2", 6, "error")


def test_unknown_types_and_wrong_expressions_are_told() -> None:
    model = dmn.parse(definitions(decision("a", literal("1 +")), decision("b", literal("1"), kind="tGone")))
    assert sorted((found.kind, found.decision) for found in dmn.check(model)) == [("expression", "a"), ("type", "b")]


@pytest.mark.parametrize("policy", ["FIRST", "UNIQUE"])
def test_large_tables_end_soon(policy: str) -> None:
    rules = [(f"[{n}..{n + 3})", f"> {n % 7}", f"< {n % 11}", "-", str(n)) for n in range(400)]
    started = time.process_time()
    found = findings(policy, ["a", "b", "c", "d"], rules)
    assert time.process_time() - started < 6
    assert ("size" in {kind for kind, _, _ in found}) or found
