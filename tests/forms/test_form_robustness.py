"""Whatever is sent through whatever form, the answer is data or `Invalid`; and what is taken is taken again."""

from __future__ import annotations

import json
from typing import Any

import rfc8785
from form_designing import options
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import forms
from engine.errors import Invalid

KEYS = st.sampled_from(["a", "b", "c", "d.e", "d.f"])
CONDITIONS = st.sampled_from(
    ["= a = null", '= b = "1"', "= count(l) > 1", "= d.e > 2", "= this.a != null", "= i[1] = 2"]
)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "required": st.booleans(),
        "min": st.sampled_from([0, "1", "= 1 + 1"]),
        "maxLength": st.sampled_from([2, "= 3"]),
        "pattern": st.sampled_from([r"^\d*$", "x"]),
    },
)
PLAIN = st.sampled_from(["textfield", "textarea", "number", "checkbox", "filepicker", "datetime"])
CHOICES = st.sampled_from(["radio", "select", "checklist", "taglist"])
FIELDS = st.one_of(
    st.fixed_dictionaries({"type": PLAIN, "key": KEYS, "validate": RULES}, optional={"readonly": CONDITIONS}),
    st.fixed_dictionaries({"type": CHOICES, "key": KEYS, "values": st.just(options("1", 2, True))}),
    st.fixed_dictionaries({"type": CHOICES, "key": KEYS, "valuesExpression": st.just("= [a, b, 1]")}),
    st.fixed_dictionaries({"type": st.just("expression"), "key": KEYS, "expression": CONDITIONS}),
)
HIDDEN = st.fixed_dictionaries({"hide": CONDITIONS})


def conditionally(component: dict[str, Any], conditional: dict[str, Any] | None) -> dict[str, Any]:
    return component if conditional is None else {**component, "conditional": conditional}


COMPONENTS = st.recursive(
    st.builds(conditionally, FIELDS, st.none() | HIDDEN),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("group"), "components": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries(
            {"type": st.just("dynamiclist"), "path": st.just("l"), "components": st.lists(inner, max_size=3)}
        ),
    ),
    max_leaves=8,
)


def without_clashes(components: list[dict[str, Any]], taken: set[str]) -> list[dict[str, Any]]:
    """The components whose keys and paths no earlier one has."""
    kept = []
    for component in components:
        name = component.get("key") or component.get("path")
        if name in taken:
            continue
        taken |= {name} if name else set()
        below = set() if component["type"] == "dynamiclist" else taken
        inner = component.get("components")
        kept.append({**component, "components": without_clashes(inner, below)} if inner is not None else component)
    return kept


FORMS = st.lists(COMPONENTS, max_size=5).map(
    lambda found: {"id": "f", "type": "default", "components": without_clashes(found, set())}
)
SCALARS = st.sampled_from([None, True, False, 0, 1, 2.5, "", "1", "2", "x", "2026-03-10", "true"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcdefl"), inner, max_size=4),
    max_leaves=8,
)
DATA = st.dictionaries(st.sampled_from("abcdl"), VALUES, max_size=5)


@settings(max_examples=300, deadline=None)
@given(FORMS, DATA | st.none(), DATA)
def test_an_answer_is_data_or_a_refusal_with_places(
    schema: dict[str, Any], sent: dict[str, Any] | None, case: dict[str, Any]
) -> None:
    if any(problem.severity == "error" for problem in forms.check_schema(schema, file="f")):
        return
    if sent is None:
        sent = forms.ordinary(schema, case)
    before = json.dumps([sent, case])
    try:
        taken = forms.validate(schema, sent, case)
    except Invalid as refused:
        assert refused.errors
        assert all(error.pointer.startswith("/data/") and error.message for error in refused.errors)
    else:
        assert json.loads(rfc8785.dumps(taken)) == taken
        # Sent again as it was taken, the same form takes the same.
        assert forms.validate(schema, taken, case) == taken
    assert json.dumps([sent, case]) == before


@settings(max_examples=200, deadline=None)
@given(FORMS, DATA)
def test_defaults_are_plain_json_that_the_form_can_show(schema: dict[str, Any], case: dict[str, Any]) -> None:
    if any(problem.severity == "error" for problem in forms.check_schema(schema, file="f")):
        return
    shown = forms.defaults(schema, case)
    assert json.loads(json.dumps(shown)) == shown


@settings(max_examples=300, deadline=None)
@given(st.recursive(VALUES, lambda inner: st.dictionaries(st.sampled_from(["components", "type", "key"]), inner)))
def test_whatever_a_designer_uploads_is_judged(schema: Any) -> None:
    assert all(problem.message for problem in forms.check_schema(schema, file="f"))
