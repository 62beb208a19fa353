"""Kinds of history entries."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What happened, written `subject.action`."""

    CASE_STARTED = "case.started"
    TASK_CLAIMED = "task.claimed"
    TASK_UNCLAIMED = "task.unclaimed"
    TASK_DELEGATED = "task.delegated"
    TASK_COMPLETED = "task.completed"
    TIMER_FIRED = "timer.fired"
    MESSAGE_RECEIVED = "message.received"
    COMMENT_ADDED = "comment.added"
    AGENT_ASSIGNED = "case.agent-assigned"
    CASE_SUSPENDED = "case.suspended"
    CASE_RESUMED = "case.resumed"
    CASE_EXTENDED = "case.extended"
    CASE_RETRIED = "case.retried"
