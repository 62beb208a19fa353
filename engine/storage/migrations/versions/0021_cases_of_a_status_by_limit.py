"""The cases of a status are listed by their limits"""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_index("ix_case_file_status_due_id", "case_file", ["status", "due", "id"])
    op.drop_index("ix_case_file_due_id", "case_file")
