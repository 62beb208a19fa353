"""Case data that no form describes: what a system's client may send with a case."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from engine import forms
from engine.errors import Invalid


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ({}, {}),
        ({"a": [1, 2.5, "x", None, True, {"b": []}]}, {"a": [1, 2.5, "x", None, True, {"b": []}]}),
        ({"a": 5.0, "b": -0.0, "c": Decimal("7.00")}, {"a": 5, "b": 0, "c": 7}),
        ({"a": Decimal("0.1"), "b": 2**53 - 1}, {"a": 0.1, "b": 2**53 - 1}),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        ({"with space": 1, "姓名": "王", "a.b": 1}, None),
        ({"a": deep(15)}, None),
    ],
)
def test_data_within_the_bounds_is_kept(data: dict[str, Any], kept: dict[str, Any] | None) -> None:
    taken = forms.check_json(data)
    assert taken == (data if kept is None else kept)
    assert json.loads(rfc8785.dumps(taken)) == taken


@pytest.mark.parametrize(
    ("data", "pointer", "says"),
    [
        ([], "/data", "object"),
        ("x", "/data", "object"),
        ({"a": 2**53}, "/data/a", "IEEE double"),
        ({"a": -(2**60)}, "/data/a", "IEEE double"),
        ({"a": 10**400}, "/data/a", "IEEE double"),
        ({"a": 1e300}, "/data/a", "IEEE double"),
        ({"a": Decimal("0.1000000000000000000001")}, "/data/a", "IEEE double"),
        ({"a": Decimal("1e-400")}, "/data/a", "IEEE double"),
        ({"a": [0, math.nan]}, "/data/a/1", "finite"),
        ({"a": math.inf}, "/data/a", "finite"),
        ({"a": Decimal("NaN")}, "/data/a", "finite"),
        ({"a": "x\x00"}, "/data/a", "control"),
        ({"a": "\udfff"}, "/data/a", "control"),
        ({"a": "x" * 10_001}, "/data/a", "at most 10000"),
        ({"a": deep(16)}, "/data/a" + "/0" * 15, "deeper than 16"),
        ({"a": {"b": {1, 2}}}, "/data/a/b", "set"),
        ({"a": b"x"}, "/data/a", "bytes"),
        ({1: 2}, "/data/1", "text"),
        ({"": 1}, "/data/", "1 to 100"),
        ({"k" * 101: 1}, "/data/" + "k" * 100, "1 to 100"),
        ({"a\nb": 1}, "/data/a\\nb", "control"),
        ({"\ud800": 1}, "/data/\\ud800", "control"),
        ({"a": {"__proto__": 1}}, "/data/a/__proto__", "cannot be used"),
        ({"case": 1}, "/data/case", "system"),
        ({"a": ["x" * 9_000] * 30}, "/data", "at most 262144"),
    ],
)
def test_data_beyond_the_bounds_is_refused_at_its_place(data: Any, pointer: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        forms.check_json(data)
    [error] = refused.value.errors
    assert error.pointer == pointer
    assert says in error.message


def test_a_name_of_the_systems_may_stand_further_down() -> None:
    assert forms.check_json({"a": {"case": 1}}) == {"a": {"case": 1}}


def test_what_is_given_back_is_a_copy() -> None:
    data = {"a": {"b": [1]}}
    taken = forms.check_json(data)
    data["a"]["b"].append(2)
    assert taken == {"a": {"b": [1]}}


def test_a_flood_of_faults_is_cut() -> None:
    with pytest.raises(Invalid) as refused:
        forms.check_json({f"k{n}": math.nan for n in range(1000)})
    assert len(refused.value.errors) == 50


NUMBERS = st.one_of(st.integers(), st.floats(), st.decimals(allow_nan=False, allow_infinity=False, places=20))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5))
def test_what_is_taken_survives_canonical_json(data: dict[str, Any]) -> None:
    try:
        taken = forms.check_json(data)
    except Invalid:
        return
    again = json.loads(rfc8785.dumps(taken))
    assert again == taken
    # A second storing changes nothing, not even a number's type.
    assert json.dumps(forms.check_json(again), sort_keys=True) == json.dumps(taken, sort_keys=True)


@given(NUMBERS)
def test_a_number_is_kept_exactly_or_refused(number: Any) -> None:
    try:
        taken = forms.check_json({"a": number})["a"]
    except Invalid:
        return
    assert Decimal(repr(taken)) == Decimal(number if not isinstance(number, float) else repr(number))
