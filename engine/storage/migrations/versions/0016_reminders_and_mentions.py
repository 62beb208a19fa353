"""When somebody was last reminded of a task, and who is named in which remark"""

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant, RowId

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("task", sa.Column("reminded_at", Instant(), nullable=True))
    op.create_table(
        "mention",
        sa.Column("id", RowId, nullable=False, autoincrement=True),
        sa.Column("case_id", RowId, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_mention_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
    )
    op.create_index(op.f("ix_mention_case_id"), "mention", ["case_id"])
    op.create_index(op.f("ix_mention_username_at_id"), "mention", ["username", "at", "id"])
    op.create_index(
        "ix_mention_unread",
        "mention",
        ["username"],
        sqlite_where=sa.text("read_at is null"),
        postgresql_where=sa.text("read_at is null"),
    )
