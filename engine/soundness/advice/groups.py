"""Groups that are to say who does a task, and name nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from engine import feel
from engine.definitions.model import Value
from engine.execution.places import Level
from engine.feel import syntax
from engine.handling.groups import WINDOW, resolve
from engine.soundness.advice.remark import Remark
from engine.soundness.faults import label


def remarks(levels: Iterable[Level], is_group: Callable[[str], bool]) -> Iterator[Remark]:
    """Tasks with a group, or whose only group is their lane's name, that is no group's."""

    def names_a_unit(text: str) -> bool:
        return resolve((text,), None, WINDOW, lambda name: name if is_group(name) else None).unit is not None

    for level in levels:
        for place in level.places.values():
            element = place.element
            if place.kind not in ("userTask", "manualTask"):
                continue
            for text in (text for value in element.groups for text in _constants(value) if not names_a_unit(text)):
                message = (
                    f"the group “{text}” of {label(place)} names no unit, so nobody belongs to it: write a unit's code "
                    "or name, with :clerk or :leader where one of its roles is meant, or window"
                )
                yield Remark("unknown-group", place.id, message)
            lane = element.lane
            if lane and not element.groups and not element.assignee and not names_a_unit(lane):
                message = (
                    f"the lane “{lane}” names no unit, so {label(place)} goes to the window that accepted the "
                    "case: name the lane by a unit's code, or give the task candidate groups"
                )
                yield Remark("lane-without-group", place.id, message)


def _constants(value: Value) -> Iterator[str]:
    """The groups that are written out; what an expression reads of the case is not known."""
    if not value.expression:
        yield value.text
        return
    try:
        tree = feel.from_modeler(value.text).tree
    except feel.FeelError:
        return
    for item in tree.items if isinstance(tree, syntax.ListOf) else (tree,):
        if isinstance(item, syntax.Literal) and isinstance(item.value, str):
            yield item.value
