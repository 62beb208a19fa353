"""Tasks for leaders have an index of their own, and are not among what others sort by how pressing it is"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_FOR_LEADERS = sa.text("status = 'open' and role = 'leader'")
_FOR_OTHERS = sa.text("status = 'open' and (role is null or role != 'leader')")


def upgrade() -> None:
    op.drop_index("ix_task_rank", "task")
    op.create_index(
        "ix_task_rank",
        "task",
        ["unit", "rank", "sort_due", "id"],
        sqlite_where=_FOR_OTHERS,
        postgresql_where=_FOR_OTHERS,
    )
    op.create_index(
        "ix_task_leader",
        "task",
        ["unit", "sort_due", "id"],
        sqlite_where=_FOR_LEADERS,
        postgresql_where=_FOR_LEADERS,
    )
