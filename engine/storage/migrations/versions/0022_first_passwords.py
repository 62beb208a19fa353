"""A password that somebody else set passes, and is good for choosing one's own alone"""

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("person", sa.Column("first_until", Instant(), nullable=True))
