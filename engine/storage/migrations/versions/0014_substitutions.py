"""Who stands in for whom while they are away"""

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "substitution",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("substitute", sa.String(length=64), nullable=False),
        sa.Column("begins_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["person.username"], name=op.f("fk_substitution_username")),
        sa.ForeignKeyConstraint(["substitute"], ["person.username"], name=op.f("fk_substitution_substitute")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    op.create_index(op.f("ix_substitution_substitute_ends_at"), "substitution", ["substitute", "ends_at"])
