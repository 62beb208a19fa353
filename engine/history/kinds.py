"""Kinds of entries: in the histories of cases, and in the office's own chains."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What happened, written `subject.action`."""

    CASE_STARTED = "case.started"
    TASK_CLAIMED = "task.claimed"
    TASK_UNCLAIMED = "task.unclaimed"
    TASK_DELEGATED = "task.delegated"
    TASK_COMPLETED = "task.completed"
    #: Sent back to an earlier step, and one's own completion taken back: the control flow is as it was before that.
    TASK_RETURNED = "task.returned"
    TASK_WITHDRAWN = "task.withdrawn"
    TIMER_FIRED = "timer.fired"
    MESSAGE_RECEIVED = "message.received"
    COMMENT_ADDED = "comment.added"
    MATERIAL_ADDED = "material.added"
    MATERIAL_VERIFIED = "material.verified"
    MATERIAL_WITHDRAWN = "material.withdrawn"
    AGENT_ASSIGNED = "case.agent-assigned"
    CASE_SUSPENDED = "case.suspended"
    CASE_RESUMED = "case.resumed"
    CASE_EXTENDED = "case.extended"
    CASE_RETRIED = "case.retried"
    CASE_REMINDED = "case.reminded"
    CASE_PRIORITISED = "case.prioritised"
    SIGNAL_RECEIVED = "signal.received"
    CASE_RECOUNTED = "case.recounted"
    JOB_COMPLETED = "job.completed"
    JOB_FAILED = "job.failed"
    JOB_ERROR = "job.error"
    CASE_MIGRATED = "case.migrated"
    CASE_RATED = "case.rated"
    RATING_ANSWERED = "rating.answered"
    #: A notice went to its applicant by mail, or could not go (this time, or for good).
    NOTICE_MAILED = "notice.mailed"
    NOTICE_UNMAILED = "notice.unmailed"
    #: Somebody has one sent again that was given up.
    NOTICE_RETRIED = "notice.retried"


class ActKind(StrEnum):
    """What an administrator did, or who read or tried what; written `subject.action`."""

    UNITS_IMPORTED = "units.imported"
    WINDOWS_IMPORTED = "windows.imported"
    MATTERS_IMPORTED = "matters.imported"
    PERSON_ADDED = "person.added"
    PERSON_DISABLED = "person.disabled"
    PERSON_ENABLED = "person.enabled"
    PERSON_ASSIGNED = "person.assigned"
    SUBSTITUTE_NAMED = "substitute.named"
    SUBSTITUTION_ENDED = "substitution.ended"
    PASSWORD_SET = "person.password-set"
    SESSIONS_ENDED = "person.sessions-ended"
    TOKEN_MADE = "token.made"
    TOKEN_REVOKED = "token.revoked"
    DEFINITIONS_DEPLOYED = "definitions.deployed"
    DEFINITION_RETIRED = "definition.retired"
    DEFINITION_REACTIVATED = "definition.reactivated"
    CALENDAR_CHANGED = "calendar.changed"
    RECOUNT_ORDERED = "recount.ordered"
    SETTING_CHANGED = "setting.changed"
    APPLICANT_ERASED = "applicant.erased"
    SIGNING_KEY_CHANGED = "signing-key.changed"
    BACKUP_MADE = "backup.made"
    BACKUP_RESTORED = "backup.restored"
    #: Reading by somebody who sees more than their own work.
    READ = "request.read"
    #: What was refused although it was there to be done, or to be seen, by others.
    REFUSED = "request.refused"
    LOGIN_SUCCEEDED = "login.succeeded"
    LOGIN_FAILED = "login.failed"
    LOGIN_LOCKED = "login.locked"
