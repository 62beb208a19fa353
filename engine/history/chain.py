"""Entries and their chain: each entry holds the hash of the one before it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from engine.history.canonical import canonical
from engine.history.kinds import Kind

#: What the first entry of a case has as `previous`.
GENESIS = "0" * 64

#: Version of the entry's layout.
LAYOUT = 1


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One step of one case, as recorded.

    `body` is the canonical JSON of everything in the entry but its hash; `hash` is SHA-256 over it.
    """

    case: str
    seq: int
    at: datetime
    actor: str
    #: A `Kind`; text, since a row can say anything.
    kind: str
    body: bytes
    hash: str

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
    ) -> Entry:
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

    def read(self) -> dict[str, Any]:
        """The fields of the body."""
        fields: dict[str, Any] = orjson.loads(self.body)
        return fields


def instant(at: datetime) -> str:
    """An instant as it is written in entries: RFC 3339, UTC, microseconds."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def broken(entry: Entry, *, seq: int, previous: str) -> str | None:
    """Why `entry` cannot be the one numbered `seq` that follows `previous`, or None where it holds.

    The columns beside the body are only there to be searched, so they must say what the body says.
    """
    if hashlib.sha256(entry.body).hexdigest() != entry.hash:
        return "the entry's content does not match its hash"
    try:
        fields = entry.read()
        if canonical(fields) != entry.body:
            return "the entry is not in canonical form"
    except ValueError:
        return "the entry cannot be read"
    if fields.get("v") != LAYOUT:
        return f"the entry's layout {fields.get('v')!r} is not known to this version"
    if entry.seq != seq or fields.get("seq") != seq:
        return f"entry {seq} is missing or out of order"
    if fields.get("previous") != previous:
        return "the entry does not follow the one before it"
    stated = (fields.get("case"), fields.get("at"), fields.get("actor"), fields.get("kind"))
    if stated != (entry.case, instant(entry.at), entry.actor, entry.kind):
        return "the entry's row says something else than its content"
    return None
