"""The row of a rating that a history leads to: what a step writes, and what a proof expects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from engine.history.kinds import Kind


def changes(kind: str, given: dict[str, Any], *, at: datetime, actor: str, seq: int) -> dict[str, Any] | None:
    """The columns that an entry sets in the row of its case's rating, or None where it is about something else.

    :param given: the entry's input.
    """
    match kind:
        case Kind.CASE_RATED:
            due = given["answer_due"]
            return {
                "level": given["level"],
                "comment": None if given["comment"] is None else _text(given["comment"]),
                "rated_at": at,
                "answer_due": None if due is None else datetime.fromisoformat(due),
                "answer": None,
                "answered_at": None,
                "answered_by": None,
                "version": seq,
            }
        case Kind.RATING_ANSWERED:
            return {"answer": _text(given["text"]), "answered_at": at, "answered_by": actor, "version": seq}
    return None


def _text(sealed: Any) -> str:
    return orjson.dumps(sealed, option=orjson.OPT_SORT_KEYS).decode()
