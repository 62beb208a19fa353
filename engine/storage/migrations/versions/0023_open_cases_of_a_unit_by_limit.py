"""The cases of a unit that have not ended are listed by their limits"""

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("case_unit", sa.Column("sort_due", Instant(), nullable=True))
    op.execute(
        """
        update case_unit set sort_due = (
            select coalesce(due, '9999-12-31T00:00:00.000000Z') from case_file where case_file.id = case_unit.case_id
        )
        where case_id in (select id from case_file where ended_at is null)
        """
    )
    there = sa.text("sort_due is not null")
    op.create_index(
        "ix_case_unit_unit_sort_due_case_id",
        "case_unit",
        ["unit", "sort_due", "case_id"],
        sqlite_where=there,
        postgresql_where=there,
    )
    op.create_index("ix_case_file_unit_status_due_id", "case_file", ["unit", "status", "due", "id"])
