"""Event logs of an office: who may have them, and what of its people is in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, bindparam, select

from engine.errors import FieldError, Forbidden, Invalid
from engine.export import FORMATS
from engine.export.log import PROGRAM, CaseFacts, LoggedEvent, MaterialFacts, Trace
from engine.history.chain import read
from engine.history.kinds import Kind
from engine.office.context import Context
from engine.office.person import Person, Role
from engine.storage import tables

#: Cases that are read at once.
_BATCH = 50

_CASE = tables.case.c
_ENTRY = tables.entry.c
_TASK = tables.task.c

_COLUMNS = [
    _CASE[name]
    for name in (
        "id",
        "number",
        "type",
        "status",
        "matter",
        "unit",
        "window",
        "channel",
        "received_at",
        "applicant",
        "opening",
    )
]
_entries = (
    select(tables.entry)
    .where(_ENTRY.case_id.in_(bindparam("ids", expanding=True)))
    .order_by(_ENTRY.case_id, _ENTRY.seq)
)
_MATERIAL = tables.material.c
_materials = (
    select(tables.material).where(_MATERIAL.case_id.in_(bindparam("ids", expanding=True))).order_by(_MATERIAL.id)
)
_tasks = select(_TASK.id, _TASK.case_id, _TASK.element, _TASK.name).where(
    _TASK.case_id.in_(bindparam("ids", expanding=True))
)


class Exports:
    """The event logs of one office."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def write(
        self,
        format: str,
        *,
        by: Person,
        since: datetime | None = None,
        case: str | None = None,
        identities: bool = False,
    ) -> Iterator[bytes]:
        """An event log, piece by piece.

        Applicants and staff stand in it under pseudonyms: keyed hashes, the same in every export of this office. In
        `jsonl` the entries are as they were recorded, with the names of staff, and what is personal sealed.

        :param format: one of `engine.export.FORMATS`.
        :param since: only cases in which something happened then or later; each comes whole.
        :param case: number of the only case that is wanted.
        :param identities: names instead of pseudonyms.
        :raises Forbidden: where the person is neither auditor nor administrator; with `identities`, no auditor.
        :raises Invalid: where there is no such format; on the way, at an entry that cannot be read any more.
        """
        if not self._context.rights(by).sees_everything:
            raise Forbidden("Only auditors and administrators export event logs.")
        if identities and Role.AUDITOR not in by.roles:
            raise Forbidden("Only auditors export event logs with names instead of pseudonyms.")
        if format not in FORMATS:
            raise Invalid(errors=[FieldError("/format", "one of " + ", ".join(FORMATS))])
        return FORMATS[format].write(_Log(self._context, since, case, identities))


class _Log:
    """The cases that are exported, read in batches, so that neither memory nor a transaction grows with them."""

    def __init__(self, context: Context, since: datetime | None, case: str | None, identities: bool) -> None:
        self._context = context
        self._identities = identities
        chosen = select(*_COLUMNS)
        if since is not None:
            chosen = chosen.where(_CASE.last_at >= since)
        if case is not None:
            chosen = chosen.where(_CASE.number == case)
        self._chosen: Select[Any] = chosen

    def cases(self) -> Iterator[CaseFacts]:
        for _, rows in self._batches():
            yield from self._facts(rows)

    def applicants(self) -> Iterator[str]:
        if self._identities:
            # Two people may have one name, and are then one object.
            yield from sorted({case.applicant for case in self.cases()})
            return
        last = ""
        while True:
            query = self._chosen.with_only_columns(_CASE.applicant).where(_CASE.applicant > last)
            with self._context.database.read() as connection:
                found = connection.execute(query.distinct().order_by(_CASE.applicant).limit(_BATCH)).scalars().all()
            yield from (self._pseudonym("applicant", id) for id in found)
            if not found:
                return
            last = found[-1]

    def materials(self) -> Iterator[MaterialFacts]:
        for connection, rows in self._batches():
            numbers = {row.id: row.number for row in rows}
            for found in connection.execute(_materials, {"ids": list(numbers)}):
                yield MaterialFacts(
                    id=found.id,
                    case=numbers[found.case_id],
                    material=found.material,
                    source=found.source,
                    grade=found.grade,
                    added=found.added_at,
                )

    def traces(self) -> Iterator[Trace]:
        for connection, rows in self._batches():
            numbers = {row.id: row.number for row in rows}
            ids = list(numbers)
            names: dict[Any, str] = {}
            for task in connection.execute(_tasks, {"ids": ids}):
                names[task.id] = names[task.case_id, task.element] = task.name
            events: dict[int, list[LoggedEvent]] = {id: [] for id in ids}
            for entry in connection.execute(_entries, {"ids": ids}):
                events[entry.case_id].append(self._event(entry, numbers[entry.case_id], names))
            for row, facts in zip(rows, self._facts(rows), strict=True):
                yield Trace(case=facts, events=events[row.id])

    def _batches(self) -> Iterator[tuple[Connection, Sequence[Row[Any]]]]:
        last = 0
        while True:
            with self._context.database.read() as connection:
                query = self._chosen.where(_CASE.id > last).order_by(_CASE.id).limit(_BATCH)
                rows = connection.execute(query).all()
                if not rows:
                    return
                yield connection, rows
            last = rows[-1].id

    def _facts(self, rows: Sequence[Row[Any]]) -> list[CaseFacts]:
        openings = [orjson.loads(row.opening) for row in rows]
        if self._identities:
            openings = self._context.unsealed(openings)
        return [
            CaseFacts(
                number=row.number,
                type=row.type,
                status=row.status,
                matter=row.matter,
                matter_name=opening["matter"]["name"],
                unit=row.unit,
                window=row.window,
                channel=row.channel,
                received=row.received_at,
                applicant=opening["applicant"]["name"]
                if self._identities
                else self._pseudonym("applicant", row.applicant),
            )
            for row, opening in zip(rows, openings, strict=True)
        ]

    def _event(self, entry: Row[Any], number: str, names: dict[Any, str]) -> LoggedEvent:
        fields = read(entry.body, number, entry.seq)
        element = fields["element"]
        if entry.kind == Kind.MESSAGE_RECEIVED:
            activity = fields["input"]["name"]
        elif element:
            activity = names.get((entry.case_id, element), element)
        else:
            activity = names.get(fields["input"].get("task"), entry.kind)
        return LoggedEvent(
            seq=entry.seq,
            at=entry.at,
            kind=entry.kind,
            activity=activity,
            process=fields.get("process"),
            element=element,
            material=fields["input"]["id"] if entry.kind.startswith("material.") else None,
            resource=entry.actor if self._identities else self._pseudonym("staff", entry.actor),
            body=entry.body,
            hash=entry.hash,
        )

    def _pseudonym(self, kind: str, who: str) -> str:
        """A name that says nothing without the office's key: HMAC-SHA-256, cut to 64 bits."""
        return who if who.startswith(PROGRAM) else f"{kind}-{self._context.keyring.hash('export', kind, who)[:16]}"
