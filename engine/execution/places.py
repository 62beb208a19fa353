"""The control flow of a definition in plain words: places joined by flows, level by level.

Read once from the BPMN tree by `reading`; what modelers add as extensions is in each place's `Element`.
No SpiffWorkflow here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.definitions.model import Element
from engine.execution.expressions import Expression

TriggerKind = Literal[
    "none",
    "message",
    "timer",
    "signal",
    "conditional",
    "error",
    "escalation",
    "terminate",
    "cancel",
    "compensate",
    "link",
]
TimerKind = Literal["date", "duration", "cycle"]


@dataclass(frozen=True, kw_only=True)
class TimerRule:
    """What a timer event definition says (BPMN 2.0.2 §10.5.5.1): ISO 8601 text or an expression that gives it."""

    kind: TimerKind
    text: str | None = None
    expression: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """An event definition (BPMN 2.0.2 §10.5.5)."""

    kind: TriggerKind = "none"
    #: Name of the message, signal or link; code of the error or escalation, None where any is caught; id of the
    #: activity to be undone, None for all.
    name: str | None = None
    timer: TimerRule | None = None
    #: Of a conditional event: what must come to hold.
    condition: Expression | None = None
    #: Which of several waiting events a message is for (``zeebe:subscription correlationKey``).
    correlation: Expression | None = None


NO_TRIGGER = Trigger()


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    condition: Expression | None = None


@dataclass(kw_only=True)
class Place:
    """A flow node. Filled while a definition is read, not changed afterwards."""

    element: Element
    trigger: Trigger = NO_TRIGGER
    outgoing: tuple[Flow, ...] = ()
    incoming: tuple[str, ...] = ()
    #: Id of the default flow among `outgoing`.
    default: str | None = None
    #: Of a boundary event or the start of an event subprocess: whether it cancels what it is attached to.
    interrupting: bool = True
    #: Boundary events attached to it, in the order written.
    boundaries: list[Place] = field(default_factory=list)
    #: Key in `Level`s of what runs inside a subprocess or call activity.
    inside: str | None = None
    event_subprocess: bool = False
    transaction: bool = False
    #: Whether it undoes another activity (``isForCompensation``): no flow leads to it.
    for_compensation: bool = False
    #: Id of the activity that undoes it, by its compensation boundary event.
    undone_by: str | None = None
    #: Whether something inside it can be undone; and whether its own compensation event subprocess does that.
    undone_inside: bool = False
    undoes_itself: bool = False
    #: For an inclusive gateway: flow id → ids of the places from which that flow can be reached (see `reach`).
    reach: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The element's id."""
        return self.element.id

    @property
    def kind(self) -> str:
        """The local BPMN name."""
        return self.element.kind

    @property
    def can_be_undone(self) -> bool:
        """Whether it is remembered when it is completed, to be undone later."""
        return not self.for_compensation and (self.undone_by is not None or self.undone_inside)


@dataclass(kw_only=True)
class Level:
    """A process, or the inside of a subprocess."""

    #: Process key, or ``process/subprocess``.
    key: str
    #: Key of the process it belongs to.
    process: str
    places: dict[str, Place]
    #: Id of the start event that a token begins at.
    start: str
    #: Event subprocesses on this level by the id of their start event.
    event_subprocesses: dict[str, Place] = field(default_factory=dict)
    #: The event subprocess that undoes the level when it is completed.
    undoing: Place | None = None
