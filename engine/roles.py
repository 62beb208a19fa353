"""What a person can be in a unit."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A role in one unit."""

    CLERK = "clerk"
    LEADER = "leader"
    DESIGNER = "designer"
    AUDITOR = "auditor"
    ADMIN = "admin"
    #: A program that does work outside; it sees nothing else.
    WORKER = "worker"
