"""What auditors do with a case: read its history, prove it, and see the case as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, select

from engine.errors import FieldError, Invalid, NotFound
from engine.handling import Case
from engine.history.canonical import digest
from engine.history.chain import GENESIS, Entry, broken
from engine.history.kinds import Kind
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.person import Person
from engine.office.present import Presenter
from engine.office.replay import Replay
from engine.office.steps import Steps
from engine.office.views import Page
from engine.storage import tables

#: Entries a page has at most.
MOST = 1000


class Histories:
    """The histories of one office's cases."""

    def __init__(self, context: Context, steps: Steps, presenter: Presenter) -> None:
        self._context = context
        self._steps = steps
        self._presenter = presenter

    def entries(self, number: str, *, by: Person, limit: int = 100, cursor: str | None = None) -> Page:
        """A case's history, the oldest entry first.

        :param cursor: the `next` of the page before.
        """
        if not 1 <= limit <= MOST:
            raise Invalid(errors=[FieldError("/limit", f"between 1 and {MOST}")])
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
            raise Invalid(errors=[FieldError("/cursor", "not a cursor of this list: start again without it")])
        with self._context.database.read() as connection:
            loaded = self._seen(connection, number, by)
            entries = list(_entries(connection, loaded.id, number, after=int(cursor or 0), limit=limit + 1))
        self._steps.keep(loaded)
        items = [self._presenter.entry(entry) for entry in entries[:limit]]
        page = {"items": items, "next": str(entries[limit - 1].seq) if len(entries) > limit else None}
        return cast(Page, self._context.unsealed(page))

    def verify(self, number: str, *, by: Person) -> dict[str, Any]:
        """Prove a case: every entry's hash and place, and its rows against a replay from the first entry on.

        :returns: `ok`, `entries` (how many hold, from the first), and `first_bad` (case, seq, reason) or null.
        """
        with self._context.database.read() as connection:
            loaded = self._seen(connection, number, by)
            entries = list(_entries(connection, loaded.id, number))
            holding, fault = _chain_fault(entries)
            if fault is None:
                holding, fault = self._replay_fault(connection, loaded, entries)
        self._steps.keep(loaded)
        first_bad = None if fault is None else {"case": number, "seq": holding + 1, "reason": fault}
        return {"ok": fault is None, "entries": holding, "first_bad": first_bad}

    def replay(self, number: str, *, by: Person, at: int | datetime | None = None) -> dict[str, Any]:
        """The case as it was after an entry: its steps executed again, on the versions that it ran on.

        :param at: an entry's sequence number, or an instant; the last entry where none is given.
        :raises Invalid: where the case had not begun, or has no such entry.
        """
        with self._context.database.read() as connection:
            loaded = self._seen(connection, number, by)
            entries = list(_entries(connection, loaded.id, number))
            upto = _upto(entries, at)
            replay = Replay(self._context, connection)
            for entry in entries[:upto]:
                replay.repeat(entry)
        self._steps.keep(loaded)
        return cast(dict[str, Any], self._context.unsealed(self._state(replay.case, replay, entries[upto - 1])))

    def _state(self, case: Case, replay: Replay, entry: Entry) -> dict[str, Any]:
        local = self._context.local
        return {
            "seq": entry.seq,
            "at": local(entry.at),
            "status": case.status,
            "type": case.type,
            "data": dict(replay.execution.variables),
            "tasks": [work.projection() for _, work in sorted(case.work.items())],
            "tokens": replay.execution.projection()["tokens"],
            "due": local(case.due),
        }

    def _replay_fault(self, connection: Connection, loaded: Loaded, entries: list[Entry]) -> tuple[int, str | None]:
        replay = Replay(self._context, connection)
        for count, entry in enumerate(entries):
            difference = replay.repeat(entry)
            if difference is not None:
                return count, difference
        if replay.case.digest(digest(replay.execution.projection())) != loaded.case.digest(
            digest(loaded.execution.projection())
        ):
            return len(entries), "the case's stored state is not what its history leads to"
        fault = self._row_fault(connection, loaded, replay.case, entries[-1])
        return len(entries), fault

    def _row_fault(self, connection: Connection, loaded: Loaded, case: Case, last: Entry) -> str | None:
        """What else is derived from the entries, and says something different."""
        row = connection.execute(select(tables.case).where(tables.case.c.id == loaded.id)).one()
        if (row.seq, row.head, row.state_digest) != (last.seq, last.hash, last.read()["state"]):
            return "the case's row does not point to its last entry"
        stated = {name: getattr(case, name) for name in _SHOWN}
        found = {name: getattr(row, name) for name in _SHOWN}
        for name in _SHOWN:
            if stated[name] != found[name]:
                return f"the case's row has another {name} than its history"
        waiting = not case.closed and not case.suspended
        if row.wake_at != (loaded.execution.wake_at if waiting else None):
            return "the case's row has another wake-up than its timers"
        return None

    def _seen(self, connection: Connection, number: str, by: Person) -> Loaded:
        loaded = self._steps.archive.by_number(connection, number)
        what = f"case {number}"
        if loaded is None:
            raise NotFound(f"There is no {what}, or it is not yours to see.")
        self._context.rights(by).require_sight(loaded.units, what)
        return loaded


#: Columns of a case's row that follow from its entries.
_SHOWN = (
    "number",
    "window",
    "unit",
    "type",
    "status",
    "agent",
    "channel",
    "received_at",
    "accepted_at",
    "due",
    "due_provisional",
    "ended_at",
    "last_at",
)


def _entries(
    connection: Connection, case: int, number: str, *, after: int = 0, limit: int | None = None
) -> Iterator[Entry]:
    entry = tables.entry.c
    query = select(tables.entry).where(entry.case_id == case, entry.seq > after).order_by(entry.seq).limit(limit)
    for row in connection.execute(query):
        yield Entry(
            case=number,
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            kind=Kind(row.kind),
            body=row.body,
            hash=row.hash,
        )


def _chain_fault(entries: list[Entry]) -> tuple[int, str | None]:
    """How many entries hold, and what is wrong with the next one."""
    previous = GENESIS
    for count, entry in enumerate(entries):
        fault = broken(entry, seq=count + 1, previous=previous)
        if fault is not None:
            return count, fault
        previous = entry.hash
    return len(entries), None if entries else "the case has no entries"


def _upto(entries: list[Entry], at: int | datetime | None) -> int:
    """How many entries from the first are meant."""
    if at is None:
        return len(entries)
    if isinstance(at, datetime):
        count = sum(entry.at <= at for entry in entries)
        if count == 0:
            raise Invalid(errors=[FieldError("/at", "the case had not begun then")])
        return count
    if not 1 <= at <= len(entries):
        raise Invalid(errors=[FieldError("/at", f"an entry's number, from 1 to {len(entries)}")])
    return at
