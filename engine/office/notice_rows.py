"""The rows of the notices that a case has given: what steps write, and what a proof expects."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from engine.handling import Applied
from engine.history.canonical import canonical
from engine.history.chain import Entry
from engine.storage import tables
from engine.storage.prepared import Prepared, Writes

_insert = Prepared(insert(tables.notice))


def rows(case_id: int, applied: Applied, entry: Entry) -> list[dict[str, Any]]:
    """The rows of the notices that a step gave."""
    return [
        {
            "id": notice.id,
            "case_id": case_id,
            "seq": entry.seq,
            "at": entry.at,
            "process": notice.process,
            "element": notice.element,
            "name": notice.name,
            "template": notice.template,
            "content": canonical(notice.content).decode(),
            "digest": notice.digest,
        }
        for notice in applied.notices
    ]


def write(writes: Writes, case_id: int, applied: Applied, entry: Entry) -> None:
    """Write them."""
    writes.add(_insert, *rows(case_id, applied, entry))
