"""What can come of a connector's work. No message holds what was sent or answered: that may be personal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Done:
    """It is done; `data` become variables."""

    data: Mapping[str, Any]


@dataclass(frozen=True)
class Thrown:
    """The other side refuses it: a BPMN error, which the diagram may catch."""

    code: str
    message: str


@dataclass(frozen=True)
class Failed:
    """It did not work this time."""

    message: str
    #: Seconds until it may be tried again, where the other side says so.
    after: int | None = None


@dataclass(frozen=True)
class Refused:
    """It cannot work, however often it is tried: the inputs or the office's settings are wrong."""

    message: str


Outcome: TypeAlias = Done | Thrown | Failed | Refused
