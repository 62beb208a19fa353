"""The index of who has which task holds those alone that somebody has"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_ASSIGNED = sa.text("status = 'open' and assignee is not null")


def upgrade() -> None:
    op.drop_index("ix_task_assignee", "task")
    op.create_index(
        "ix_task_assignee",
        "task",
        ["assignee", "sort_due", "id"],
        sqlite_where=_ASSIGNED,
        postgresql_where=_ASSIGNED,
    )
