"""The words in which the execution speaks to the rest of the engine: value objects, no SpiffWorkflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from engine.definitions.model import Element

#: Where an office is that does not say where.
DEFAULT_ZONE = "Asia/Shanghai"


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one step is given from outside: everything that could differ between a run and its replay."""

    #: Seed of the ids that the step makes: ids derive from (case, seq, counter).
    case: str
    #: Sequence number of the history entry that this step becomes.
    seq: int
    #: Instant of the step (aware, UTC), strictly later than that of the step before.
    now: datetime
    #: Read-only FEEL names beside the case's variables: ``case``, ``matter``, ``window``, …
    facts: Mapping[str, Any] = field(default_factory=dict)
    #: Host functions for FEEL, such as ``working_days``.
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    #: Called as soon as a milestone is passed, before the next element runs, so that `facts` may follow it.
    reached: Callable[[Milestone], None] | None = None
    #: Called for each notice that is given: names that it may read besides, such as the applicant's, still sealed.
    issuing: Callable[[], Mapping[str, Any]] = dict

    @cached_property
    def zone(self) -> ZoneInfo:
        """The office's zone: the fact ``office.zone``."""
        office = self.facts.get("office")
        name = office.get("zone") if isinstance(office, Mapping) else None
        return _zone(name or DEFAULT_ZONE)

    @cached_property
    def local_now(self) -> datetime:
        """The instant of the step in the office's zone."""
        return self.now.astimezone(self.zone)


@dataclass(frozen=True, kw_only=True)
class OpenTask:
    """A user or manual task that waits for a person."""

    #: Stable for the life of the task, also over dump and restore.
    id: str
    element: Element
    #: Where it runs: element ids and multi-instance indexes from the root down to the task's scope.
    scope: tuple[str | int, ...]
    #: Candidate groups after evaluation of the element's expressions; empty if the element names none.
    groups: tuple[str, ...]
    assignee: str | None
    due: datetime | None
    priority: int | None
    created_at: datetime
    #: Name of the innermost lane that holds it: the nearest caller's, where its own process has none for it.
    lane: str | None


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A timer that waits."""

    #: Stable for the life of the timer.
    id: str
    #: Key of the process that holds the element.
    process: str
    element: str
    scope: tuple[str | int, ...]
    due: datetime


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A message that is waited for."""

    #: The message's name.
    name: str
    #: The event, or the receive task, that takes it.
    element: Element
    #: When a timer ends the waiting, if one does.
    until: datetime | None
    #: The variables that are seen where it waits; inner ones hide outer ones.
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rest:
    """Where something else than people's work is waited for."""

    #: The event, the gateway before several, or what is worked on outside.
    element: Element
    #: The messages of which one may end the waiting, by their names.
    messages: tuple[str, ...]
    #: When a timer ends the waiting, if one does.
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Job:
    """A service task that waits for work done outside, under its topic."""

    id: str
    element: Element
    topic: str
    scope: tuple[str | int, ...]


class Subscription(NamedTuple):
    """Something that reaches a case without its number: a signal, or a message with a correlation key."""

    #: Stable for as long as it is waited for.
    id: str
    #: ``signal`` or ``message``.
    kind: str
    name: str
    #: The correlation key as text; None for a signal.
    key: str | None


@dataclass(frozen=True, kw_only=True)
class Incident:
    """Why a token cannot go on by itself. It keeps its place until it is retried."""

    element: str
    scope: tuple[str | int, ...]
    #: For a designer or an administrator: what failed, with the expression and the values involved. A text, which
    #: may be sealed where it came from outside.
    cause: Any


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """A none event (intermediate throw or end) with extension properties was passed."""

    element: Element
    #: The properties, with values that start with ``=`` evaluated.
    properties: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A notice to the applicant that was given in the step."""

    process: str
    element: str
    #: Name of the template's file, and SHA-256 (hex) of its content.
    name: str
    template: str
    #: JSON: what stands in the template's places, in their order; personal values are sealed.
    values: list[Any]


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """A decision that was evaluated in the step."""

    element: str
    decision: str
    #: (decision table, numbers of the matched rules from 1).
    matched: tuple[tuple[str, tuple[int, ...]], ...]
    result: Any


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What happened while a step ran, besides the new state."""

    #: In the order in which they were passed.
    milestones: tuple[Milestone, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    #: (process key, element id) of what tokens entered, in order.
    entered: tuple[tuple[str, str], ...] = ()
    #: Set for a timer's step: what fired.
    fired: Timer | None = None
    #: Names of the signals that were thrown: other cases may wait for them.
    signals: tuple[str, ...] = ()
    #: Notices that were given, in that order.
    notices: tuple[Notice, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """Ids of the elements that tokens entered, in order."""
        return tuple(element for _, element in self.entered)
