"""Proving one case: its chain of entries, and every row that follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.execution import Execution, StateError
from engine.handling import Case
from engine.history.canonical import digest
from engine.history.chain import GENESIS, Entry, broken
from engine.office.archive import case_columns, task_columns
from engine.office.context import Context
from engine.office.replay import Replay
from engine.storage import tables

#: Columns of a case's row that the entries say, but are no part of a step's changes.
_FIXED = ("number", "window", "unit", "channel", "received_at")


class Proof:
    """The proof of one case. What it finds is said of the first entry that does not hold; a row that says
    something else than the entries is a fault after the last one."""

    def __init__(self, context: Context, connection: Connection, row: Row[Any]) -> None:
        self._context = context
        self._connection = connection
        self._row = row

    def run(self) -> tuple[int, str | None]:
        """How many entries hold, from the first, and what is wrong then."""
        entries: list[Entry] = []
        fault = None
        previous = GENESIS
        for entry in recorded(self._connection, self._row):
            fault = broken(entry, seq=len(entries) + 1, previous=previous)
            if fault is not None:
                break
            entries.append(entry)
            previous = entry.hash
        if not entries:
            return 0, fault or "the case has no entries"
        replay = Replay(self._context, self._connection)
        for count, entry in enumerate(entries):
            difference = replay.repeat(entry)
            if difference is not None:
                return count, difference
        return len(entries), fault or self._case_fault(replay, entries[-1]) or self._tasks_fault(replay.case)

    def _case_fault(self, replay: Replay, last: Entry) -> str | None:
        row, case = self._row, replay.case
        if (row.seq, row.head) != (last.seq, last.hash):
            return f"the case's row says that its last entry is {row.seq}, which is not there"
        try:
            stored = Execution.restore(replay.program, row.state)
        except StateError as error:
            return f"the case's state cannot be read: {error}"
        if digest(stored.projection()) != digest(replay.execution.projection()):
            return "the case's stored state is not what its history leads to"
        expected = case_columns(case, replay.execution, last, last.read()["state"])
        expected.update({name: getattr(case, name) for name in _FIXED})
        # The state's bytes were compared by what they mean, and may be written otherwise.
        del expected["state"]
        for name, value in expected.items():
            if getattr(row, name) != value:
                return f"the case's row has another {name} than its history"
        return None

    def _tasks_fault(self, case: Case) -> str | None:
        task = tables.task
        query = select(task).where(task.c.case_id == self._row.id, task.c.status == "open")
        found = {row.id: row for row in self._connection.execute(query)}
        if found.keys() != case.work.keys():
            odd = sorted(found.keys() ^ case.work.keys())[0]
            return f"the inbox and the history do not have the same open tasks: {odd}"
        for id, work in case.work.items():
            for name, value in task_columns(self._row.id, work).items():
                if getattr(found[id], name) != value:
                    return f"the task {id} has another {name} than its history"
        return None


def recorded(connection: Connection, case: Row[Any], *, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
    """The entries of a case's row, in order."""
    entry = tables.entry.c
    query = select(tables.entry).where(entry.case_id == case.id, entry.seq > after).order_by(entry.seq).limit(limit)
    for row in connection.execute(query):
        yield Entry(
            case=case.number,
            seq=row.seq,
            at=row.at,
            actor=row.actor,
            kind=row.kind,
            body=row.body,
            hash=row.hash,
        )
