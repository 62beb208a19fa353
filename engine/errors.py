"""The errors that the engine raises on purpose: one base class, each with the name of its problem.

A subclass's docstring is its default message. HTTP status codes are not known here: `api` maps the
problem names of this module to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of an input."""

    #: JSON pointer (RFC 6901) of the field in the input, such as ``/applicant/id_number``.
    pointer: str
    #: What is wrong and how to mend it, for the person who filled the field in.
    message: str


class YichuangError(Exception):
    """Something that was asked for cannot be done."""

    #: Name of the problem type, the last segment of its URI.
    problem: ClassVar[str] = "internal"

    def __init__(self, detail: str | None = None, *, errors: Sequence[FieldError] = ()) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.errors = tuple(errors)
        super().__init__(self.detail)


class Invalid(YichuangError):
    """The input has fields that are missing, wrong or unknown."""

    problem = "validation"


class Malformed(YichuangError):
    """The input cannot be read at all."""

    problem = "malformed"


class TooLarge(YichuangError):
    """The input is larger than what is accepted."""

    problem = "too-large"


class NotFound(YichuangError):
    """There is nothing of that name, or it is not yours to see."""

    problem = "not-found"


class Forbidden(YichuangError):
    """You may see this, but your role or unit does not allow you to do that."""

    problem = "forbidden"


class Unauthorised(YichuangError):
    """No token was sent, and no session is open."""

    problem = "unauthorised"


class RateLimited(YichuangError):
    """Too many attempts; wait before the next one."""

    problem = "rate-limited"


class TaskAlreadyCompleted(YichuangError):
    """The task is no longer open: it was completed, or the case went another way."""

    problem = "task-already-completed"


class TaskClaimedByAnother(YichuangError):
    """A colleague has claimed the task."""

    problem = "task-claimed-by-another"


class JobNotHeld(YichuangError):
    """You do not hold this job: another worker has it, or your lock ran out."""

    problem = "job-not-held"


class StaleVersion(YichuangError):
    """It has changed since you read it: read it again and decide anew."""

    problem = "stale-version"


class IdempotencyKeyReused(YichuangError):
    """The idempotency key was used before with another request."""

    problem = "idempotency-key-reused"


class CaseClosed(YichuangError):
    """The case has ended."""

    problem = "case-closed"


class CaseSuspended(YichuangError):
    """The case is suspended: only messages, comments, materials and its resumption are taken."""

    problem = "case-suspended"


class NotOffered(YichuangError):
    """The case's definition does not offer this at the point where the case is."""

    problem = "not-offered"


class Conflict(YichuangError):
    """Others changed the same case at the same moment, again and again: try once more."""

    problem = "conflict"


class Unavailable(YichuangError):
    """The database cannot be reached or is busy: try again shortly."""

    problem = "unavailable"
