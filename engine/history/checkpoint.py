"""Checkpoints: what an office says, signed, of all its cases at one moment.

A checkpoint is a signed note as transparency logs write it (C2SP tlog-checkpoint): the origin, the number of
leaves, the root hash, then lines of our own. A leaf is the canonical JSON of `[number, seq, hash]`: a case and
its last entry then. Leaves stand in the order of the cases' numbers.

Cases grow, so a later tree does not contain an earlier one, and RFC 9162's consistency proofs do not apply.
Instead each record brings the heads that have changed since the record before it: from all records one knows
every head that was ever signed, and each of them must still be an entry of its case.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.history import merkle
from engine.history.canonical import canonical
from engine.instants import instant

#: Byte that names Ed25519 in the id of a key (C2SP signed-note).
_ED25519 = b"\x01"
_SIGNATURE = "— "


class BadNote(ValueError):
    """A signed note that cannot be read, or whose signature does not hold."""


class Head(NamedTuple):
    """The last entry of a case."""

    number: str
    seq: int
    hash: str

    def leaf(self) -> bytes:
        """Hash of the leaf."""
        return merkle.leaf_hash(canonical(list(self)))


def tree(heads: Mapping[str, Head]) -> list[bytes]:
    """The leaf hashes of an office's tree, in order."""
    return [heads[number].leaf() for number in sorted(heads)]


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What a note says."""

    origin: str
    size: int
    root: bytes
    at: str
    #: SHA-256 (hex) of the note before it, or none in the first.
    previous: str | None

    @classmethod
    def of(cls, heads: Mapping[str, Head], *, origin: str, at: datetime, previous: str | None) -> Self:
        """The checkpoint of all heads."""
        leaves = tree(heads)
        return cls(origin=origin, size=len(leaves), root=merkle.root(leaves), at=instant(at), previous=previous)

    def text(self) -> str:
        """What is signed."""
        lines = [self.origin, str(self.size), _base64(self.root), f"time {self.at}"]
        if self.previous is not None:
            lines.append(f"previous {self.previous}")
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def read(cls, text: str) -> Self:
        """What `text` says.

        :raises BadNote: where it is no checkpoint.
        """
        try:
            origin, size, root, time, *rest = text.rstrip("\n").split("\n")
            previous = rest[0].removeprefix("previous ") if rest else None
            read = cls(
                origin=origin,
                size=int(size),
                root=base64.b64decode(root, validate=True),
                at=time.removeprefix("time "),
                previous=previous,
            )
        except (ValueError, binascii.Error) as error:
            raise BadNote("this is no checkpoint") from error
        if read.text() != text:
            raise BadNote("this is no checkpoint as this program writes it")
        return read


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """An office's word that from now on another key signs: signed by the key before it."""

    origin: str
    key: bytes
    at: str
    previous: str | None

    def text(self) -> str:
        """What is signed."""
        lines = [self.origin, f"next-key {_base64(self.key)}", f"time {self.at}"]
        if self.previous is not None:
            lines.append(f"previous {self.previous}")
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def read(cls, text: str) -> Self:
        """What `text` says.

        :raises BadNote: where it is no rotation.
        """
        try:
            origin, key, time, *rest = text.rstrip("\n").split("\n")
            read = cls(
                origin=origin,
                key=base64.b64decode(key.removeprefix("next-key "), validate=True),
                at=time.removeprefix("time "),
                previous=rest[0].removeprefix("previous ") if rest else None,
            )
        except (ValueError, binascii.Error) as error:
            raise BadNote("this is no change of keys") from error
        if read.text() != text:
            raise BadNote("this is no change of keys as this program writes it")
        return read


def origin_of(public: bytes) -> str:
    """Name of an office, from the first key that it ever had."""
    return f"yichuang/{hashlib.sha256(public).hexdigest()[:32]}"


def sign(text: str, name: str, seed: bytes) -> str:
    """A note: `text` with a signature under the private key (32 bytes, RFC 8032).

    :param name: of the signer; the origin.
    """
    key = Ed25519PrivateKey.from_private_bytes(seed)
    signed = _key_id(name, key.public_key().public_bytes_raw()) + key.sign(text.encode())
    return f"{text}\n{_SIGNATURE}{name} {_base64(signed)}\n"


def opened(note: str, public: bytes) -> str:
    """The text of a note that was signed under a key.

    :raises BadNote: where it was not.
    """
    text, mark, signatures = note.rpartition("\n\n")
    text += "\n"
    name = text.partition("\n")[0]
    for line in signatures.splitlines() if mark else ():
        try:
            signer, encoded = line.removeprefix(_SIGNATURE).rsplit(" ", 1)
            signed = base64.b64decode(encoded, validate=True)
            if line.startswith(_SIGNATURE) and signer == name and signed[:4] == _key_id(name, public):
                Ed25519PublicKey.from_public_bytes(public).verify(signed[4:], text.encode())
                return text
        except (ValueError, binascii.Error, InvalidSignature):
            continue
    raise BadNote("the signature does not hold under the office's key")


def unsigned(note: str) -> str:
    """The text of a note whose signature was looked at before: see `opened`."""
    return note.rpartition("\n\n")[0] + "\n"


def note_hash(note: str) -> str:
    """By which the next note names this one."""
    return hashlib.sha256(note.encode()).hexdigest()


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
