"""Timers that can never fire, because another always fires before, or because nobody can read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from engine.calendar import Calendar, functions
from engine.execution.clock import Duration, parse_duration, schedule
from engine.execution.errors import Failure
from engine.execution.expressions import evaluate
from engine.execution.model import Step
from engine.execution.places import Level, Place
from engine.feel import FUNCTION_NAMES
from engine.soundness.advice.remark import Remark
from engine.soundness.faults import label

_WORKING_DAYS = re.compile(r"=?\s*(?:full_)?working_days\(\s*(\d+)\s*\)\s*")
#: The least and the most that a month and a working day can last.
_MONTH = (timedelta(28), timedelta(31))


#: When the timers that need nothing of the case are tried.
_THEN = datetime(2026, 3, 2, 1, tzinfo=UTC)


def remarks(levels: Iterable[Level]) -> Iterator[Remark]:
    """Timers that come too late, or not at all."""
    for level in levels:
        for place in (*level.places.values(), *level.event_subprocesses.values()):
            if (fault := _unreadable(place)) is not None:
                yield Remark("timer", place.id, f"{fault}: every case stops here as an incident")
        for place in level.places.values():
            rivals = list(place.boundaries)
            if place.kind == "eventBasedGateway":
                rivals = [level.places[flow.target] for flow in place.outgoing]
            first = [event for event in rivals if event.interrupting or event.kind != "boundaryEvent"]
            for event in rivals:
                sooner = next((other for other in first if other is not event and _always_before(other, event)), None)
                if sooner is not None:
                    message = (
                        f"{label(event)} can never fire: {label(sooner)} always fires before it and ends the waiting "
                        f"at {label(place)}"
                    )
                    yield Remark("timer-never-fires", event.id, message)


def _unreadable(place: Place) -> str | None:
    """Why a timer whose expression reads nothing of the case cannot be read."""
    rule = place.trigger.timer
    if rule is None or rule.expression is None:
        return None
    known = functions(Calendar(), _THEN)
    if rule.expression.parsed.variables() - FUNCTION_NAMES - known.keys():
        return None
    step = Step(case="", seq=1, now=_THEN, functions=known)
    try:
        schedule(rule, _THEN, step, lambda what: evaluate(what, {}, step, _THEN))
    except Failure as failure:
        return str(failure)
    return None


def _always_before(one: Place, other: Place) -> bool:
    """Whether of two timers that begin at one instant the first is surely due before the second."""
    first, second = _days(one), _days(other)
    if first is not None and second is not None:
        return first < second
    earliest, latest = _length(one), _length(other)
    if earliest is None or latest is None:
        return False
    return _exact(earliest, 1) < _exact(latest, 0)


def _days(place: Place) -> int | None:
    """The number of working days that a timer waits."""
    rule = place.trigger.timer
    if rule is None or rule.expression is None:
        return None
    found = _WORKING_DAYS.fullmatch(rule.expression.text)
    return int(found[1]) if found else None


def _length(place: Place) -> Duration | None:
    """The length of time that a timer waits, where it is written out."""
    rule = place.trigger.timer
    if rule is None or rule.text is None or rule.kind != "duration":
        return None
    try:
        return parse_duration(rule.text)
    except ValueError:
        return None


def _exact(length: Duration, most: int) -> timedelta:
    # An hour more or less: clocks are set forward and back.
    slack = timedelta(hours=1) if length.days or length.months else timedelta(0)
    return length.months * _MONTH[most] + timedelta(length.days) + length.exact + (slack if most else -slack)
