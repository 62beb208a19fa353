"""Which cases a person may see, as a condition in a query."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true

from engine.office.context import Context
from engine.office.person import Person, Role
from engine.storage import tables


def units_in_sight(context: Context, by: Person) -> frozenset[str]:
    """Units whose cases the person sees: those where they work, and those below the ones that they lead."""
    return by.units(Role.CLERK, Role.LEADER) | units_led(context, by)


def units_led(context: Context, by: Person) -> frozenset[str]:
    """Units that the person leads, with those below them."""
    return frozenset(unit for led in by.units(Role.LEADER) for unit in context.catalogue.descendants(led))


def visible(context: Context, by: Person, case: Any) -> ColumnElement[bool]:
    """Whether the person may see the case of a row: the same rule as `Rights.require_sight`.

    :param case: the columns of the case table in the query.
    """
    if context.rights(by).sees_everything:
        return true()
    units = sorted(units_in_sight(context, by))
    if not units:
        return false()
    had = select(tables.case_unit.c.case_id).where(tables.case_unit.c.unit.in_(units))
    return or_(case.unit.in_(units), case.id.in_(had))
