"""Lanes that are to say who does a task, and name nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from engine.execution.places import Level
from engine.soundness.advice.remark import Remark
from engine.soundness.faults import label

#: Groups that every office has: the window that accepted the case.
_ALWAYS = frozenset(["window"])


def remarks(levels: Iterable[Level], is_group: Callable[[str], bool]) -> Iterator[Remark]:
    """Tasks whose only group is their lane's name, which is no group's."""
    for level in levels:
        for place in level.places.values():
            element = place.element
            if place.kind not in ("userTask", "manualTask") or element.groups or element.assignee or not element.lane:
                continue
            name = element.lane.partition(":")[0].strip()
            if name not in _ALWAYS and not is_group(name):
                message = (
                    f"the lane “{element.lane}” names no unit, so {label(place)} goes to the window that accepted the "
                    "case: name the lane by a unit's code, or give the task candidate groups"
                )
                yield Remark("lane-without-group", place.id, message)
