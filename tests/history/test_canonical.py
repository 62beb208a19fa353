"""Canonical JSON: the quick way gives what RFC 8785 says, whatever the document holds."""

from __future__ import annotations

import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from engine.history.canonical import canonical

_WHOLE = st.integers(-(10**20), 10**20).map(float)
_NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | _WHOLE
#: Texts that look like numbers, names or instants in the text of the document, among any others.
_LIKE_NUMBERS = st.sampled_from(
    ['":1.5', "[2.5", ",3e7", "\\", '"', '\\":4.0', "2026-11-24T09:12:05.500000Z", "1.0", "\U0001f3e2", "ﬀ"]
)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | _LIKE_NUMBERS
_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXTS, inner, max_size=5),
    max_leaves=20,
)


@given(_DOCUMENTS)
def test_any_document_is_written_as_the_standard_says(document: Any) -> None:
    assert canonical(document) == rfc8785.dumps(document)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, b"1"),
        (-0.0, b"0"),
        ([1.0, 2.5], b"[1,2.5]"),
        ({"a": 10.0}, b'{"a":10}'),
        ([0.0, {"b": [-7.0]}], b'[0,{"b":[-7]}]'),
        (1e21, b"1e+21"),
        (1e-7, b"1e-7"),
        ({"\U0001f600": 1, "\ufb33": 2}, '{"\U0001f600":1,"\ufb33":2}'.encode()),
        ({"at": "2026-11-24T09:12:05.500000Z"}, b'{"at":"2026-11-24T09:12:05.500000Z"}'),
    ],
)
def test_numbers_names_and_instants(value: Any, text: bytes) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize("value", [2**53, {"a": object()}, {1: "a"}, {"a": [math.nan]}, (math.inf,)])
def test_what_is_no_canonical_json_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="canonical"):
        canonical(value)
