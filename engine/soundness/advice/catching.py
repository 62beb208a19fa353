"""Errors and escalations that are thrown, and that nothing around catches (BPMN 2.0.2 §10.5.7).

They go outwards, from activity to activity and from a called process to those that call it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.execution.places import Level, Place, Trigger
from engine.soundness.advice.remark import Remark
from engine.soundness.faults import label

_THROWING = frozenset(["intermediateThrowEvent", "endEvent"])

#: Key of a level → the activities whose inside it is, each with the level on which it stands.
Around = Mapping[str, list[tuple[Level, Place]]]


def around(levels: list[Level]) -> Around:
    """What stands around each level; several callers around a process."""
    found: dict[str, list[tuple[Level, Place]]] = {}
    for level in levels:
        for place in level.places.values():
            if place.inside is not None:
                found.setdefault(place.inside, []).append((level, place))
    return found


def remarks(levels: list[Level], outside: Around) -> Iterator[Remark]:
    """Events that throw in vain.

    Whoever calls a process that nothing here calls is not known: an escalation may be meant for that one, while an
    error stops each case that begins on the process itself.
    """
    for level in levels:
        for place in level.places.values():
            kind = place.trigger.kind
            if kind not in ("error", "escalation") or place.kind not in _THROWING:
                continue
            if (kind == "escalation" and level.process not in outside) or _is_caught(level, place.trigger, outside):
                continue
            what = f"the {kind} {place.trigger.name or ''}".rstrip()
            effect = "the case stops here as an incident" if kind == "error" else "nothing comes of it"
            message = (
                f"nothing catches {what} that {label(place)} throws, so {effect}: attach an event for it to an "
                "activity around or to what calls the process, or draw an event subprocess that starts with it"
            )
            yield Remark("never-caught", place.id, message)


def _is_caught(level: Level, trigger: Trigger, outside: Around) -> bool:
    """Whether anything on the levels around catches what is thrown, on any of the ways that lead outwards."""
    waiting, seen = [level], set[str]()
    while waiting:
        at = waiting.pop()
        if at.key in seen:
            continue
        seen.add(at.key)
        if any(_catches(event, trigger) for event in at.event_subprocesses.values()):
            return True
        for further, activity in outside.get(at.key, ()):
            if any(_catches(event, trigger) for event in activity.boundaries):
                return True
            waiting.append(further)
    return False


def _catches(event: Place, trigger: Trigger) -> bool:
    return event.trigger.kind == trigger.kind and event.trigger.name in (None, trigger.name)
