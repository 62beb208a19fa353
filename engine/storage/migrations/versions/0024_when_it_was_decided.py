"""When what is answered was decided, which meets the limit of a case

It follows from the entries: the last one that passed the milestone, unless the case became another type since. Tasks
without a limit of their own, of cases that are decided, are no longer late with their case.
"""

import json

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant

revision = "0024"
down_revision = "0023"

_SAID = sa.text(
    "select case_id, seq, at, body from entry where case_id >= :low and case_id < :high order by case_id, seq"
)
#: Cases whose entries are read at once.
_BATCH = 500


def upgrade() -> None:
    op.add_column("case_file", sa.Column("decided_at", Instant(), nullable=True))
    connection = op.get_bind()
    last = connection.execute(sa.text("select coalesce(max(id), 0) from case_file")).scalar_one()
    for low in range(0, last + 1, _BATCH):
        decided: dict[int, str] = {}
        for row in connection.execute(_SAID, {"low": low, "high": low + _BATCH}):
            body = bytes(row.body)
            if b'"milestone":"decided"' not in body and b'"type":{"from":' not in body:
                continue
            outcome = json.loads(body)["outcome"]
            passed = [one["properties"].get("milestone") for one in outcome.get("milestones", ())]
            if "decided" in passed:
                decided[row.case_id] = row.at
            elif "type" in outcome:
                decided.pop(row.case_id, None)
        if decided:
            connection.execute(
                sa.text("update case_file set decided_at = :at where id = :id"),
                [{"id": id, "at": at} for id, at in decided.items()],
            )
    op.execute(
        """
        update task set sort_due = '9999-12-31T00:00:00.000000Z'
        where status = 'open' and due is null
        and case_id in (select id from case_file where decided_at is not null)
        """
    )
