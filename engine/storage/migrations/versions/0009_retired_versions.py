"""Versions of processes that no case begins on any more"""

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("definition", sa.Column("retired_at", Instant(), nullable=True))
    op.add_column("definition", sa.Column("retired_by", sa.String(length=64), nullable=True))
