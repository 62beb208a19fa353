"""Sealing one value and opening sealed values wherever they stand in a JSON document.

A sealed value is `{"$sealed": "1.OWNER.BYTES"}`: the scheme's version, the id of the applicant whose key
seals it, and base64url of a 96-bit nonce with the AES-256-GCM ciphertext (NIST SP 800-38D) of the value's
JSON; the owner's id is authenticated with it.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: Name of the only member of a sealed value.
MARK = "$sealed"

#: What is shown where the key was erased.
ERASED = "〔已抹除 erased〕"

#: Bytes of a nonce.
NONCE = 12

_ERASED_JSON = orjson.dumps(ERASED)

#: A sealed value in compact JSON. A text cannot hold one: the quotes in it are escaped.
_SEALED = re.compile(rb'\{"\$sealed":"([^"\\]*)"\}')

_SCHEME = b"1"
_NESTED = (dict, list)
#: From base64url to base64 (RFC 4648 §4, §5).
_PLAIN_ALPHABET = bytes.maketrans(b"-_", b"+/")


def seal(value: Any, owner: str, key: bytes) -> dict[str, str]:
    """Seal a JSON value under the key of `owner`."""
    return {MARK: sealed(orjson.dumps(value), owner, AESGCM(key), os.urandom(NONCE))}


def sealed(plain: bytes, owner: str, cipher: AESGCM, nonce: bytes) -> str:
    """What stands in a sealed value.

    :param plain: the value's JSON.
    :param cipher: with the key of `owner`.
    :param nonce: `NONCE` random bytes, never used before with this key.
    """
    ciphertext = cipher.encrypt(nonce, plain, owner.encode())
    return f"{_SCHEME.decode()}.{owner}.{base64.urlsafe_b64encode(nonce + ciphertext).decode()}"


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
            owners.add(_parts(value[MARK].encode())[0])
        elif isinstance(value, dict):
            pending += [inner for inner in value.values() if isinstance(inner, _NESTED)]
        elif isinstance(value, list):
            pending += [inner for inner in value if isinstance(inner, _NESTED)]
    return owners


def unseal(document: Any, keys: Callable[[set[str]], Mapping[str, bytes]]) -> Any:
    """A copy of a JSON document in which everything sealed is open; `ERASED` stands where a key is gone.

    :param keys: gives the keys of applicants, by their ids.
    """
    return orjson.loads(unseal_json(orjson.dumps(document), keys))


def unseal_json(document: bytes, keys: Callable[[set[str]], Mapping[str, bytes]]) -> bytes:
    """The same for a document in compact JSON.

    What was sealed is JSON, so it is put into the document's as it is.
    """
    # Plain text and what stands in a sealed value, in turns.
    pieces = _SEALED.split(document)
    # The same value often stands in many places, such as the applicant's name in every task of a case.
    parts = {text: _parts(text) for text in pieces[1::2]}
    if parts:
        known = keys({owner for owner, _ in parts.values()})
        ciphers = {owner: AESGCM(key) for owner, key in known.items()}
        opened = {text: _open(owner, data, ciphers.get(owner)) for text, (owner, data) in parts.items()}
        pieces[1::2] = [opened[text] for text in pieces[1::2]]
    return b"".join(pieces)


def _open(owner: str, data: bytes, cipher: AESGCM | None) -> bytes:
    """The JSON of what was sealed."""
    if cipher is None:
        return _ERASED_JSON
    whole = binascii.a2b_base64(data.translate(_PLAIN_ALPHABET))
    try:
        return cipher.decrypt(whole[:NONCE], whole[NONCE:], owner.encode())
    except InvalidTag as error:
        raise ValueError("a sealed value was changed after it was sealed") from error


def _parts(text: bytes) -> tuple[str, bytes]:
    """Owner and base64url of what stands in a sealed value."""
    scheme, owner, data = text.split(b".")
    if scheme != _SCHEME:
        raise ValueError(f"sealing scheme {scheme.decode()!r} is not known to this version")
    return owner.decode(), data
