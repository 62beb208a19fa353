"""A case between two steps: everything about it that is not in its execution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, get_args

from engine.execution.model import Job, OpenTask
from engine.history.canonical import digest
from engine.history.chain import GENESIS
from engine.instants import instant

Status = Literal["open", "suspended", "completed", "returned", "withdrawn", "failed"]
STATUSES: tuple[Status, ...] = get_args(Status)
OPEN, SUSPENDED, FAILED = "open", "suspended", "failed"
#: What a case can end as.
ENDINGS = frozenset({"completed", "returned", "withdrawn"})
#: Handling types (即办件 联办件 承诺件 上报件 退回件).
Type = Literal["instant", "joint", "promised", "reported", "returned"]
TYPES: tuple[Type, ...] = get_args(Type)

#: Version of the projection over which state digests are taken.
PROJECTION = 1


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The limit of a whole case, in working days counted from the day after acceptance."""

    #: What the matter promises; 0 ends on the day of acceptance itself.
    days: int
    #: Working days added with leave (行政许可法 art. 42).
    extended: int = 0
    #: Working days that suspensions took out (art. 45).
    excluded: int = 0
    #: Since when the clock stands still.
    suspended_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """As it stands in the database and the projection."""
        return {
            "days": self.days,
            "extended": self.extended,
            "excluded": self.excluded,
            "suspended_at": instant(self.suspended_at) if self.suspended_at else None,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Limit:
        """What `to_json` wrote."""
        since = stored["suspended_at"]
        return cls(
            days=stored["days"],
            extended=stored["extended"],
            excluded=stored["excluded"],
            suspended_at=datetime.fromisoformat(since) if since else None,
        )


@dataclass(frozen=True, kw_only=True)
class OpenWork:
    """An open task with what the office adds to it: who it is for here, and who has taken it."""

    task: OpenTask
    #: The group as the diagram names it.
    group: str
    #: The unit and role that the group stands for in this case; no unit where it names none that exists.
    unit: str | None
    role: str | None
    assignee: str | None
    #: How pressing it is: what was said of the whole case, else what the diagram says.
    priority: int
    #: When somebody last reminded of it: that makes nobody's copy of it stale.
    reminded: datetime | None = None
    #: Sequence number of the step that changed it last.
    version: int

    def projection(self) -> dict[str, Any]:
        """The part of the state's projection that is this task."""
        return {
            "id": self.task.id,
            "element": self.task.element.id,
            "scope": list(self.task.scope),
            "group": self.group,
            "unit": self.unit,
            "role": self.role,
            "assignee": self.assignee,
            "due": instant(self.task.due) if self.task.due else None,
        }


@dataclass(frozen=True, kw_only=True)
class OpenJob:
    """Work outside that is not done yet, with how it fares."""

    job: Job
    #: How often it may still be tried.
    retries: int
    #: From when on it may be tried; at once where there is none.
    due: datetime | None = None
    #: Whether it was given up: then it waits until somebody retries the case.
    failed: bool = False
    #: Sequence number of the step that changed it last.
    version: int


@dataclass(kw_only=True)
class Case:
    """One case. A command changes it in place; who keeps it drops it when a command raises."""

    number: str
    window: str
    unit: str
    channel: str
    agent: str
    received_at: datetime
    #: The catalogue's entry as it was when the case came in.
    matter: dict[str, Any]
    #: Sealed: the applicant's fields, and the citizen's tracking code.
    applicant: dict[str, Any]
    tracking: Any
    #: Root process and the version of each process that the case runs on.
    root: str
    versions: dict[str, int]
    type: str | None
    status: str = OPEN
    accepted_at: datetime | None = None
    due: datetime | None = None
    due_provisional: bool = False
    limit: Limit
    #: When what is answered was decided (行政许可法 art. 42: the decision is what the limit is of; its delivery has ten
    #: days of its own, art. 44). Derived from the entries, and no part of the projection: older chains still prove.
    decided_at: datetime | None = None
    ended_at: datetime | None = None
    #: How pressing all its tasks are, where a leader has said so.
    priority: int | None = None
    seq: int = 0
    head: str = GENESIS
    last_at: datetime | None = None
    work: dict[str, OpenWork] = field(default_factory=dict)
    jobs: dict[str, OpenJob] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        """Whether the case has ended."""
        return self.status in ENDINGS

    @property
    def owed(self) -> datetime | None:
        """The limit that is still to be met: none once the case is decided."""
        return self.due if self.decided_at is None else None

    @property
    def suspended(self) -> bool:
        """Whether the clock stands still."""
        return self.limit.suspended_at is not None

    def assign(self, task: str, assignee: str | None, seq: int) -> None:
        """Put somebody's name on an open task, or take it off."""
        self.work[task] = replace(self.work[task], assignee=assignee, version=seq)

    def digest(self, execution: str) -> str:
        """Digest of the state's projection.

        :param execution: digest of the execution's own projection (tokens, timers, variables).
        """
        return digest(self.projection(execution))

    def projection(self, execution: str) -> dict[str, Any]:
        """What the digest is over. See `digest`."""
        return {
            "v": PROJECTION,
            "number": self.number,
            "status": self.status,
            "type": self.type,
            "agent": self.agent,
            "accepted": instant(self.accepted_at) if self.accepted_at else None,
            "due": instant(self.due) if self.due else None,
            "provisional": self.due_provisional,
            "limit": self.limit.to_json(),
            "tasks": [self.work[task].projection() for task in sorted(self.work)],
            "execution": execution,
        }
