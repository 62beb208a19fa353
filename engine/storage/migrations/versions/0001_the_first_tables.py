"""The first tables"""

import sqlalchemy as sa
from alembic import op

import engine.storage.types

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "applicant",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applicant")),
        sa.UniqueConstraint("identity", name=op.f("uq_applicant_identity")),
    )
    op.create_table(
        "binding",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("root", sa.String(length=255), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding")),
    )
    op.create_table(
        "definition",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("deployed_at", engine.storage.types.Instant(), nullable=False),
        sa.Column("deployed_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", "version", name=op.f("pk_definition")),
    )
    op.create_table(
        "file_content",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_file_content")),
    )
    op.create_table(
        "idempotency",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=512), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", engine.storage.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("username", "scope", "key", name=op.f("pk_idempotency")),
    )
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_created_at"), ["created_at"], unique=False)

    op.create_table(
        "person",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("disabled", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("failed_logins", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", engine.storage.types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("username", name=op.f("pk_person")),
    )
    op.create_table(
        "serial",
        sa.Column("day", sa.String(length=8), nullable=False),
        sa.Column("window", sa.String(length=32), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "window", name=op.f("pk_serial")),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "unit",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["parent"], ["unit.code"], name=op.f("fk_unit_parent")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_unit")),
    )
    op.create_table(
        "case_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("window", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("matter", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("applicant", sa.String(length=32), nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("received_at", engine.storage.types.Instant(), nullable=False),
        sa.Column("accepted_at", engine.storage.types.Instant(), nullable=True),
        sa.Column("due", engine.storage.types.Instant(), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("limit_state", sa.Text(), nullable=False),
        sa.Column("ended_at", engine.storage.types.Instant(), nullable=True),
        sa.Column("wake_at", engine.storage.types.Instant(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("last_at", engine.storage.types.Instant(), nullable=False),
        sa.Column("binding", sa.String(length=64), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("state_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["applicant"], ["applicant.id"], name=op.f("fk_case_file_applicant")),
        sa.ForeignKeyConstraint(["binding"], ["binding.id"], name=op.f("fk_case_file_binding")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("number", name=op.f("uq_case_file_number")),
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_file_applicant"), ["applicant"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_binding"), ["binding"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_due_id"), ["due", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_name_hash"), ["name_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_received_at_id"), ["received_at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_case_file_status_received_at_id"), ["status", "received_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_case_file_unit_received_at_id"), ["unit", "received_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_case_file_wake_at"),
            ["wake_at"],
            unique=False,
            sqlite_where=sa.text("wake_at is not null"),
            postgresql_where=sa.text("wake_at is not null"),
        )

    op.create_table(
        "definition_file",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["file_content.digest"], name=op.f("fk_definition_file_digest")),
        sa.ForeignKeyConstraint(
            ["key", "version"], ["definition.key", "definition.version"], name=op.f("fk_definition_file_key_version")
        ),
        sa.PrimaryKeyConstraint("key", "version", "name", name=op.f("pk_definition_file")),
    )
    op.create_table(
        "matter",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("process", sa.String(length=255), server_default="one_window", nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_matter_unit")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_matter")),
    )
    op.create_table(
        "membership",
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_membership_unit")),
        sa.ForeignKeyConstraint(["username"], ["person.username"], name=op.f("fk_membership_username")),
        sa.PrimaryKeyConstraint("username", "unit", "role", name=op.f("pk_membership")),
    )
    op.create_table(
        "service_window",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_service_window_unit")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_service_window")),
    )
    with op.batch_alter_table("service_window", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_window_unit"), ["unit"], unique=False)

    op.create_table(
        "session",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("begun_at", engine.storage.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["username"], ["person.username"], name=op.f("fk_session_username")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_username"), ["username"], unique=False)

    op.create_table(
        "token",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("created_at", engine.storage.types.Instant(), nullable=False),
        sa.Column("expires_at", engine.storage.types.Instant(), nullable=False),
        sa.Column("revoked_at", engine.storage.types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["username"], ["person.username"], name=op.f("fk_token_username")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_token")),
    )
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_token_username"), ["username"], unique=False)

    op.create_table(
        "case_unit",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_unit_case_id")),
        sa.PrimaryKeyConstraint("case_id", "unit", name=op.f("pk_case_unit")),
    )
    with op.batch_alter_table("case_unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_unit_unit_case_id"), ["unit", "case_id"], unique=False)

    op.create_table(
        "entry",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", engine.storage.types.Instant(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_entry_case_id")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_entry")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("process", sa.String(length=255), nullable=False),
        sa.Column("element", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("assignee", sa.String(length=64), nullable=True),
        sa.Column("due", engine.storage.types.Instant(), nullable=True),
        sa.Column("sort_due", engine.storage.types.Instant(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_at", engine.storage.types.Instant(), nullable=False),
        sa.Column("closed_at", engine.storage.types.Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_task_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(
            "ix_task_assignee",
            ["assignee", "sort_due", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )
        batch_op.create_index(batch_op.f("ix_task_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            "ix_task_inbox",
            ["unit", "sort_due", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )
