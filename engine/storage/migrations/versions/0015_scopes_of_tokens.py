"""What tokens may be used for"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("token", sa.Column("scopes", sa.String(length=64), nullable=True))
