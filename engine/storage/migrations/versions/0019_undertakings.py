"""What became of a case's undertaking to hand in later what was lacking: no case of before has one"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("case_file", sa.Column("undertaking", sa.String(16), nullable=True))
