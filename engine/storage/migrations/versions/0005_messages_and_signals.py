"""Messages that wait for a case, and signals across cases"""

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant, RowId

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("case_id", RowId, nullable=False),
        sa.Column("listener", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=True),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_subscription_case_id")),
        sa.PrimaryKeyConstraint("case_id", "listener", name=op.f("pk_subscription")),
    )
    op.create_index("ix_subscription_name", "subscription", ["kind", "name", "key", "case_id"])
    op.create_table(
        "message",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("case_id", RowId, nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("seen", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_message_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_expires_at"), "message", ["expires_at"])
    op.create_table(
        "signal",
        sa.Column("id", RowId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("case_id", RowId, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
    )
    op.create_table(
        "signal_delivery",
        sa.Column("signal_id", RowId, nullable=False),
        sa.Column("case_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(["signal_id"], ["signal.id"], name=op.f("fk_signal_delivery_signal_id")),
        sa.PrimaryKeyConstraint("signal_id", "case_id", name=op.f("pk_signal_delivery")),
    )
