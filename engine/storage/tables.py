"""Every table of the office's database, in one place. Migrations live beside this file."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from engine.storage.types import Instant, RowId

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# -- the office ------------------------------------------------------------------------------------

unit = Table(
    "unit",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    #: ``district``, ``department``, ``township``, ``subdistrict``, ``village``, ``community``.
    Column("level", String(32), nullable=False),
    Column("parent", String(64), ForeignKey("unit.code"), nullable=True),
)

window = Table(
    "service_window",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("unit", String(64), ForeignKey("unit.code"), nullable=False, index=True),
    Column("address", Text, nullable=False, server_default=""),
)

matter = Table(
    "matter",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    #: Handling type that the catalogue proposes: one of the five.
    Column("type", String(16), nullable=False),
    #: Unit in charge (主办).
    Column("unit", String(64), ForeignKey("unit.code"), nullable=False),
    #: Key of the process that a case of this matter starts with.
    Column("process", String(255), nullable=False, server_default="one_window"),
    #: Everything else of the catalogue's entry, as JSON: departments, limits, materials, basis, fee, …
    Column("details", Text, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=True),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    Column("failed_logins", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant, nullable=True),
    #: Until when the password may be used, once, to choose another; null where it is the person's own.
    Column("first_until", Instant, nullable=True),
)

membership = Table(
    "membership",
    metadata,
    Column("username", String(64), ForeignKey("person.username"), primary_key=True),
    Column("unit", String(64), ForeignKey("unit.code"), primary_key=True),
    Column("role", String(16), primary_key=True),
)

token = Table(
    "token",
    metadata,
    #: SHA-256 (hex) of the token, which itself is never stored.
    Column("digest", String(64), primary_key=True),
    Column("username", String(64), ForeignKey("person.username"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant, nullable=True),
    #: What it may be used for, apart by spaces; null where it is for all that its person may do.
    Column("scopes", String(64), nullable=True),
)

#: Who is logged in at the pages. A log-out, another password or a disabled person takes the row away.
session = Table(
    "session",
    metadata,
    #: SHA-256 (hex) of what the cookie holds.
    Column("digest", String(64), primary_key=True),
    Column("username", String(64), ForeignKey("person.username"), nullable=False, index=True),
    Column("begun_at", Instant, nullable=False),
)

#: Who stands in for whom while they are away.
substitution = Table(
    "substitution",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("username", String(64), ForeignKey("person.username"), nullable=False),
    Column("substitute", String(64), ForeignKey("person.username"), nullable=False),
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    #: When it was ended before its time.
    Column("ended_at", Instant, nullable=True),
    Index("ix_substitution_substitute_ends_at", "substitute", "ends_at"),
)

#: Filters of lists that people keep under a name of their own.
saved_filter = Table(
    "saved_filter",
    metadata,
    Column("username", String(64), ForeignKey("person.username"), primary_key=True),
    #: Which list: ``inbox`` or ``cases``.
    Column("place", String(16), primary_key=True),
    Column("name", String(64), primary_key=True),
    #: JSON: the list's filters by name. Nothing personal: what is searched for is never kept.
    Column("filters", Text, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

#: Days that the office itself has closed or worked, whatever the published calendar says.
calendar_day = Table(
    "calendar_day",
    metadata,
    #: ISO 8601 date.
    Column("day", String(10), primary_key=True),
    #: ``closed`` or ``worked``.
    Column("kind", String(8), nullable=False),
    Column("reason", Text, nullable=False),
)

# -- definitions -----------------------------------------------------------------------------------

file_content = Table(
    "file_content",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

definition = Table(
    "definition",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    #: Name of the file that holds the process.
    Column("file", Text, nullable=False),
    Column("deployed_at", Instant, nullable=False),
    Column("deployed_by", String(64), nullable=False),
    #: Since when no case begins on it.
    Column("retired_at", Instant, nullable=True),
    Column("retired_by", String(64), nullable=True),
)

definition_file = Table(
    "definition_file",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("digest", String(64), ForeignKey("file_content.digest"), nullable=False),
    ForeignKeyConstraint(["key", "version"], ["definition.key", "definition.version"]),
)

#: Which version of each process a case runs on; shared by the cases that run on the same ones.
binding = Table(
    "binding",
    metadata,
    #: SHA-256 (hex) of `root` and `versions`.
    Column("id", String(64), primary_key=True),
    Column("root", String(255), nullable=False),
    #: Canonical JSON: process key → version.
    Column("versions", Text, nullable=False),
)

# -- cases -----------------------------------------------------------------------------------------

#: One row a person or organisation: its id names the key in the keyring that seals its fields.
applicant = Table(
    "applicant",
    metadata,
    Column("id", String(32), primary_key=True),
    #: Keyed hash of the identity document's type and number.
    Column("identity", String(64), nullable=False, unique=True),
)

case = Table(
    "case_file",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("number", String(64), nullable=False, unique=True),
    Column("window", String(32), nullable=False),
    Column("unit", String(64), nullable=False),
    Column("matter", String(32), nullable=False),
    Column("type", String(16), nullable=True),
    Column("status", String(16), nullable=False),
    Column("agent", String(64), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("applicant", String(32), ForeignKey("applicant.id"), nullable=False, index=True),
    #: Keyed hash of the applicant's name, for search.
    Column("name_hash", String(64), nullable=False, index=True),
    #: JSON with sealed values: applicant, tracking code; and the catalogue's entry at acceptance.
    Column("opening", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("accepted_at", Instant, nullable=True),
    #: Limit of the whole case (null before acceptance).
    Column("due", Instant, nullable=True),
    Column("due_provisional", Boolean, nullable=False, server_default=text("false")),
    #: JSON: extensions and suspensions, from which `due` follows.
    Column("limit_state", Text, nullable=False),
    #: When what is answered was decided: that meets the limit. Null before, and where no diagram says it.
    Column("decided_at", Instant, nullable=True),
    Column("ended_at", Instant, nullable=True),
    #: How pressing all its tasks are, where a leader has said so.
    Column("priority", Integer, nullable=True),
    #: What became of what the applicant undertook to hand in later, where the applicant did.
    Column("undertaking", String(16), nullable=True),
    #: Earliest instant at which a timer of the case is due.
    Column("wake_at", Instant, nullable=True),
    #: Sequence number and hash of the last history entry.
    Column("seq", Integer, nullable=False),
    Column("head", String(64), nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("binding", String(64), ForeignKey("binding.id"), nullable=False, index=True),
    #: The execution's state, as bytes with a checksum, and the digest of its projection.
    Column("state", LargeBinary, nullable=False),
    Column("state_digest", String(64), nullable=False),
    Index(None, "wake_at", sqlite_where=text("wake_at is not null"), postgresql_where=text("wake_at is not null")),
    Index(None, "unit", "received_at", "id"),
    Index(None, "status", "received_at", "id"),
    Index(None, "received_at", "id"),
    Index(None, "status", "due", "id"),
    Index(None, "unit", "status", "due", "id"),
)

#: Units that have, or had, a task in a case: they see it.
case_unit = Table(
    "case_unit",
    metadata,
    Column("case_id", RowId, ForeignKey("case_file.id"), primary_key=True),
    Column("unit", String(64), primary_key=True),
    #: That of the case: the cases that a unit sees are listed by it.
    Column("received_at", Instant, nullable=False),
    #: The limit of the case, or the end of time, as long as it has not ended: those that a unit sees are listed by it.
    Column("sort_due", Instant, nullable=True),
    Index(None, "unit", "received_at", "case_id"),
    Index(
        "ix_case_unit_unit_sort_due_case_id",
        "unit",
        "sort_due",
        "case_id",
        sqlite_where=text("sort_due is not null"),
        postgresql_where=text("sort_due is not null"),
    ),
)

task = Table(
    "task",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("case_id", RowId, ForeignKey("case_file.id"), nullable=False, index=True),
    #: ``open``, ``completed`` or ``cancelled``.
    Column("status", String(16), nullable=False),
    Column("process", String(255), nullable=False),
    Column("element", String(255), nullable=False),
    Column("name", Text, nullable=False),
    #: JSON array: where it runs.
    Column("scope", Text, nullable=False),
    Column("group", Text, nullable=False),
    Column("unit", String(64), nullable=True),
    Column("role", String(16), nullable=True),
    Column("assignee", String(64), nullable=True),
    Column("due", Instant, nullable=True),
    #: `due`, or the end of time: what the inbox sorts by, so that a keyset cursor needs no null rule.
    Column("sort_due", Instant, nullable=False),
    #: 100 less its priority: what presses most comes first, in the same order as what is due first.
    Column("rank", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant, nullable=True),
    Column("closed_by", String(64), nullable=True),
    #: When somebody last reminded of it.
    Column("reminded_at", Instant, nullable=True),
    #: Sequence number of the entry that changed it last.
    Column("version", Integer, nullable=False),
    Index(
        "ix_task_inbox",
        "unit",
        "sort_due",
        "id",
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
    # Few tasks are for leaders: among those of everybody they would be looked for one by one.
    Index(
        "ix_task_leader",
        "unit",
        "sort_due",
        "id",
        sqlite_where=text("status = 'open' and role = 'leader'"),
        postgresql_where=text("status = 'open' and role = 'leader'"),
    ),
    Index(
        "ix_task_rank",
        "unit",
        "rank",
        "sort_due",
        "id",
        sqlite_where=text("status = 'open' and (role is null or role != 'leader')"),
        postgresql_where=text("status = 'open' and (role is null or role != 'leader')"),
    ),
    Index(
        "ix_task_assignee",
        "assignee",
        "sort_due",
        "id",
        # Most tasks go from the group's inbox to their end at once: these never touch it.
        sqlite_where=text("status = 'open' and assignee is not null"),
        postgresql_where=text("status = 'open' and assignee is not null"),
    ),
)

#: Half-filled forms, each one person's alone; gone when the task ends.
draft = Table(
    "draft",
    metadata,
    Column("task", String(64), ForeignKey("task.id"), primary_key=True),
    Column("username", String(64), primary_key=True),
    #: JSON, sealed.
    Column("data", Text, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

#: The history. Its primary key is the optimistic lock: two writers of one case collide here.
entry = Table(
    "entry",
    metadata,
    Column("case_id", RowId, ForeignKey("case_file.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    #: The entry without its hash, as canonical JSON (RFC 8785).
    Column("body", LargeBinary, nullable=False),
    #: SHA-256 (hex) of `body`.
    Column("hash", String(64), nullable=False),
    Index(None, "at", "case_id", "seq"),
)

#: The office's own chains: administrative acts, and who read or tried what.
act = Table(
    "act",
    metadata,
    #: ``office``, or ``access/DAY/PROCESS``.
    Column("chain", String(96), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    #: The entry without its hash, as canonical JSON (RFC 8785).
    Column("body", LargeBinary, nullable=False),
    #: SHA-256 (hex) of `body`.
    Column("hash", String(64), nullable=False),
)

#: Work that is done outside, and committed with the step that asks for it (an outbox).
job = Table(
    "job",
    metadata,
    #: Of the token that waits: whoever does the work can tell by it whether it was done before.
    Column("id", String(64), primary_key=True),
    Column("case_id", RowId, ForeignKey("case_file.id"), nullable=False, index=True),
    #: ``open``, ``failed`` (given up until the case is retried), ``completed``, ``thrown`` or ``cancelled``.
    Column("status", String(16), nullable=False),
    Column("topic", String(255), nullable=False),
    Column("process", String(255), nullable=False),
    Column("element", String(255), nullable=False),
    #: How often it may still be tried.
    Column("retries", Integer, nullable=False),
    #: From when on it may be tried; at once where it is null.
    Column("due_at", Instant, nullable=True),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant, nullable=True),
    Column("closed_by", String(64), nullable=True),
    #: Sequence number of the entry that changed it last.
    Column("version", Integer, nullable=False),
    #: Who has fetched it: the worker's own name, its account, and until when nobody else gets it.
    Column("worker", String(255), nullable=True),
    Column("locked_by", String(64), nullable=True),
    Column("locked_until", Instant, nullable=True),
    Index(
        "ix_job_open",
        "topic",
        "created_at",
        "id",
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
)

#: Files that were handed in for a case; each change of one is an entry of the history.
material = Table(
    "material",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", RowId, ForeignKey("case_file.id"), nullable=False, index=True),
    #: Which of the matter's materials it is; null where the list does not ask for it.
    Column("material", Text, nullable=True),
    #: JSON, sealed: name of the file.
    Column("name", Text, nullable=False),
    Column("media_type", String(128), nullable=False),
    #: Bytes of the content.
    Column("size", BigInteger, nullable=False),
    #: SHA-256 (hex) of the stored, encrypted bytes: under this name they lie in the store.
    Column("digest", String(64), nullable=False, index=True),
    #: JSON, sealed: SHA-256 (hex) of the content.
    Column("sha256", Text, nullable=False),
    #: ``applicant``, ``agent``, ``issuer``, ``shared`` or ``window``.
    Column("source", String(16), nullable=False),
    #: Trust grade, ``A`` to ``D``.
    Column("grade", String(1), nullable=False),
    Column("copies", Integer, nullable=False),
    #: JSON, sealed.
    Column("note", Text, nullable=True),
    #: ``present``, ``withdrawn`` or ``replaced``.
    Column("status", String(16), nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("added_by", String(64), nullable=False),
    Column("verified_at", Instant, nullable=True),
    Column("verified_by", String(64), nullable=True),
    #: The material in whose place it came.
    Column("replaces", String(32), nullable=True),
    #: Sequence number of the entry that changed it last.
    Column("version", Integer, nullable=False),
)

#: Notices that cases gave to their applicants; each stands, by its digest, in the entry of the step that gave it.
notice = Table(
    "notice",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", RowId, ForeignKey("case_file.id"), nullable=False),
    #: Sequence number of the entry.
    Column("seq", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("process", String(255), nullable=False),
    Column("element", String(255), nullable=False),
    #: Name of the template's file, and SHA-256 (hex) of its content.
    Column("name", String(255), nullable=False),
    Column("template", String(64), ForeignKey("file_content.digest"), nullable=False),
    #: Canonical JSON: what stands in the template's places; personal values are sealed.
    Column("content", Text, nullable=False),
    #: SHA-256 (hex) of `content`.
    Column("digest", String(64), nullable=False),
    Index(None, "case_id", "seq"),
)

#: Who is named in which remark; that they are is in its entry, that they have read it is not.
mention = Table(
    "mention",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("case_id", RowId, ForeignKey("case_file.id"), nullable=False, index=True),
    #: Of the remark's entry.
    Column("seq", Integer, nullable=False),
    Column("username", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("read_at", Instant, nullable=True),
    Index(None, "username", "at", "id"),
    Index(
        "ix_mention_unread",
        "username",
        sqlite_where=text("read_at is null"),
        postgresql_where=text("read_at is null"),
    ),
)

#: What applicants say of how their cases were handled, once each; each change is an entry of the history.
rating = Table(
    "rating",
    metadata,
    Column("case_id", RowId, ForeignKey("case_file.id"), primary_key=True),
    #: From 1, very dissatisfied, to 5, very satisfied.
    Column("level", Integer, nullable=False),
    #: JSON, sealed.
    Column("comment", Text, nullable=True),
    Column("rated_at", Instant, nullable=False),
    #: By when a bad one is to be answered.
    Column("answer_due", Instant, nullable=True),
    #: JSON, sealed.
    Column("answer", Text, nullable=True),
    Column("answered_at", Instant, nullable=True),
    Column("answered_by", String(64), nullable=True),
    #: Sequence number of the entry that changed it last.
    Column("version", Integer, nullable=False),
    Index(None, "rated_at", "case_id"),
    Index(None, "answer_due", "case_id"),
)

#: Attempts of late that failed: wrong passwords and tracking codes. A row goes when it counts no more.
attempt = Table(
    "attempt",
    metadata,
    Column("id", String(16), primary_key=True),
    #: ``login`` or ``track``.
    Column("kind", String(16), nullable=False),
    #: Keyed hash of the address that it came from.
    Column("source", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "kind", "source", "at"),
    Index(None, "kind", "at"),
)

#: Last serial number given out on a day at a window: a number is never given twice.
serial = Table(
    "serial",
    metadata,
    Column("day", String(8), primary_key=True),
    Column("window", String(32), primary_key=True),
    Column("last", Integer, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("scope", String(512), primary_key=True),
    Column("key", String(255), primary_key=True),
    #: Keyed hash of the request's content.
    Column("digest", String(64), nullable=False),
    #: JSON: the first answer, or the problem that it was.
    Column("answer", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
)

# -- what reaches cases without their number, or before they wait for it ------------------------------

#: The signals and the messages with a correlation key that each case waits for now.
subscription = Table(
    "subscription",
    metadata,
    Column("case_id", RowId, ForeignKey("case_file.id"), primary_key=True),
    Column("listener", String(255), primary_key=True),
    #: ``signal`` or ``message``.
    Column("kind", String(8), nullable=False),
    Column("name", String(255), nullable=False),
    #: Correlation key of a message, as text.
    Column("key", String(255), nullable=True),
    #: Instant of the step in which the case began to wait.
    Column("since", Instant, nullable=False),
    Index("ix_subscription_name", "kind", "name", "key", "case_id"),
)

#: Messages that nobody waited for yet, until their time is over.
message = Table(
    "message",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    #: The case that it is for, or none where a correlation key finds it.
    Column("case_id", RowId, ForeignKey("case_file.id"), nullable=True),
    Column("name", String(255), nullable=False),
    Column("key", String(255), nullable=True),
    #: JSON.
    Column("payload", Text, nullable=False),
    Column("sender", String(64), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    #: Sequence number of the case when it was last seen not to wait for this.
    Column("seen", Integer, nullable=False, server_default="0"),
)

#: Signals on their way to the cases that waited for them when they were thrown.
signal = Table(
    "signal",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("name", String(255), nullable=False),
    #: JSON.
    Column("payload", Text, nullable=False),
    Column("sender", String(64), nullable=False),
    #: The case that threw it, which has caught it already.
    Column("case_id", RowId, nullable=True),
    Column("at", Instant, nullable=False),
)

#: Which of them a signal has reached.
signal_delivery = Table(
    "signal_delivery",
    metadata,
    Column("signal_id", RowId, ForeignKey("signal.id"), primary_key=True),
    Column("case_id", RowId, primary_key=True),
)
