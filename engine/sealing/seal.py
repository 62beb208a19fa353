"""Sealing one value and opening sealed values wherever they stand in a JSON document.

A sealed value is `{"$sealed": "1.OWNER.BYTES"}`: the scheme's version, the id of the applicant whose key
seals it, and base64url of a 96-bit nonce with the AES-256-GCM ciphertext (NIST SP 800-38D) of the value's
JSON; the owner's id is authenticated with it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: Name of the only member of a sealed value.
MARK = "$sealed"

#: What is shown where the key was erased.
ERASED = "〔已抹除 erased〕"

_SCHEME = "1"
_NESTED = (dict, list)


def seal(value: Any, owner: str, key: bytes) -> dict[str, str]:
    """Seal a JSON value under the key of `owner`."""
    nonce = os.urandom(12)
    ciphertext = AESGCM(key).encrypt(nonce, orjson.dumps(value), owner.encode())
    return {MARK: f"{_SCHEME}.{owner}.{base64.urlsafe_b64encode(nonce + ciphertext).decode()}"}


def is_sealed(value: Any) -> bool:
    """Whether a JSON value is a sealed one."""
    return isinstance(value, dict) and len(value) == 1 and MARK in value


def holds_sealed(document: Any) -> bool:
    """Whether anything in a JSON document looks like a sealed value, well-formed or not."""
    if isinstance(document, dict):
        return MARK in document or any(holds_sealed(value) for value in document.values())
    return isinstance(document, list) and any(holds_sealed(value) for value in document)


def sealed_owners(document: Any) -> set[str]:
    """Ids of the applicants whose keys open what is sealed in a JSON document."""
    owners: set[str] = set()
    pending = [document]
    while pending:
        value = pending.pop()
        if is_sealed(value):
            owners.add(_parts(value)[1])
        elif isinstance(value, dict):
            pending += [inner for inner in value.values() if isinstance(inner, _NESTED)]
        elif isinstance(value, list):
            pending += [inner for inner in value if isinstance(inner, _NESTED)]
    return owners


def unseal(document: Any, keys: Mapping[str, bytes]) -> Any:
    """A copy of a JSON document in which everything sealed is open; `ERASED` stands where a key is gone."""
    # The same value often stands in many places, such as the applicant's name in every task of a case.
    opened: dict[str, Any] = {}

    def visit(value: Any) -> Any:
        if isinstance(value, dict):
            if len(value) == 1 and MARK in value:
                text = value[MARK]
                if text not in opened:
                    opened[text] = _open(value, keys)
                return opened[text]
            return {name: visit(inner) if isinstance(inner, _NESTED) else inner for name, inner in value.items()}
        if isinstance(value, list):
            return [visit(inner) if isinstance(inner, _NESTED) else inner for inner in value]
        return value

    return visit(document)


def _open(value: dict[str, str], keys: Mapping[str, bytes]) -> Any:
    _scheme, owner, data = _parts(value)
    key = keys.get(owner)
    if key is None:
        return ERASED
    sealed = base64.urlsafe_b64decode(data)
    try:
        return orjson.loads(AESGCM(key).decrypt(sealed[:12], sealed[12:], owner.encode()))
    except InvalidTag as error:
        raise ValueError("a sealed value was changed after it was sealed") from error


def _parts(value: dict[str, str]) -> tuple[str, str, str]:
    scheme, owner, data = value[MARK].split(".")
    if scheme != _SCHEME:
        raise ValueError(f"sealing scheme {scheme!r} is not known to this version")
    return scheme, owner, data
