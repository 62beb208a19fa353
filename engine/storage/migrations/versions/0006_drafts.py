"""Half-filled forms"""

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("task", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["task"], ["task.id"], name=op.f("fk_draft_task")),
        sa.PrimaryKeyConstraint("task", "username", name=op.f("pk_draft")),
    )
