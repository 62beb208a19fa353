"""What a designer is told at upload, with the place; and that sound forms pass in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from form_designing import field, form, hidden_if, options

from engine import forms

GROUP = {"type": "group", "id": "g"}
LIST = {"type": "dynamiclist", "id": "l", "path": "owners"}
PERSONAL = {"properties": {"personal": "true"}}

FAULTS: list[tuple[Any, str, str]] = [
    ([], "form-schema", "no form-js schema"),
    ({"components": {}}, "form-schema", "no form-js schema"),
    ({**form(), "type": "wizard"}, "form-schema", "type 'default'"),
    ({**form(), "id": ""}, "form-id", "no `id`"),
    ({**form(), "schemaVersion": 4}, "form-version", "save it once"),
    ({**form(), "schemaVersion": 99}, "form-version", "newer"),
    (form("x"), "form-schema", "no object"),  # type: ignore[arg-type]
    (form({"type": "signature", "key": "x"}), "form-component-type", "'signature'"),
    (form({"key": "x"}), "form-component-type", "None"),
    (form({"type": ["textfield"]}), "form-component-type", "unknown"),
    (form({"type": "textfield"}), "form-key", "has no `key`"),
    (form(field("textfield", "a b")), "form-key", "'a b'"),
    (form(field("textfield", "a..b")), "form-key", "'a..b'"),
    (form(field("textfield", "a.0")), "form-key", "begin with a digit"),
    (form(field("textfield", "a.__proto__")), "form-key", "JavaScript"),
    (form(field("textfield", 5)), "form-key", "5"),  # type: ignore[arg-type]
    (form(field("textfield", "matter.fee")), "form-key", "matter is a name of the system's"),
    (form(field("textfield"), field("number")), "form-key", "x is taken: a textfield has x"),
    (form(field("textfield", "a.b"), field("number", "a")), "form-key", "a is taken"),
    (form(field("textfield", "g.x"), {**GROUP, "path": "g", "components": [field("number")]}), "form-key", "g.x"),
    (form({**LIST, "components": [field("number"), field("checkbox")]}), "form-key", "owners.x is taken"),
    (form({"type": "dynamiclist", "id": "l"}), "form-key", "has no `path`"),
    (form({**GROUP, "components": "x"}), "form-schema", "`components` is no list"),
    (form({**GROUP, "components": [field("radio")]}), "form-options", "has none of them"),
    (form(field("select", values=options("a"), valuesKey="b")), "form-options", "`values` and `valuesKey`"),
    (form(field("select", values=[{}])), "form-options", "no option"),
    (form(field("select", values=options("a", "a"))), "form-options", "same value"),
    (form(field("select", valuesExpression="departments")), "form-expression", "begins with ="),
    (form(hidden_if("a >", field("textfield"))), "form-expression", "line 1, column"),
    (form({**field("textfield"), "conditional": {"hide": "a"}}), "form-expression", "begins with ="),
    (form(hidden_if("today() > add_working_days(a, 3)", field("textfield"))), "form-expression", "no browser can"),
    (form(field("select", valuesExpression="= [working_days(1)]")), "form-expression", "no browser can"),
    (form(hidden_if("now() + full_working_days(1) < a", field("textfield"))), "form-expression", "no browser can"),
    (form({"type": "image", "id": "i", "source": "https://example.org/a.png"}), "form-property", "another site's"),
    (form(field("textfield", readonly="yes")), "form-expression", "`readonly`"),
    (form(field("textfield", disabled="= a")), "form-property", "`readonly` takes an expression"),
    (form(field("textfield", v_required="= a")), "form-property", "hide the field"),
    (form(field("textfield", v_minLength="two")), "form-property", "'two'"),
    (form(field("number", v_max="= (")), "form-expression", "`validate.max`"),
    (form(field("textfield", v_pattern="(?=a)")), "form-pattern", "look-around"),
    (form(field("textfield", v_pattern="(")), "form-pattern", "missing"),
    (form(field("textfield", v_validationType="fax")), "form-property", "'fax'"),
    (form(field("textfield", validate=[])), "form-schema", "objects"),
    (form(field("expression")), "form-expression", "`expression`"),
    (form(field("expression", expression="= ")), "form-expression", "`expression`"),
    (form(field("datetime", subtype="week")), "form-property", "'week'"),
    (form(field("datetime", timeSerializingFormat="local")), "form-property", "'local'"),
    (form(field("number", decimalDigits="two")), "form-property", "`decimalDigits`"),
    (form(field("number", defaultValue="two")), "form-default", "must be a number"),
    (form(field("radio", values=options("a"), defaultValue="b")), "form-default", "none of the options"),
    (form(field("checklist", values=options("a"), defaultValue=["b"])), "form-default", "none of the options"),
    (form(field("textfield", defaultValue="= (")), "form-expression", "`defaultValue`"),
    (form(field("textfield", properties={"personal": "yes"})), "form-property", "`personal`"),
    (form({"type": "text", "id": "t", **PERSONAL}), "form-personal", "no value"),
    (
        form(field("textfield", **PERSONAL), field("expression", "y", expression="= upper case(x)")),
        "form-personal",
        "from x",
    ),
    (
        form({**LIST, "components": [field("textfield", **PERSONAL), field("expression", "y", expression="= this.x")]}),
        "form-personal",
        "from this.x",
    ),
]


@pytest.mark.parametrize(("schema", "rule", "says"), FAULTS)
def test_a_fault_is_told_once_with_its_rule(schema: Any, rule: str, says: str) -> None:
    [problem] = forms.check_schema(schema, file="f.form")
    assert (problem.file, problem.rule) == ("f.form", rule)
    assert says in problem.message


def test_warnings_let_a_form_be_deployed() -> None:
    severities = {rule: forms.check_schema(schema, file="f")[0].severity for schema, rule, _ in FAULTS}
    assert {rule for rule, severity in severities.items() if severity != "error"} == {"form-version"}


def test_a_problem_bears_the_line_of_its_component() -> None:
    schema = form(field("textfield", "a"), field("expression", "b"))
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    [problem] = forms.check_schema(schema, file="f.form", source=text)
    assert '"Field_b"' in text.splitlines()[problem.line - 1] or '"b"' in text.splitlines()[problem.line - 1]
    assert problem.element == "Field_b"
    assert forms.check_schema({"components": 1}, file="f.form", source=text)[0].line == 1


def test_a_hostile_form_is_refused_in_bounds() -> None:
    nested: dict[str, Any] = field("textfield")
    for _ in range(50):
        nested = {"type": "group", "components": [nested]}
    assert "deeper than 16" in forms.check_schema(form(nested), file="f")[-1].message
    many = form(*(field("textfield", f"x{n}") for n in range(1_200)))
    assert [problem.message for problem in forms.check_schema(many, file="f")] == ["has more than 1000 components"]


def test_a_personal_field_may_be_computed_into_a_personal_one() -> None:
    schema = form(field("textfield", **PERSONAL), field("expression", "y", expression="= x", **PERSONAL))
    assert forms.check_schema(schema, file="f") == []


def test_fields_are_described_for_those_who_draw_and_seal_them() -> None:
    schema = form(
        field("radio", "kind", values=options("a", "b"), v_required=True),
        {"type": "datetime", "key": "born", "dateLabel": "出生日期"},
        {
            **LIST,
            **PERSONAL,
            "components": [{**GROUP, "path": "id", "components": [field("textfield", "number")]}],
        },
        {"type": "text", "text": "# 说明"},
        field("textfield", "note", **PERSONAL),
    )
    found = forms.fields(schema)
    assert [each.key for each in found] == ["kind", "born", "owners.*.id.number", "note"]
    assert [each.personal for each in found] == [False, False, True, True]
    assert found[0].required
    assert found[0].options == (forms.Option("a", "<a>"), forms.Option("b", "<b>"))
    assert found[1].label == "出生日期"
    assert found[2].path == ("owners", forms.EACH, "id", "number")


def test_names_may_be_chinese() -> None:
    schema = form(field("textfield", "姓名"), field("expression", "称呼", expression='= 姓名 + "同志"'))
    assert forms.check_schema(schema, file="f") == []
    assert forms.validate(schema, {"姓名": "王小明"}, {}) == {"姓名": "王小明", "称呼": "王小明同志"}
