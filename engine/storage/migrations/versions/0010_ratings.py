"""What citizens say of how their cases were handled, and who guesses"""

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant, RowId

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "rating",
        sa.Column("case_id", RowId, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("rated_at", Instant(), nullable=False),
        sa.Column("answer_due", Instant(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_rating_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_rating")),
    )
    op.create_index(op.f("ix_rating_rated_at_case_id"), "rating", ["rated_at", "case_id"])
    op.create_index(op.f("ix_rating_answer_due_case_id"), "rating", ["answer_due", "case_id"])
    op.create_table(
        "attempt",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_kind_source_at"), "attempt", ["kind", "source", "at"])
    op.create_index(op.f("ix_attempt_kind_at"), "attempt", ["kind", "at"])
