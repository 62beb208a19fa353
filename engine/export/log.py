"""What an export is made of: cases with their events, however many there are, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.history.kinds import Kind

#: How the names of what no person did begin: these have no pseudonyms.
PROGRAM = "system:"

#: Lifecycle transitions (IEEE 1849-2016 §6.3) of what does not complete an activity.
_TRANSITIONS: dict[str, str] = {
    Kind.TASK_CLAIMED: "assign",
    Kind.TASK_UNCLAIMED: "withdraw",
    Kind.TASK_DELEGATED: "reassign",
    Kind.CASE_SUSPENDED: "suspend",
    Kind.CASE_RESUMED: "resume",
    Kind.JOB_FAILED: "ate_abort",
    Kind.JOB_ERROR: "ate_abort",
}


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """What an export says of a case beside its events."""

    number: str
    type: str | None
    status: str
    matter: str
    matter_name: str
    unit: str
    window: str
    channel: str
    received: datetime
    #: Pseudonym of the applicant, the same in all their cases; the name where that was asked for.
    applicant: str


@dataclass(frozen=True, kw_only=True)
class MaterialFacts:
    """A file that was handed in for a case."""

    id: str
    #: Number of the case.
    case: str
    #: Which of the matter's materials it is, or none.
    material: str | None
    source: str
    grade: str
    added: datetime


@dataclass(frozen=True, kw_only=True)
class LoggedEvent:
    """One entry of a history as an event."""

    seq: int
    at: datetime
    kind: str
    #: What was done: the task's name, the message's, the element's id, or the kind.
    activity: str
    process: str | None
    element: str | None
    #: Pseudonym of whoever did it, or the username where that was asked for.
    resource: str
    #: Id of the material that it is about.
    material: str | None = None
    #: The entry as it was recorded: canonical JSON, and its hash.
    body: bytes
    hash: str

    @property
    def transition(self) -> str:
        """The event's place in the life of its activity (IEEE 1849-2016, lifecycle extension)."""
        return _TRANSITIONS.get(self.kind, "complete")


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A case with all its events, the oldest first."""

    case: CaseFacts
    events: Sequence[LoggedEvent]


class EventLog(Protocol):
    """The cases that are exported; each can be gone through any number of times."""

    def cases(self) -> Iterator[CaseFacts]:
        """The cases, in the order in which they came in."""

    def applicants(self) -> Iterator[str]:
        """The applicants of the cases, each once."""

    def materials(self) -> Iterator[MaterialFacts]:
        """What was handed in for the cases."""

    def traces(self) -> Iterator[Trace]:
        """The cases with their events."""
