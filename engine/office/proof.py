"""Proving one case: its chain of entries, and every row that follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Integer, Row, Table, bindparam, select

from engine.errors import Invalid, Unavailable
from engine.execution import Execution
from engine.handling import Case
from engine.history.canonical import canonical, digest
from engine.history.chain import GENESIS, Entry, broken
from engine.history.kinds import Kind
from engine.office import mail_rows, notice_rows, rating_rows, subscriptions
from engine.office import mentions as mentioned
from engine.office.archive import case_columns, unit_columns
from engine.office.context import Context
from engine.office.inbox_rows import InboxRows
from engine.office.job_rows import JobRows
from engine.office.material_rows import changes
from engine.office.programs import Binding, digests
from engine.office.release import ENGINE
from engine.office.replay import Replay
from engine.sealing import sealed_owners
from engine.storage import tables
from engine.storage.prepared import Prepared
from engine.storage.stored import as_stored, instant_of, stored, text_of

#: Columns of a case's row that the entries say, but are no part of a step's changes.
_FIXED = ("number", "window", "unit", "channel", "received_at")

#: Kinds of entries that say which versions a case runs on.
_BINDING = frozenset({Kind.CASE_STARTED, Kind.CASE_MIGRATED})

#: More entries than a case can have.
MOST_ENTRIES = 2**31 - 1

_ENTRY = tables.entry.c
_RECORDED = Prepared(
    select(tables.entry)
    .where(_ENTRY.case_id == bindparam("case"), _ENTRY.seq > bindparam("after"))
    .order_by(_ENTRY.seq)
    .limit(bindparam("limit", type_=Integer))
)

#: The byte of a stored state that says whether it is compressed, and what it can be.
_FLAG, _FLAGS = 3, (0, 1)


class Proof:
    """The proof of one case. What it finds is said of the first entry that does not hold; a row that says
    something else than the entries is a fault after the last one.

    :param id: the case's row id.
    """

    def __init__(self, context: Context, connection: Connection, id: int) -> None:
        self._context = context
        self._connection = connection
        self._id = id
        (self._row,) = stored(connection, tables.case.c.id, id)

    def run(self) -> tuple[int, str | None]:
        """How many entries hold, from the first, and what is wrong then.

        :raises Unavailable: where the database is.
        """
        entries, fault = self._chained()
        if not entries:
            return 0, fault or "the case has no entries"
        replay, rows = Replay(self._context, self._connection, entries), InboxRows(self._id)
        jobs = JobRows(self._id)
        mails: dict[str, dict[str, Any]] = {}
        materials: dict[str, dict[str, Any]] = {}
        rating: dict[str, Any] = {}
        named: dict[tuple[int, str], dict[str, Any]] = {}
        notices: dict[str, dict[str, Any]] = {}
        for count, entry in enumerate(entries):
            difference = repeated(replay, entry)
            if difference is not None:
                return count, difference
            rows.take(replay.case, replay.applied, entry)
            jobs.take(replay.case, replay.applied, entry)
            notices |= {row["id"]: row for row in notice_rows.rows(self._id, replay.applied, entry)}
            named |= mentioned.rows(entry)
            given = entry.read()["input"]
            mails |= {row["id"]: row for row in mail_rows.rows(self._id, replay.case, replay.applied, entry)}
            if (moved := mail_rows.change(entry.kind, given, entry)) is not None:
                mails[given["notice"]] |= moved
            if entry.kind in _BINDING and (changed := self._files_fault(given)):
                return count, changed
            for id, columns in changes(entry.kind, given, at=entry.at, actor=entry.actor, seq=entry.seq).items():
                materials.setdefault(id, {"id": id, "case_id": self._id}).update(columns)
            rating |= rating_rows.changes(entry.kind, given, at=entry.at, actor=entry.actor, seq=entry.seq) or {}
        fault = fault or self._case_fault(replay, entries[-1]) or self._tasks_fault(rows)
        fault = fault or self._units_fault(rows, replay.case)
        fault = fault or self._materials_fault(materials, replay.case) or self._rating_fault(rating)
        fault = fault or self._subscriptions_fault(replay, entries[-1]) or self._jobs_fault(jobs.jobs | mails)
        fault = fault or self._notices_fault(notices)
        fault = fault or self._mentions_fault(named)
        return len(entries), fault

    def _chained(self) -> tuple[list[Entry], str | None]:
        """The entries that hold by themselves, from the first, and what is wrong with the next."""
        entries: list[Entry] = []
        number = text_of(self._row.number)
        previous = GENESIS
        for row in stored(self._connection, tables.entry.c.case_id, self._id):
            entry = _entry(row, number)
            fault = (
                "the entry's row cannot be read"
                if entry is None
                else broken(entry, seq=len(entries) + 1, previous=previous)
            )
            if entry is None or fault is not None:
                return entries, fault
            entries.append(entry)
            previous = entry.hash
        return entries, None

    def _files_fault(self, given: dict[str, Any]) -> str | None:
        """Whether the files of the versions are still those that the entry names; older entries name none."""
        if "digests" not in given:
            return None
        there = digests(self._connection, given["versions"])
        if given["digests"] == there:
            return None
        named = given["digests"] if isinstance(given["digests"], dict) else {}
        key = next((key for key, digest in there.items() if named.get(key) != digest), "")
        return f"the files of version {given['versions'].get(key)} of {key} are not those that the case runs on"

    def _case_fault(self, replay: Replay, last: Entry) -> str | None:
        row, case = self._row, replay.case
        if (row.seq, text_of(row.head)) != (last.seq, last.hash):
            return f"the case's row says that its last entry is {row.seq}, which is not there"
        fault = self._state_fault(replay, row.state) or _opening_fault(case, row.opening)
        if fault is not None:
            return fault
        expected = case_columns(case, replay.execution, last, last.read()["state"])
        # The state's bytes were compared by what they mean, and may be written otherwise.
        del expected["state"]
        binding = Binding(case.root, case.versions)
        expected |= {name: getattr(case, name) for name in _FIXED}
        expected |= {"matter": case.matter["code"], "binding": binding.id}
        versions = canonical(dict(case.versions)).decode()
        fault = self._row_fault(tables.binding, {"id": binding.id, "root": case.root, "versions": versions})
        try:
            person, columns = self._applicant(case)
        except (ValueError, KeyError, TypeError):
            return "the applicant in the first entry is not sealed as this office seals"
        fault = fault or self._row_fault(tables.applicant, person)
        odd = self._odd(tables.case, row, expected | columns)
        return fault or (f"the case's row has another {odd} than its history" if odd else None)

    def _applicant(self, case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the applicant's row says, and what the case's row says of the applicant.

        Of a person whose key was erased, nobody can say any more what the keyed hashes should be.
        """
        (owner,) = sealed_owners(case.applicant)
        keyring = self._context.keyring
        keys = keyring.keys([owner])
        if not keys:
            return {"id": owner}, {"applicant": owner}
        person = self._context.unsealed_with(case.applicant, keys)
        identity = keyring.hash("identity", person["id_type"], person["id_number"])
        return {"id": owner, "identity": identity}, {
            "applicant": owner,
            "name_hash": keyring.hash("name", person["name"]),
        }

    def _row_fault(self, table: Table, expected: dict[str, Any]) -> str | None:
        """What is wrong with the row of a table that the case refers to by its id."""
        rows = stored(self._connection, table.c.id, expected["id"])
        if not rows:
            return f"the {table.name} that the case refers to is not there"
        odd = self._odd(table, rows[0], expected)
        return f"the {table.name} that the case refers to has another {odd} than its history" if odd else None

    def _state_fault(self, replay: Replay, state: Any) -> str | None:
        try:
            readable = state[_FLAG] in _FLAGS
            restored = Execution.restore(replay.program, state)
        except Exception as error:
            return f"the case's state cannot be read: {error}"
        if not readable or digest(restored.projection()) != digest(replay.execution.projection()):
            return "the case's stored state is not what its history leads to"
        return None

    def _tasks_fault(self, rows: InboxRows) -> str | None:
        found = {text_of(row.id): row for row in stored(self._connection, tables.task.c.case_id, self._id)}
        if odd := sorted(found.keys() ^ rows.tasks.keys()):
            return f"the inbox and the history do not have the same tasks: {odd[0]}"
        for id, expected in rows.tasks.items():
            if name := self._odd(tables.task, found[id], expected):
                return f"the task {id} has another {name} than its history"
        return None

    def _jobs_fault(self, expected_rows: dict[str, dict[str, Any]]) -> str | None:
        found = {text_of(row.id): row for row in stored(self._connection, tables.job.c.case_id, self._id)}
        if odd := sorted(found.keys() ^ expected_rows.keys()):
            return f"the work done outside is not what the history asks for: {odd[0]}"
        for id, expected in expected_rows.items():
            if name := self._odd(tables.job, found[id], expected):
                return f"the job {id} has another {name} than its history"
        return None

    def _subscriptions_fault(self, replay: Replay, last: Entry) -> str | None:
        """Whether what the case is said to wait for is so; since when it does is no part of the proof."""
        if not replay.program.subscribes:
            return None
        expected = {row.id: subscriptions.columns(row) for row in subscriptions.current(replay.handling, last.at)}
        found = {
            text_of(row.listener): row for row in stored(self._connection, tables.subscription.c.case_id, self._id)
        }
        if odd := sorted(found.keys() ^ expected.keys()):
            return f"what the case waits for is not what its history leads to: {odd[0]}"
        for id, columns in expected.items():
            if name := self._odd(tables.subscription, found[id], columns):
                return f"what the case waits for at {id} has another {name} than its history"
        return None

    def _units_fault(self, rows: InboxRows, case: Case) -> str | None:
        found = {text_of(row.unit): row for row in stored(self._connection, tables.case_unit.c.case_id, self._id)}
        if odd := sorted(found.keys() ^ rows.units):
            return f"the units that had a task in the case are not those of its history: {odd[0]}"
        for unit, row in found.items():
            if name := self._odd(tables.case_unit, row, unit_columns(case)):
                return f"the unit {unit} that had a task in the case has another {name} than its history"
        return None

    def _materials_fault(self, expected: dict[str, dict[str, Any]], case: Case) -> str | None:
        found = {text_of(row.id): row for row in stored(self._connection, tables.material.c.case_id, self._id)}
        if odd := sorted(found.keys() ^ expected.keys()):
            return f"the materials are not those of the history: {odd[0]}"
        for id, columns in expected.items():
            if name := self._odd(tables.material, found[id], columns):
                return f"the material {id} has another {name} than its history"
        # Of a person whose key was erased nobody can read the files: they may be gone as well.
        if expected and self._context.keyring.keys(sealed_owners(case.applicant)):
            for id, columns in expected.items():
                if fault := self._context.store.fault(columns["digest"]):
                    return f"the file of the material {id} {fault}"
        return None

    def _notices_fault(self, expected: dict[str, dict[str, Any]]) -> str | None:
        found = {text_of(row.id): row for row in stored(self._connection, tables.notice.c.case_id, self._id)}
        if odd := sorted(found.keys() ^ expected.keys()):
            return f"the notices are not those of the history: {odd[0]}"
        for id, columns in expected.items():
            if name := self._odd(tables.notice, found[id], columns):
                return f"the notice {id} has another {name} than its history"
        return None

    def _rating_fault(self, expected: dict[str, Any]) -> str | None:
        rows = stored(self._connection, tables.rating.c.case_id, self._id)
        if len(rows) != bool(expected):
            return "the rating is not that of the history"
        odd = self._odd(tables.rating, rows[0], expected) if rows else None
        return f"the rating has another {odd} than its history" if odd else None

    def _mentions_fault(self, expected: dict[tuple[int, str], dict[str, Any]]) -> str | None:
        found = [*stored(self._connection, tables.mention.c.case_id, self._id)]
        by_name = {(row.seq, text_of(row.username)): row for row in found}
        if len(found) != len(by_name) or by_name.keys() != expected.keys():
            return "the mentions are not those of the history"
        for name, columns in expected.items():
            if odd := self._odd(tables.mention, by_name[name], columns):
                return f"the mention of {name[1]} in entry {name[0]} has another {odd} than its history"
        return None

    def _odd(self, table: Table, row: Row[Any], expected: dict[str, Any]) -> str | None:
        """The first column in which a row is not as this program would have written it."""
        for name, value in expected.items():
            column: Column[Any] = table.c[name]
            if row._mapping[name] != as_stored(self._connection, column, value):
                return name
        return None


def repeated(replay: Replay, entry: Entry) -> str | None:
    """Execute an entry again, whatever it says. Gives the first difference from what was recorded, or None.

    :raises Unavailable: where the database is.
    """
    if entry.seq != replay.seq + 1:
        return f"it is missing, and entry {entry.seq} stands in its place"
    try:
        difference = replay.repeat(entry)
    except Unavailable:
        raise
    except Exception as error:
        # An entry that was made up, with a hash that fits, can be wrong in any way there is.
        difference = f"it cannot be executed again: {type(error).__name__}: {str(error).rstrip('.')}"
    return difference if difference is None else f"{difference}{_otherwise(entry)}"


def _otherwise(entry: Entry) -> str:
    """What to add to a difference where other versions had executed the step: perhaps nobody has changed anything."""
    try:
        recorded = entry.read().get("engine")
    except Invalid:
        return ""
    if recorded == ENGINE:
        return ""
    return f" [executed by {recorded}, and again by {ENGINE}: it may be the versions that differ]"


def recorded(connection: Connection, case: Any, *, after: int = 0, limit: int = MOST_ENTRIES) -> Iterator[Entry]:
    """The entries of a case, in order.

    :param case: a row with its id and number.
    """
    for row in _RECORDED.all(connection, {"case": case.id, "after": after, "limit": limit}):
        yield Entry(
            case=case.number,
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            kind=row.kind,
            body=row.body,
            hash=row.hash,
        )


def _entry(row: Row[Any], number: str) -> Entry | None:
    """An entry as its row lies in the database, or None where it is not written as entries are."""
    at = instant_of(row.at)
    if at is None or not isinstance(row.body, bytes):
        return None
    actor, kind, hash = text_of(row.actor), text_of(row.kind), text_of(row.hash)
    return Entry(case=number, seq=row.seq, at=at, actor=actor, kind=kind, body=row.body, hash=hash)


def _opening_fault(case: Case, opening: Any) -> str | None:
    """Whether the opening is the case's; the order of its names is no part of what it says."""
    text = opening.encode() if isinstance(opening, str) else opening
    try:
        told = orjson.loads(text)
    except ValueError:
        return "the case's row has an opening that cannot be read"
    expected = {"applicant": case.applicant, "tracking": case.tracking, "matter": case.matter}
    if told != expected or orjson.dumps(told) != text:
        return "the case's row has another opening than its history"
    return None
