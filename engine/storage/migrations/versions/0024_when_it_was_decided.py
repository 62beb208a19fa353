"""When what is answered was decided, which meets the limit of a case

It follows from the entries: the last one that passed the milestone, unless the case became another type since. A task
without a limit of its own that was open while its case was decided had that of the case no more; of one that is closed
the row says what held when it was.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant

revision = "0024"
down_revision = "0023"

_SAID = sa.text(
    "select case_id, seq, at, body from entry where case_id >= :low and case_id < :high order by case_id, seq"
)
_OWES_NOTHING = "update task set sort_due = '9999-12-31T00:00:00.000000Z' where case_id = :id and due is null"
#: Cases whose entries are read at once.
_BATCH = 500


def upgrade() -> None:
    op.add_column("case_file", sa.Column("decided_at", Instant(), nullable=True))
    connection = op.get_bind()
    last = connection.execute(sa.text("select coalesce(max(id), 0) from case_file")).scalar_one()
    for low in range(0, last + 1, _BATCH):
        decided: dict[int, Any] = {}
        over: list[dict[str, Any]] = []
        for row in connection.execute(_SAID, {"low": low, "high": low + _BATCH}):
            body = bytes(row.body)
            if b'"milestone":"decided"' not in body and b'"type":{"from":' not in body:
                continue
            outcome = json.loads(body)["outcome"]
            passed = [one["properties"].get("milestone") for one in outcome.get("milestones", ())]
            before = decided.get(row.case_id)
            if "decided" in passed:
                decided[row.case_id] = (before[0] if before else row.at, row.at)
            elif "type" in outcome and before:
                over.append({"id": row.case_id, "since": before[0], "until": row.at})
                del decided[row.case_id]
        if over:
            connection.execute(sa.text(f"{_OWES_NOTHING} and closed_at > :since and closed_at <= :until"), over)
        if decided:
            stands = [{"id": id, "since": since, "at": at} for id, (since, at) in decided.items()]
            connection.execute(sa.text("update case_file set decided_at = :at where id = :id"), stands)
            connection.execute(sa.text(f"{_OWES_NOTHING} and (closed_at is null or closed_at > :since)"), stands)
