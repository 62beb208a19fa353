"""The cases of a unit are listed by the time at which they came in"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    # PostgreSQL writes its instants itself; what no case has is only there until the next statement.
    type = sa.String(27) if op.get_bind().dialect.name == "sqlite" else sa.DateTime(timezone=True)
    never = "0001-01-01T00:00:00.000000Z"
    op.add_column("case_unit", sa.Column("received_at", type, nullable=False, server_default=never))
    op.execute(
        "update case_unit set received_at = (select received_at from case_file where case_file.id = case_unit.case_id)"
    )
    with op.batch_alter_table("case_unit") as batch:
        batch.alter_column("received_at", server_default=None)
    op.drop_index("ix_case_unit_unit_case_id", "case_unit")
    op.create_index("ix_case_unit_unit_received_at_case_id", "case_unit", ["unit", "received_at", "case_id"])
