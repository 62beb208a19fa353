"""Entries of all cases are searched by time"""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_index("ix_entry_at_case_id_seq", "entry", ["at", "case_id", "seq"])
