"""Canonical JSON (RFC 8785), the form over which every digest is taken."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson
import rfc8785

#: What orjson may write otherwise than RFC 8785 §3.2.2 wants: a fraction or an exponent, outside strings. A number
#: begins the document, or follows a name or what opens or parts a list; an instant (`T09:12:05.5`) does not …
_FRACTION = re.compile(rb'(?:^|":|[\[,])-?[0-9]+[.eE]')
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
#: … and names beyond the Basic Multilingual Plane, which §3.2.3 sorts by UTF-16 code units.
_ASTRAL = re.compile(rb"[\xf0-\xff]")


def canonical(value: Any) -> bytes:
    """The canonical form of a JSON value.

    NaN and the infinities, which data cannot hold, are written as null.

    :raises ValueError: where the value is not JSON, or a number does not survive as an IEEE 754 double.
    """
    try:
        quick = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
        if _has_fraction(quick) or _ASTRAL.search(quick):
            return rfc8785.dumps(value)
        return quick
    except (TypeError, rfc8785.CanonicalizationError) as error:
        raise ValueError(f"not canonical JSON: {error}") from error


def _has_fraction(text: bytes) -> bool:
    # A text may hold what looks like one, so only what stands outside strings counts.
    return bool(_FRACTION.search(text) and _FRACTION.search(_STRING.sub(b'""', text)))


def digest(value: Any) -> str:
    """SHA-256 (hex) over the canonical form of a JSON value."""
    return hashlib.sha256(canonical(value)).hexdigest()
