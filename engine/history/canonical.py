"""Canonical JSON (RFC 8785), the form over which every digest is taken."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import rfc8785

# What orjson may write otherwise than RFC 8785 §3.2.2 wants: a number that is a float …
# … and names beyond the Basic Multilingual Plane, which §3.2.3 sorts by UTF-16 code units: by their first bytes.
_ASTRAL = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")

_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def canonical(value: Any) -> bytes:
    """The canonical form of a JSON value.

    :raises ValueError: where the value is not JSON, or a number does not survive as an IEEE 754 double, or is none.
    """
    try:
        quick = orjson.dumps(value, option=_SORTED)
        if _has_float(value) or _has_astral(quick):
            return rfc8785.dumps(value)
        return quick
    except (TypeError, rfc8785.CanonicalizationError) as error:
        raise ValueError(f"not canonical JSON: {error}") from error


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values have the same canonical form; most that have are written alike at once."""
    try:
        if orjson.dumps(one, option=_SORTED) == orjson.dumps(other, option=_SORTED):
            return True
    except TypeError:
        pass
    return canonical(one) == canonical(other)


def _has_float(value: Any) -> bool:
    """Whether a number in a JSON value is a float: quicker to find than in its text, most of which is strings."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return isinstance(value, float)
    for one in value:
        kind = type(one)
        if kind is not str and kind is not int and one is not None and _has_float(one):
            return True
    return False


def _has_astral(text: bytes) -> bool:
    for first in _ASTRAL:  # noqa: SIM110  # asked of every document
        if first in text:
            return True
    return False


def digest(value: Any) -> str:
    """SHA-256 (hex) over the canonical form of a JSON value."""
    return hashlib.sha256(canonical(value)).hexdigest()
