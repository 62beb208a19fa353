"""Materials that applicants hand in"""

import sqlalchemy as sa
from alembic import op

import engine.storage.types

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "material",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", engine.storage.types.RowId, nullable=False),
        sa.Column("material", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=128), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("added_at", engine.storage.types.Instant(), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("verified_at", engine.storage.types.Instant(), nullable=True),
        sa.Column("verified_by", sa.String(length=64), nullable=True),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_material_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
    )
    op.create_index(op.f("ix_material_case_id"), "material", ["case_id"])
    op.create_index(op.f("ix_material_digest"), "material", ["digest"])
