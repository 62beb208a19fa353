"""Filters that people keep"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["person.username"], name=op.f("fk_saved_filter_username")),
        sa.PrimaryKeyConstraint("username", "place", "name", name=op.f("pk_saved_filter")),
    )
