"""What a task's group stands for in one case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.roles import Role

#: The group of a task that names none: the window that accepted the case.
WINDOW = "window"


@dataclass(frozen=True)
class Group:
    """A task's group, resolved."""

    text: str
    #: None where the group names no unit that exists: only a supervisor can then hand the task on.
    unit: str | None
    #: None where any member of the unit may take the task.
    role: str | None


def resolve(candidates: tuple[str, ...], lane: str | None, accepting: str, unit: Callable[[str], str | None]) -> Group:
    """The group of a task: the first candidate that names a unit, else its lane, else the accepting window.

    :param candidates: as the diagram names them, evaluated.
    :param lane: name of the lane that holds the task, or the call of its process; one that names no group is only
        documentation.
    :param accepting: code of the unit whose window accepted the case.
    :param unit: gives the code of the unit that a code or name stands for, or None.
    """
    for text in candidates:
        group = _read(text, accepting, unit)
        if group.unit is not None:
            return group
    if candidates:
        # Somebody was named, so nobody else may take it, and it is not lost either.
        return Group(candidates[0], None, Role.LEADER)
    if lane:
        group = _read(lane, accepting, unit)
        if group.unit is not None:
            return group
    return Group(WINDOW, accepting, None)


def _read(text: str, accepting: str, unit: Callable[[str], str | None]) -> Group:
    name, _, role = text.strip().partition(":")
    if role and role not in (Role.CLERK, Role.LEADER):
        return Group(text, None, None)
    code = accepting if name == WINDOW else unit(name)
    return Group(text, code, role or None)
