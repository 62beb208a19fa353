"""Fields that are hidden, locked, computed or offered by FEEL, over the case's data and the answers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from form_designing import field, form, hidden_if, options, refusal
from hypothesis import given
from hypothesis import strategies as st

from engine import forms
from engine.calendar import Calendar, functions
from engine.errors import Invalid

PERMIT = form(
    field("radio", "decision", values=options("grant", "refuse"), v_required=True),
    hidden_if('decision != "refuse"', field("textarea", "reason", v_required=True)),
    hidden_if('decision = "refuse"', field("number", "years", v_min=1, defaultValue=3)),
)


def test_a_hidden_field_is_neither_asked_for_nor_taken() -> None:
    assert forms.validate(PERMIT, {"decision": "grant", "reason": "x"}, {}) == {"decision": "grant", "years": 3}
    # What is wrong in a hidden field does not matter.
    assert forms.validate(PERMIT, {"decision": "refuse", "reason": "x", "years": "?"}, {}) == {
        "decision": "refuse",
        "reason": "x",
    }


def test_a_field_that_comes_to_be_seen_is_asked_for() -> None:
    assert "required" in refusal(PERMIT, {"decision": "refuse"})["/data/reason"]


def test_a_condition_sees_the_cases_data_and_the_facts() -> None:
    schema = form(hidden_if("matter.fee = 0", field("number", "fee", v_required=True)))
    assert forms.validate(schema, {}, {"matter": {"fee": 0}}) == {}
    assert "/data/fee" in refusal(schema, {}, {"matter": {"fee": 5}})


def test_hiding_goes_on_to_what_hangs_on_a_hidden_field() -> None:
    chain = [field("checkbox", "a")]
    for above, below in ("ab", "bc", "cd"):
        chain.append(hidden_if(f"{above} = null or {above} = false", field("checkbox", below)))
    everything = {"b": True, "c": True, "d": True}
    assert forms.validate(form(*chain), {"a": False, **everything}, {}) == {"a": False}
    assert forms.validate(form(*chain), {"a": True, **everything}, {}) == {"a": True, **everything}


def test_a_circle_of_conditions_ends_always_alike() -> None:
    schema = form(hidden_if("b = null", field("textfield", "a")), hidden_if("a != null", field("textfield", "b")))
    results = [forms.validate(schema, {"a": "1", "b": "2"}, {}) for _ in range(3)]
    assert results[0] == results[1] == results[2]


_NAMES = st.sampled_from("abcde")
_CONDITIONS = st.builds(
    "{} {} {}".format, _NAMES, st.sampled_from(["=", "!=", "<"]), st.sampled_from(["null", "1", "2"])
)
_ANSWERS = st.dictionaries(_NAMES, st.sampled_from([None, 1, 2, "2"]))


def _component(key: str, kind: int, condition: str) -> dict[str, Any]:
    match kind:
        case 0:
            return field("number", key)
        case 1:
            return hidden_if(condition, field("number", key))
        case 2:
            return field("number", key, readonly=f"={condition}")
        case 3:
            return field("select", key, valuesExpression=f"=if {condition} then [1] else [1, 2]")
    return field("expression", key, expression=f"=if {condition} then 1 else 2")


@given(kinds=st.tuples(*[st.tuples(st.integers(0, 4), _CONDITIONS)] * 5), sent=_ANSWERS, known=_ANSWERS)
def test_a_form_is_settled_when_no_expression_reads_what_has_changed(
    kinds: tuple[tuple[int, str], ...], sent: dict[str, Any], known: dict[str, Any]
) -> None:
    components = [_component(key, kind, text) for key, (kind, text) in zip("abcde", kinds, strict=True)]
    schema = form(*components)
    # A hidden field that reads what lies around it makes every round look again at everything.
    thorough = form(*components, hidden_if("this = 1", {"type": "text", "id": "text"}))

    def outcome(of: dict[str, Any]) -> object:
        try:
            return forms.validate(of, sent, known)
        except Invalid as error:
            return error.errors

    assert outcome(schema) == outcome(thorough)


def test_a_container_hides_what_is_in_it() -> None:
    schema = form(
        field("checkbox", "agent"),
        hidden_if(
            "agent = false",
            {
                "type": "group",
                "path": "representative",
                "components": [
                    field("textfield", "name", v_required=True),
                    {"type": "group", "components": [field("textfield", "phone")]},
                ],
            },
        ),
    )
    assert forms.validate(schema, {"agent": False}, {}) == {"agent": False}
    assert list(refusal(schema, {"agent": True})) == ["/data/representative/name"]
    assert forms.validate(schema, {"agent": True, "representative": {"name": "李"}}, {}) == {
        "agent": True,
        "representative": {"name": "李", "phone": ""},
    }


@pytest.mark.parametrize("lock", [{"disabled": True}, {"readonly": True}, {"readonly": "= stage > 1"}])
def test_a_locked_field_keeps_the_cases_value(lock: dict[str, object]) -> None:
    schema = form(field("textfield", v_maxLength=3, **lock))
    context = {"x": "as accepted", "stage": 2}
    assert forms.validate(schema, {"x": "new"}, context) == {"x": "as accepted"}
    assert forms.validate(schema, {}, context) == {"x": "as accepted"}
    # Nobody could mend what is missing there.
    assert forms.validate(form(field("number", v_required=True, **lock)), {}, {"stage": 2}) == {"x": None}


def test_a_field_is_open_while_its_condition_to_be_read_only_does_not_hold() -> None:
    schema = form(field("textfield", readonly="= stage > 1"))
    assert forms.validate(schema, {"x": "new"}, {"x": "old", "stage": 1}) == {"x": "new"}


def test_a_field_that_is_not_sent_holds_what_the_form_showed() -> None:
    schema = form(field("textfield", defaultValue="default"), field("number", "n"))
    context = {"x": "of the case", "n": "no number"}
    assert forms.defaults(schema, context) == {"x": "of the case", "n": None}
    assert forms.validate(schema, {}, context) == {"x": "of the case", "n": None}
    assert forms.validate(schema, {"x": None}, context) == {"x": "", "n": None}


def test_computed_fields_follow_the_answers_and_each_other() -> None:
    schema = form(
        field("expression", "total", expression="= net + tax"),
        field("expression", "tax", expression="= net * 0.06"),
        field("number", "net"),
        hidden_if("total <= 100", field("textfield", "approval", v_required=True)),
    )
    assert forms.validate(schema, {"net": 50, "tax": 999}, {}) == {"total": 53, "tax": 3, "net": 50}
    assert list(refusal(schema, {"net": 100})) == ["/data/approval"]


def test_computed_values_are_plain_json() -> None:
    schema = form(
        field("expression", "day", expression="= today()"),
        field("expression", "third", expression="= 1 / 3"),
        field("expression", "items", expression='= [1, {a: date("2026-03-01")}, null, true]'),
        field("expression", "nothing", expression='= "a" + 1'),
    )
    now = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
    taken = forms.validate(schema, {}, {}, now=now)
    assert taken["day"] == "2026-03-10"
    assert taken["third"].startswith("0.33333333333333333")
    assert taken["items"] == [1, {"a": "2026-03-01"}, None, True]
    assert taken["nothing"] is None


def test_the_offices_functions_can_be_used() -> None:
    schema = form(field("expression", "by", expression='= date("2025-09-30") + working_days(3)'))
    office = functions(Calendar(), datetime(2026, 3, 10, tzinfo=UTC))
    assert forms.validate(schema, {}, {}, functions=office) == {"by": "2025-10-11"}


@pytest.mark.parametrize(
    "source",
    [
        {"values": options("a", "b")},
        {"valuesKey": "departments"},
        {"valuesExpression": "= departments"},
        {"valuesExpression": '= for d in departments return {label: "<" + d + ">", value: d}'},
    ],
)
def test_options_come_from_three_sources(source: dict[str, object]) -> None:
    schema = form(field("select", **source))
    context = {"departments": ["a", "b"]}
    assert forms.check_schema(schema, file="f.form") == []
    assert forms.validate(schema, {"x": "b"}, context) == {"x": "b"}
    assert refusal(schema, {"x": "c"}, context)["/data/x"].endswith(": a、b")
    assert forms.ordinary(schema, context) == {"x": "a"}


def test_options_may_hang_on_another_answer() -> None:
    schema = form(
        field("radio", "kind", values=options("shop", "stall")),
        field("select", "size", valuesExpression='= if kind = "shop" then [50, 100] else [5]'),
    )
    assert forms.validate(schema, {"kind": "shop", "size": "100"}, {}) == {"kind": "shop", "size": 100}
    assert "/data/size" in refusal(schema, {"kind": "stall", "size": 100})


def test_an_expression_beyond_its_bounds_is_an_error_at_its_field() -> None:
    endless = "= count(for a in 1..1000, b in 1..1000, c in 1..1000 return a)"
    errors = refusal(form(field("textfield"), field("number", "n", v_max=endless)), {"n": 1})
    assert list(errors) == ["/data/n"]
    assert "cannot be evaluated" in errors["/data/n"]


def test_a_date_may_be_bound_to_the_offices_today() -> None:
    schema = form(field("datetime", subtype="datetime", disallowPassedDates=True, timeSerializingFormat="utc_offset"))
    assert "today" in refusal(schema, {"x": "2026-03-09T23:00+08:00"}, today=date(2026, 3, 10))["/data/x"]


def test_a_sealed_value_whose_key_is_gone_is_kept_until_it_is_answered_anew() -> None:
    schema = form(field("textfield", v_required=True, v_maxLength=3, properties={"personal": "true"}))
    context = {"x": {"$sealed": "v1.owner.ciphertext"}}
    assert forms.validate(schema, {}, context) == context
    assert forms.validate(schema, {"x": "王"}, context) == {"x": "王"}
    assert "/data/x" in refusal(schema, {"x": ""}, context)
    # It cannot come from outside.
    assert "must be text" in refusal(schema, context, context)["/data/x"]


def test_what_was_sealed_as_a_whole_is_kept_as_a_whole() -> None:
    personal = {"properties": {"personal": "true"}}
    name = field("textfield", "name", v_required=True, **personal)
    schema = form(
        {"type": "group", "path": "g", "components": [name]},
        {"type": "dynamiclist", "path": "owners", "components": [name]},
        field("number", "n"),
    )
    context = {"g": {"$sealed": "1.a.b"}, "owners": {"$sealed": "1.a.c"}}
    assert forms.validate(schema, {"n": 1}, context) == {**context, "n": 1}
    answers = {"g": {"name": "王"}, "owners": [{"name": "李"}], "n": None}
    assert forms.validate(schema, answers, context) == answers
    assert list(refusal(schema, {"owners": [{}]}, context)) == ["/data/owners/0/name"]


@pytest.mark.parametrize(
    ("condition", "area", "hidden"),
    [
        ("area > 100", 200, True),
        ("area > 100", 50, False),
        # As form-js has it: what is not known hides.
        ("area > 100", None, True),
        ("area > 100 or false", None, True),
        ("area != null and area > 100", None, False),
        ("not(area > 100)", None, False),
        ("area = 100", None, False),
        ("not(agreed)", None, False),
        ("not(agreed = true)", None, True),
        ("area != 100", None, True),
    ],
)
def test_a_condition_without_an_answer_hides_as_in_the_browser(condition: str, area: int | None, hidden: bool) -> None:
    schema = form(field("number", "area"), hidden_if(condition, field("checkbox", "seen")))
    assert ("seen" not in forms.validate(schema, {"area": area}, {})) is hidden
