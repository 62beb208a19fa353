"""When what is answered was decided, which meets the limit of a case

It follows from the entries: the last one that passed the milestone, unless the case became another type since; what was
undone by going back decided nothing. A task without a limit of its own that was open while its case was decided had the
case's no more; of one that is closed the row says what held when it was.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant

revision = "0024"
down_revision = "0023"

_SAID = sa.text(
    "select case_id, seq, at, kind, body from entry where case_id >= :low and case_id < :high order by case_id, seq"
)
_BACKWARD = ("task.returned", "task.withdrawn")
_OWES_NOTHING = "update task set sort_due = '9999-12-31T00:00:00.000000Z' where case_id = :id and due is null"
#: Cases whose entries are read at once.
_BATCH = 500


class _Decided:
    """What the entries of one case say, one after the other."""

    def __init__(self) -> None:
        #: After each entry that may have changed it: its number, and when it was decided, if it is.
        self._course: list[tuple[int, Any]] = [(0, None)]
        #: Since when nothing is owed, and between which instants nothing was.
        self.since: Any = None
        self.over: list[tuple[Any, Any]] = []

    @property
    def at(self) -> Any:
        return self._course[-1][1]

    def take(self, seq: int, at: Any, kind: str, body: bytes) -> None:
        if kind not in _BACKWARD and b'"milestone":"decided"' not in body and b'"type":{"from":' not in body:
            return
        said = json.loads(body)
        outcome = said["outcome"]
        if kind in _BACKWARD:
            decided = next(decided for before, decided in reversed(self._course) if before < said["input"]["entry"])
        elif "decided" in [one["properties"].get("milestone") for one in outcome.get("milestones", ())]:
            decided = at
        else:
            decided = None if "type" in outcome else self.at
        if decided is not None and self.since is None:
            self.since = at
        elif decided is None and self.since is not None:
            self.over.append((self.since, at))
            self.since = None
        self._course.append((seq, decided))


def upgrade() -> None:
    op.add_column("case_file", sa.Column("decided_at", Instant(), nullable=True))
    connection = op.get_bind()
    last = connection.execute(sa.text("select coalesce(max(id), 0) from case_file")).scalar_one()
    for low in range(0, last + 1, _BATCH):
        cases: dict[int, _Decided] = {}
        for row in connection.execute(_SAID, {"low": low, "high": low + _BATCH}):
            cases.setdefault(row.case_id, _Decided()).take(row.seq, row.at, row.kind, bytes(row.body))
        over = [{"id": id, "since": since, "until": at} for id, case in cases.items() for since, at in case.over]
        if over:
            connection.execute(sa.text(f"{_OWES_NOTHING} and closed_at > :since and closed_at <= :until"), over)
        stands = [{"id": id, "since": case.since, "at": case.at} for id, case in cases.items() if case.at is not None]
        if stands:
            connection.execute(sa.text("update case_file set decided_at = :at where id = :id"), stands)
            connection.execute(sa.text(f"{_OWES_NOTHING} and (closed_at is null or closed_at > :since)"), stands)
