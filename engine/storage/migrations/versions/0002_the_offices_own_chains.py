"""The office's own chains"""

import sqlalchemy as sa
from alembic import op

import engine.storage.types

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "act",
        sa.Column("chain", sa.String(length=96), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", engine.storage.types.Instant(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_act")),
    )
