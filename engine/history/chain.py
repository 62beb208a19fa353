"""Entries and their chains: each entry holds the hash of the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import UnionType
from typing import Any, ClassVar, Self

import orjson

from engine.errors import Invalid
from engine.history.canonical import canonical
from engine.history.kinds import ActKind, Kind
from engine.history.layouts import LAYOUT, is_known, lifted
from engine.instants import instant

#: What the first entry of a chain has as `previous`.
GENESIS = "0" * 64


_EVERY = {"seq": int, "at": str, "actor": str, "kind": str, "previous": str}

#: What the body of each step of a case has.
STEP: Mapping[str, type | UnionType] = {
    **_EVERY,
    "case": str,
    "process": str | None,
    "element": str | None,
    "input": dict,
    "outcome": dict,
    "state": str,
}


@dataclass(frozen=True, kw_only=True)
class Link:
    """One entry of one chain, as recorded.

    `body` is the canonical JSON of everything in the entry but its hash; `hash` is SHA-256 over it.
    """

    #: Field of the body that names the chain.
    NAMED: ClassVar[str]
    #: What each body has, and of what type that is.
    FIELDS: ClassVar[Mapping[str, type | UnionType]]

    seq: int
    at: datetime
    actor: str
    #: Text, since a row can say anything.
    kind: str
    body: bytes
    hash: str

    @property
    def owner(self) -> str:
        """Name of the chain that the entry belongs to."""
        raise NotImplementedError

    def read(self) -> dict[str, Any]:
        """The fields of the body, in the layout of this version whatever it was written in.

        :raises Invalid: where it is nothing that this program wrote.
        """
        return read(self.body, self.owner, self.seq, self.FIELDS)


@dataclass(frozen=True, kw_only=True)
class Entry(Link):
    """One step of one case; its `kind` is a `Kind`."""

    NAMED = "case"
    FIELDS = STEP

    case: str

    @property
    def owner(self) -> str:
        """Number of the case."""
        return self.case

    @classmethod
    def record(
        cls,
        *,
        case: str,
        seq: int,
        at: datetime,
        actor: str,
        kind: Kind,
        process: str | None,
        element: str | None,
        input: dict[str, Any],
        outcome: dict[str, Any],
        state: str,
        previous: str,
        engine: str,
    ) -> Self:
        """Write an entry down.

        :param state: digest of the state's projection after the step.
        :param previous: hash of the entry before it, or `GENESIS`.
        :param engine: versions of the programs that executed the step.
        """
        body = canonical(
            {
                "v": LAYOUT,
                "case": case,
                "seq": seq,
                "at": instant(at),
                "actor": actor,
                "kind": kind,
                "process": process,
                "element": element,
                "input": input,
                "outcome": outcome,
                "state": state,
                "previous": previous,
                "engine": engine,
            }
        )
        return cls(case=case, seq=seq, at=at, actor=actor, kind=kind, body=body, hash=hashlib.sha256(body).hexdigest())


@dataclass(frozen=True, kw_only=True)
class Act(Link):
    """One entry of one of the office's own chains; its `kind` is an `ActKind`."""

    NAMED = "chain"
    FIELDS: ClassVar[Mapping[str, type | UnionType]] = {**_EVERY, "chain": str, "about": dict}

    chain: str

    @property
    def owner(self) -> str:
        """Name of the chain."""
        return self.chain

    @classmethod
    def record(
        cls,
        *,
        chain: str,
        seq: int,
        at: datetime,
        actor: str,
        kind: ActKind,
        about: dict[str, Any],
        previous: str,
        engine: str,
    ) -> Self:
        """Write an act down.

        :param about: what was done, to what; JSON with nothing in it that would have to be erased one day.
        """
        body = canonical(
            {
                "v": LAYOUT,
                "chain": chain,
                "seq": seq,
                "at": instant(at),
                "actor": actor,
                "kind": kind,
                "about": about,
                "previous": previous,
                "engine": engine,
            }
        )
        hash = hashlib.sha256(body).hexdigest()
        return cls(chain=chain, seq=seq, at=at, actor=actor, kind=kind, body=body, hash=hash)


def read(body: bytes, owner: str, seq: int, fields: Mapping[str, type | UnionType] = STEP) -> dict[str, Any]:
    """The fields of an entry's body, in the layout of this version whatever it was written in.

    :param owner: name of its chain, and `seq` its number in it, for the message.
    :param fields: what it has, by name, of what type.
    :raises Invalid: where it is nothing that this program wrote.
    """
    try:
        found = lifted(orjson.loads(body))
        if all(isinstance(found[name], type) for name, type in fields.items()):
            return found
    except (ValueError, TypeError, KeyError, AttributeError):
        # Told below, as what has the wrong fields.
        pass
    raise Invalid(
        f"Entry {seq} of {owner} cannot be read: somebody has changed it in the database. See `yichuang verify`."
    )


def misplaced(link: Link, fields: Mapping[str, Any], previous: str) -> str | None:
    """Why a link that was read is not what was recorded after `previous`, or None. `broken` looks at more.

    :param fields: what it says.
    """
    return _altered(link) or _out_of_place(link, fields, previous)


def broken(link: Link, *, seq: int, previous: str) -> str | None:
    """Why `link` cannot be the one numbered `seq` that follows `previous`, or None where it holds.

    The columns beside the body are only there to be searched, so they must say what the body says.
    """
    if (fault := _altered(link)) is not None:
        return fault
    try:
        fields = orjson.loads(link.body)
        if canonical(fields) != link.body:
            return "the entry is not in canonical form"
    except ValueError:
        return "the entry cannot be read"
    if not isinstance(fields, dict):
        return "the entry cannot be read"
    if not is_known(fields.get("v")):
        return f"the entry's layout {fields.get('v')!r} is not known to this version"
    if link.seq != seq or fields.get("seq") != seq:
        return f"entry {seq} is missing or out of order"
    return _out_of_place(link, fields, previous)


def _altered(link: Link) -> str | None:
    return None if hashlib.sha256(link.body).hexdigest() == link.hash else "the entry's content does not match its hash"


def _out_of_place(link: Link, fields: Mapping[str, Any], previous: str) -> str | None:
    if fields.get("previous") != previous:
        return "the entry does not follow the one before it"
    stated = (fields.get(link.NAMED), fields.get("at"), fields.get("actor"), fields.get("kind"))
    if stated != (link.owner, instant(link.at), link.actor, link.kind):
        return "the entry's row says something else than its content"
    return None
