"""Models that are wrong, hostile or beyond the bounds are refused with a place."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from dmn_samples import decision, definitions, literal, table
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import dmn

ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="x" namespace="y">&c;</definitions>'
)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (ENTITIES, "document type"),
        ('<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><d/>', "document type"),
        ("<definitions", "not well-formed"),
        ("<definitions/>", "no namespace"),
        ('<definitions xmlns="http://other"/>', "http://other"),
        (b"\xff\xfe\x00", "not"),
        (definitions(decision("d", table("SOMETIMES", ["a"], ["o"], []))), "unknown hit policy 'SOMETIMES'"),
        (definitions(decision("d", table("FIRST", ["a"], [], []))), "without an output"),
        (definitions(decision("d", table("FIRST", ["a"], ["o"], [("1",)]))), "1 conditions and 0 results"),
        (definitions(decision("d", literal("1"), ["d:gone"])), "requires 'gone', which is missing"),
        (definitions(decision("d", literal("1"), ["d:d"])), "requires itself"),
        (definitions(decision("a", literal("1"), ["d:b"]), decision("b", literal("1"), ["d:a"])), "requires itself"),
        (definitions(decision("d", literal("1")), decision("d", literal("2"))), "two elements have this id"),
        (definitions("<decision id='x'/>"), "without a name"),
        (definitions(decision("d", "<conditional><if/></conditional>")), "needs an expression in 'if'"),
        (
            definitions('<itemDefinition name="t"><allowedValues><text>1 +</text></allowedValues></itemDefinition>'),
            "allowed values",
        ),
    ],
)
def test_refused(source: str | bytes, message: str) -> None:
    with pytest.raises(dmn.DmnError, match=message):
        dmn.parse(source)


def test_a_file_that_is_missing_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(dmn.DmnError, match="cannot read"):
        dmn.parse(tmp_path / "none.dmn")
    with pytest.raises(dmn.DmnError, match="larger than"):
        dmn.parse(b"<d>" + b" " * 6_000_000 + b"</d>")


def test_nested_without_end_is_refused() -> None:
    logic = "<list>" * 200 + literal("1") + "</list>" * 200
    with pytest.raises(dmn.DmnError):
        dmn.parse(definitions(decision("d", logic))).evaluate("d")


def test_a_wrong_expression_is_told_with_its_place_and_stops_only_what_uses_it() -> None:
    rules = [("1", '"a"'), ("< <", '"b"')]
    model = dmn.parse(definitions(decision("bad", table("FIRST", ["n"], ["o"], rules)), decision("good", literal("1"))))
    assert model.evaluate("good") == 1
    with pytest.raises(dmn.DmnError, match="expected an expression") as caught:
        model.evaluate("bad", {"n": 1})
    assert caught.value.line == 6
    (problem,) = model.problems()
    assert (problem.line, problem.element) == (6, "bad")
    assert dmn.check(model)[0].severity == "error"


def test_other_languages_are_refused() -> None:
    model = dmn.parse(definitions(decision("d", literal("1", 'expressionLanguage="javascript"'))))
    with pytest.raises(dmn.DmnError, match="'javascript'"):
        model.evaluate("d")


def test_cells_in_other_languages_are_refused() -> None:
    source = definitions(decision("d", table("FIRST", ["n"], ["o"], [("1", "2")])))
    source = source.replace(b"<inputEntry>", b'<inputEntry expressionLanguage="juel">')
    with pytest.raises(dmn.DmnError, match="'juel'"):
        dmn.parse(source).evaluate("d")


SOUND = definitions(
    '<itemDefinition name="t"><typeRef>string</typeRef><allowedValues><text>"a"</text></allowedValues>'
    "</itemDefinition>",
    decision("d", table("PRIORITY", ["n", "s"], ["o"], [("> 1", '"a"', '"x"'), ("-", "-", '"y"')]), kind="t"),
    decision("e", "<invocation>" + literal("d") + "<binding><parameter name='x'/></binding></invocation>", ["d:d"]),
)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SOUND) - 1), st.integers(0, 40), st.binary(max_size=6) | st.sampled_from([b"<", b">", b'"']))
def test_a_damaged_model_is_read_or_refused(at: int, cut: int, put: bytes) -> None:
    damaged = SOUND[:at] + put + SOUND[at + cut :]
    try:
        model = dmn.parse(damaged)
        dmn.check(model)
        for name in model.decisions:
            model.evaluate(name, {"n": 2, "s": "a"})
    except dmn.DmnError as error:
        assert str(error)


def test_an_unknown_decision_is_told_with_those_there_are() -> None:
    with pytest.raises(dmn.DmnError, match="no decision 'x'; there are: a, b"):
        dmn.parse(definitions(decision("a", literal("1")), decision("b", literal("1")))).evaluate("x")


@pytest.mark.parametrize(
    "expression",
    ["count(for i in 1..100000 return i)", "{f: function(n) f(n), r: f(1)}.r", "for i in 1..9 return now()"],
)
def test_bounds_hold_in_decisions_too(expression: str) -> None:
    model = dmn.parse(definitions(decision("d", literal(expression))))
    started = time.thread_time()
    with pytest.raises(dmn.DmnError) as caught:
        model.evaluate("d")
    assert time.thread_time() - started < 0.1
    assert caught.value.element == "d" and caught.value.line


def test_functions_of_a_model_cannot_recurse_without_end() -> None:
    endless = (
        '<businessKnowledgeModel id="f" name="f"><variable name="f"/><encapsulatedLogic><formalParameter name="n"/>'
        + literal("f(n)")
        + "</encapsulatedLogic></businessKnowledgeModel>"
    )
    with pytest.raises(dmn.DmnError, match="too deep"):
        dmn.parse(definitions(endless, decision("d", literal("f(1)"), knows=["f"]))).evaluate("d")
