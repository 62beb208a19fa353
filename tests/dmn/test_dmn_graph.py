"""Requirement graphs, boxed expressions, functions, services, imports and types."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dmn_samples import bkm, decision, definitions, input_data, literal, table, text

from engine import dmn

D = Decimal


def box(logic: str, inputs: dict[str, Any] | None = None) -> Any:
    return dmn.parse(definitions(decision("X", logic))).evaluate("X", inputs)


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (literal("1 + n"), D(6)),
        (
            "<context><contextEntry><variable name='a b'/>" + literal("n * 2") + "</contextEntry>"
            "<contextEntry><variable name='c'/>" + literal("a b + 1") + "</contextEntry></context>",
            {"a b": D(10), "c": D(11)},
        ),
        (
            "<context><contextEntry><variable name='a'/>" + literal("n") + "</contextEntry>"
            "<contextEntry>" + literal("a * a") + "</contextEntry></context>",
            D(25),
        ),
        ("<list>" + literal("n") + literal('"x"') + "</list>", [D(5), "x"]),
        (
            "<relation><column name='p'/><column name='q'/><row>"
            + literal("1")
            + literal("n")
            + "</row><row>"
            + literal("2")
            + literal("null")
            + "</row></relation>",
            [{"p": D(1), "q": D(5)}, {"p": D(2), "q": None}],
        ),
        (
            "<conditional><if>"
            + literal("n > 3")
            + "</if><then>"
            + literal('"yes"')
            + "</then><else>"
            + literal('"no"')
            + "</else></conditional>",
            "yes",
        ),
        ("<filter><in>" + literal("[1, 7, 9]") + "</in><match>" + literal("item > n") + "</match></filter>", [7, 9]),
        (
            "<for iteratorVariable='i'><in>" + literal("1..3") + "</in><return>" + literal("i * n") + "</return></for>",
            [D(5), D(10), D(15)],
        ),
        (
            "<for iteratorVariable='i'><in>"
            + literal("[1..3]")
            + "</in><return>"
            + literal("i * n + count(partial)")
            + "</return></for>",
            [D(5), D(11), D(17)],
        ),
        (
            "<some iteratorVariable='i'><in>"
            + literal("[1, 6]")
            + "</in><satisfies>"
            + literal("i > n")
            + "</satisfies></some>",
            True,
        ),
        (
            "<every iteratorVariable='i'><in>"
            + literal("[1, 6]")
            + "</in><satisfies>"
            + literal("i > n")
            + "</satisfies></every>",
            False,
        ),
        (
            "<invocation>"
            + literal("function(a, b) a - b")
            + "<binding><parameter name='b'/>"
            + literal("n")
            + "</binding><binding><parameter name='a'/>"
            + literal("1")
            + "</binding></invocation>",
            D(-4),
        ),
        ("", None),
    ],
)
def test_boxed_expressions(logic: str, expected: object) -> None:
    assert box(logic, {"n": 5}) == expected


GRAPH = definitions(
    input_data("base fee", "number"),
    input_data("tags", "tTags"),
    decision("doubled", literal("base fee * 2"), ["i:base_fee"], kind="number"),
    decision("total", literal("doubled + with tax(amount: doubled)"), ["d:doubled"], ["with_tax"], "number"),
    decision("blind", literal("base fee"), kind="number"),
    decision("tagged", literal("count(tags)"), ["i:tags"]),
    bkm("with_tax", [("amount", "number")], literal("amount * rate(1)"), ["rate"]).replace(
        'name="with_tax"', 'name="with tax"'
    ),
    bkm("rate", [("n", "number")], literal("if n > 2 then n / 2 else rate(n + 1)"), kind="number"),
    '<itemDefinition name="tTags" isCollection="true"><typeRef>string</typeRef></itemDefinition>',
    '<decisionService id="svc" name="fees"><variable name="fees"/><outputDecision href="#total"/>'
    '<encapsulatedDecision href="#doubled"/><inputData href="#base_fee"/></decisionService>',
    '<decisionService id="from_doubled" name="from doubled"><variable name="from doubled"/>'
    '<outputDecision href="#total"/><outputDecision href="#doubled"/><inputDecision href="#doubled"/>'
    "</decisionService>",
    decision("served", literal("fees(10) + fees(base fee: 1)"), knows=["svc"]),
)


@pytest.mark.parametrize(
    ("name", "inputs", "expected"),
    [
        ("doubled", {"base fee": 4}, D(8)),
        ("doubled", {"base fee": [4]}, D(8)),
        ("doubled", {"base fee": "4"}, None),
        ("doubled", {}, None),
        ("total", {"base fee": 4}, D(20)),
        ("blind", {"base fee": 4}, None),
        ("tagged", {"tags": "a"}, D(1)),
        ("tagged", {"tags": ["a", "b"]}, D(2)),
        ("tagged", {"tags": [1]}, None),
        ("fees", {"base fee": 4}, D(20)),
        ("served", {}, D(55)),
        ("from doubled", {"doubled": 2}, {"total": D(5), "doubled": D(2)}),
        ("rate", {"n": 6}, D(3)),
        ("svc", {"base fee": 4}, D(20)),
    ],
)
def test_requirements(name: str, inputs: dict[str, Any], expected: object) -> None:
    assert dmn.parse(GRAPH).evaluate(name, inputs) == expected


def test_a_decision_is_made_once_however_many_need_it() -> None:
    model = dmn.parse(
        definitions(
            decision("a", table("FIRST", ["1"], ["o"], [("-", "1")])),
            decision("b", literal("a"), ["d:a"]),
            decision("c", literal("a + b"), ["d:a", "d:b"]),
        )
    )
    traced = model.evaluate_with_trace("c")
    assert traced.value == 2
    assert [each.decision for each in traced.trace] == ["a"]


def test_names_that_are_not_declared_come_from_the_caller() -> None:
    """Modelers leave input data out; the process's variables are read then."""
    model = dmn.parse(definitions(decision("t", table("FIRST", ["amount"], ["o"], [("> 5", '"x"'), ("-", "who")]))))
    assert model.evaluate("t", {"amount": 9}) == "x"
    assert model.evaluate("t", {"amount": 1, "who": "me"}) == "me"


def test_functions_and_now_are_the_hosts() -> None:
    model = dmn.parse(definitions(decision("t", literal("days(2) + now().year"))))
    found = model.evaluate("t", functions={"days": lambda n: n * 10}, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert found == 2046


TYPES = (
    '<itemDefinition name="tLevel"><typeRef>string</typeRef><allowedValues><text>"high","low"</text></allowedValues>'
    "</itemDefinition>",
    '<itemDefinition name="tPerson"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>'
    '<itemComponent name="levels" isCollection="true"><typeRef>tLevel</typeRef></itemComponent>'
    '<itemComponent name="home"><itemComponent name="zip-code"><typeRef>number</typeRef></itemComponent>'
    "</itemComponent></itemDefinition>",
    '<itemDefinition name="tShort" isCollection="true"><typeRef>number</typeRef>'
    "<typeConstraint><text>count(?) &lt; 3</text></typeConstraint></itemDefinition>",
)


@pytest.mark.parametrize(
    ("kind", "expression", "expected"),
    [
        ("tLevel", '"high"', "high"),
        ("tLevel", '"other"', None),
        ("tLevel", '["low"]', "low"),
        ("tPerson", '{name: "x", levels: ["low"]}', {"name": "x", "levels": ["low"]}),
        ("tPerson", '{name: "x", levels: ["none"]}', None),
        ("tPerson", "{name: 1}", None),
        ("tPerson", "{home: {zip-code: 5}}", {"home": {"zip-code": D(5)}}),
        ("tPerson", '{home: {zip-code: "x"}}', None),
        ("tShort", "[1, 2]", [D(1), D(2)]),
        ("tShort", "7", [D(7)]),
        ("tShort", "[1, 2, 3]", None),
        ("number", '"x"', None),
        ("number", "[1]", D(1)),
        ("date and time", '@"2020-01-01"', datetime(2020, 1, 1, tzinfo=UTC)),
        ("dateTime", '@"2020-01-01"', datetime(2020, 1, 1, tzinfo=UTC)),
        ("date", '@"2020-01-01"', date(2020, 1, 1)),
        ("feel:string", '"x"', "x"),
        ("integer", "3", D(3)),
        ("tUnknown", "3", D(3)),
        ("tPerson", "null", None),
        ("boolean", "null instance of tPerson", False),
        ("boolean", '"low" instance of tLevel', True),
        ("boolean", '"none" instance of tLevel', False),
    ],
)
def test_types(kind: str, expression: str, expected: object) -> None:
    model = dmn.parse(definitions(*TYPES, decision("t", literal(expression), kind=kind)))
    assert model.evaluate("t") == expected


def test_components_with_operators_in_their_names_are_recognised() -> None:
    model = dmn.parse(
        definitions(*TYPES, input_data("p", "tPerson"), decision("t", literal("p.home.zip-code + 1"), ["i:p"]))
    )
    assert model.evaluate("t", {"p": {"home": {"zip-code": 5}}}) == 6


LIBRARY = definitions(
    input_data("person", "string"),
    bkm("greet", [("who", "string")], literal('"Hello, " + who'), kind="string"),
    decision("greeting", literal("greet(person)"), ["i:person"], ["greet"], "string"),
    '<itemDefinition name="tName"><typeRef>string</typeRef></itemDefinition>',
    namespace="http://library",
)
IMPORT = '<import name="lib" namespace="http://library" locationURI="library.dmn" importType="x"/>'


def test_imports() -> None:
    importing = definitions(
        IMPORT,
        decision("d", literal('lib.greet("a") + " / " + lib.greeting'), kind="lib.tName").replace(
            "<literalExpression",
            '<informationRequirement><requiredDecision href="http://library#greeting"/></informationRequirement>'
            '<knowledgeRequirement><requiredKnowledge href="http://library#greet"/></knowledgeRequirement>'
            "<literalExpression",
        ),
    )
    model = dmn.parse(importing, imports={"library.dmn": LIBRARY})
    assert model.evaluate("d", {"person": "b"}) == "Hello, a / Hello, b"
    # The imported model's inputs may be given under the import's name.
    assert model.evaluate("d", {"lib": {"person": "c"}}) == "Hello, a / Hello, c"


def test_imports_are_found_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "other name.dmn").write_bytes(LIBRARY)
    (tmp_path / "main.dmn").write_bytes(definitions(IMPORT, decision("d", literal("1"))))
    assert dmn.parse(tmp_path / "main.dmn").evaluate("d") == 1
    with pytest.raises(dmn.DmnError, match="was not found"):
        dmn.parse(definitions(IMPORT, decision("d", literal("1"))))


def test_an_import_of_an_import_keeps_its_own_inputs() -> None:
    def middle(name: str) -> bytes:
        return definitions(
            IMPORT,
            decision("say", literal('"' + name + ': " + lib.greeting')).replace(
                "<literalExpression",
                '<informationRequirement><requiredDecision href="http://library#greeting"/></informationRequirement>'
                "<literalExpression",
            ),
            namespace=f"http://{name}",
        )

    top = definitions(
        '<import name="one" namespace="http://one" locationURI="one.dmn"/>',
        '<import name="two" namespace="http://two" locationURI="two.dmn"/>',
        decision("both", literal('one.say + "; " + two.say')).replace(
            "<literalExpression",
            '<informationRequirement><requiredDecision href="http://one#say"/></informationRequirement>'
            '<informationRequirement><requiredDecision href="http://two#say"/></informationRequirement>'
            "<literalExpression",
        ),
    )
    model = dmn.parse(top, imports={"one.dmn": middle("one"), "two.dmn": middle("two"), "library.dmn": LIBRARY})
    inputs = {"one": {"lib": {"person": "a"}}, "two": {"lib": {"person": "b"}}}
    assert model.evaluate("both", inputs) == "one: Hello, a; two: Hello, b"


def test_external_functions_give_null() -> None:
    java = bkm("j", [("x", "number")], literal("x")).replace("<encapsulatedLogic>", '<encapsulatedLogic kind="Java">')
    assert dmn.parse(definitions(java, decision("d", literal("j(1)"), knows=["j"]))).evaluate("d") is None


@pytest.mark.parametrize(
    "xmlns",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_versions(xmlns: str) -> None:
    source = definitions(decision("d", literal("1 + 1")), xmlns=xmlns)
    assert dmn.parse(source).evaluate("d") == 2
    assert dmn.parse(source.decode()).decisions == ("d",)


def test_what_a_decision_reads_is_known_beforehand() -> None:
    model = dmn.parse(
        definitions(
            input_data("applicant"),
            decision("kind", table("FIRST", ["applicant.age"], ["o"], [("> limit.age", "fee")]), ["i:applicant"]),
            decision("done", literal("kind + f(applicant.phone) + {k: other}.k"), ["d:kind", "i:applicant"], ["f"]),
            bkm("f", [("x", "string")], literal("x + suffix + string(count([x]))")),
        )
    )
    kind = {("applicant", "age"), ("limit", "age"), ("fee",)}
    assert model.paths("kind") == kind
    assert model.paths("done") == kind | {("applicant", "phone"), ("other",), ("suffix",)}


def test_samples_are_escaped() -> None:
    assert text("a < b") == "<text>a &lt; b</text>"
