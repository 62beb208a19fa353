"""How pressing tasks are: 50 where nothing was said, and what a leader says of a whole case"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("case_file", sa.Column("priority", sa.Integer(), nullable=True))
    op.execute("alter table task rename column priority to rank")
    # Until now 0 stood where a diagram said nothing.
    op.execute(
        "update task set rank = case when rank = 0 then 50 when rank > 100 then 0 when rank < 0 then 100"
        " else 100 - rank end"
    )
    op.create_index(
        "ix_task_rank",
        "task",
        ["unit", "rank", "sort_due", "id"],
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
