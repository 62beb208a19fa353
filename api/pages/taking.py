"""Which tasks a person may take, and at which windows the person accepts cases."""

from __future__ import annotations

from api.pages.session import office
from engine.office.catalogue import WindowView
from engine.office.person import Person, Role
from engine.office.rights import Rights
from engine.office.views import TaskView


def rights(by: Person) -> Rights:
    """The office's rules, asked about one person."""
    return Rights(by, office().catalogue.ancestors)


def may_take(task: TaskView, by: Person) -> bool:
    """Whether the person belongs to those that a task is for."""
    return rights(by).may_take(task["unit"], task["role"], task["assignee"])


def handles(by: Person) -> bool:
    """Whether the person handles cases anywhere; auditors and administrators as such do not."""
    return bool(by.units(Role.CLERK, Role.LEADER))


def windows(by: Person) -> list[WindowView]:
    """The windows of the units in which the person accepts cases."""
    units = by.units(Role.CLERK, Role.LEADER)
    return [window for window in office().catalogue.windows() if window["unit"] in units]
