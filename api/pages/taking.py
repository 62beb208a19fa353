"""Which tasks a person may take, and at which windows the person accepts cases."""

from __future__ import annotations

from collections.abc import Collection

from api.pages.session import office
from engine.office.catalogue import WindowView
from engine.office.person import Person, Role
from engine.office.rights import Rights
from engine.office.views import CaseView, TaskView


def rights(by: Person) -> Rights:
    """The office's rules, asked about one person."""
    return Rights(by, office().catalogue.ancestors)


def may_take(task: TaskView, by: Person) -> bool:
    """Whether the person belongs to those that a task is for."""
    return rights(by).may_take(task["unit"], task["role"], task["assignee"])


def carries(rights: Rights, case: CaseView) -> bool:
    """Whether the person has a part in a case: the same rule as `Rights.require_carrying`."""
    takes = any(rights.may_take(task["unit"], task["role"], task["assignee"]) for task in case["tasks"])
    carrying = case["agent"] == rights.person.username or rights.works_in(case["unit"])
    return takes or carrying or rights.leads(case["unit"])


def handles(by: Person) -> bool:
    """Whether the person handles cases anywhere; auditors and administrators as such do not."""
    return rights(by).handles


def handlers(unit: str | None, but: Collection[str | None]) -> list[tuple[str, str]]:
    """Username and name of those who handle cases in a unit.

    :param but: usernames of those who are left out.
    """
    handling = {Role.CLERK, Role.LEADER}
    return [
        (listed["username"], listed["name"])
        for listed in office().people.list()
        if not listed["disabled"]
        and listed["username"] not in but
        and any(place["unit"] == unit and place["role"] in handling for place in listed["units"])
    ]


def windows(by: Person) -> list[WindowView]:
    """The windows of the units in which the person accepts cases."""
    units = by.units(Role.CLERK, Role.LEADER)
    return [window for window in office().catalogue.windows() if window["unit"] in units]
