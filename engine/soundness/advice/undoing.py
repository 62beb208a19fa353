"""Compensation that nothing asks for, and events that ask for it where there is nothing to undo (BPMN 2.0.2 §10.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.execution.places import Level, Place
from engine.soundness.advice.remark import Remark
from engine.soundness.faults import label

_THROWING = frozenset(["intermediateThrowEvent", "endEvent"])
#: An event subprocess or subprocess, and the level on which it stands.
_Around = Mapping[str, tuple[Level, Place]]


def remarks(levels: list[Level]) -> Iterator[Remark]:
    """What is never undone, and what undoes nothing."""
    by_key = {level.key: level for level in levels}
    around = {place.inside: (level, place) for level in levels for place in level.places.values() if place.inside}
    known: _Around = {key: found for key, found in around.items() if key in by_key}
    for level in levels:
        for place in level.places.values():
            if place.undone_by is not None and not _is_undone(level, place, known, by_key):
                message = (
                    f"nothing ever undoes {label(place)}: no compensation event reaches it, and nothing around it is "
                    "cancelled; throw compensation where it is to be undone"
                )
                yield Remark("never-compensated", place.undone_by, message)
            if place.kind in _THROWING and place.trigger.kind == "compensate" and not _undoes(level, place, known):
                message = (
                    f"{label(place)} undoes nothing: attach a compensation event, with what it leads to, to what is "
                    "to be undone"
                )
                yield Remark("nothing-to-compensate", place.id, message)
        if level.undoing is not None and not _is_undone(*known[level.key], known, by_key):
            message = f"nothing ever undoes the subprocess around {label(level.undoing)}: it never starts"
            yield Remark("never-compensated", level.undoing.id, message)


def _undoes(level: Level, event: Place, known: _Around) -> bool:
    """Whether an event may find something to undo, on its level or around its event subprocess."""
    wanted = event.trigger.name
    while True:
        if any(place.can_be_undone and wanted in (None, place.id) for place in level.places.values()):
            return True
        outside = known.get(level.key)
        if outside is None or not outside[1].event_subprocess:
            return False
        level = outside[0]


def _is_undone(level: Level, place: Place, known: _Around, by_key: Mapping[str, Level]) -> bool:
    """Whether anything may undo an activity of a level once it is completed."""
    if any(event.trigger.name in (None, place.id) for event in _throws(level, by_key)):
        return True
    if any(one.kind == "endEvent" and one.trigger.kind == "cancel" for one in level.places.values()):
        return True
    outside = known.get(level.key)
    if outside is None or outside[1].kind == "callActivity" or outside[1].for_compensation:
        return False
    # As a black box it is undone as a whole; with an event subprocess for it, only that undoes what is inside.
    if outside[1].undone_by is not None or level.undoing is not None:
        return False
    return _is_undone(*outside, known, by_key)


def _throws(level: Level, by_key: Mapping[str, Level]) -> Iterator[Place]:
    """The events that undo what is completed on a level: beside it, and in its event subprocesses."""
    for place in level.places.values():
        if place.kind in _THROWING and place.trigger.kind == "compensate":
            yield place
        if place.event_subprocess and place.inside in by_key:
            yield from _throws(by_key[place.inside or ""], by_key)
