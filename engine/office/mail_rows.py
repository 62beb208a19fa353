"""The rows of notices that go to their applicants by mail: what steps write, and what a proof expects.

Each is a job with the id of its notice, which does not belong to the diagram: it waits for nobody and nobody waits for
it, so that it goes also where the case is suspended or has ended.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update

from engine.definitions.model import USUAL_RETRIES
from engine.handling import Applied, Case
from engine.history.chain import Entry
from engine.history.kinds import Kind
from engine.office.job_rows import FAILED, LOCK, NOTICE_MAIL, OPEN
from engine.storage import tables
from engine.storage.prepared import Prepared, Writes

SENT = "completed"

#: The field of an applicant that holds the address to which notices go besides.
EMAIL = "email"

_KINDS = frozenset({Kind.NOTICE_MAILED, Kind.NOTICE_UNMAILED, Kind.NOTICE_RETRIED})
_FRESH = [column.name for column in tables.job.c if column.name not in LOCK]
_insert = Prepared(insert(tables.job).values({name: bindparam(name) for name in _FRESH}))
_CHANGED = ("status", "retries", "due_at", "closed_at", "closed_by", "version")
_change = Prepared(
    update(tables.job)
    .where(tables.job.c.id == bindparam("p_id"))
    .values({name: bindparam(f"p_{name}") for name in _CHANGED})
)


def rows(case_id: int, case: Case, applied: Applied, entry: Entry) -> list[dict[str, Any]]:
    """The rows of the notices of a step, where the applicant has an address."""
    if EMAIL not in case.applicant:
        return []
    return [
        {
            "id": notice.id,
            "case_id": case_id,
            "topic": NOTICE_MAIL,
            "process": notice.process,
            "element": notice.element,
            "status": OPEN,
            "retries": USUAL_RETRIES.times,
            "due_at": None,
            "created_at": entry.at,
            "closed_at": None,
            "closed_by": None,
            "version": entry.seq,
        }
        for notice in applied.notices
    ]


def change(kind: str, given: dict[str, Any], entry: Entry) -> dict[str, Any] | None:
    """What an entry changes in the row of its notice, if it is about one."""
    match kind:
        case Kind.NOTICE_MAILED:
            moved = {"status": SENT, "closed_at": entry.at, "closed_by": entry.actor}
        case Kind.NOTICE_UNMAILED:
            again = datetime.fromisoformat(given["again"]) if given["again"] else None
            moved = {"status": OPEN if again else FAILED, "closed_at": None, "closed_by": None, "due_at": again}
        case Kind.NOTICE_RETRIED:
            moved = {"status": OPEN, "closed_at": None, "closed_by": None}
        case _:
            return None
    return {"due_at": None, "retries": given["retries"], "version": entry.seq, **moved}


def write(writes: Writes, case_id: int, case: Case, applied: Applied, entry: Entry) -> None:
    """Write what a step did to them."""
    if applied.notices:
        writes.add(_insert, *rows(case_id, case, applied, entry))
    if entry.kind in _KINDS:
        given = entry.read()["input"]
        moved = change(entry.kind, given, entry) or {}
        columns = {f"p_{name}": value for name, value in moved.items()}
        writes.add(_change, {"p_id": given["notice"], **columns})
