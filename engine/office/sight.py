"""Which cases a person may see, as a condition in a query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, false, or_, select, true, union_all

from engine.handling.case import ENDINGS
from engine.office import cursor as cursors
from engine.office.archive import NEVER
from engine.office.context import Context
from engine.office.person import Person, Role
from engine.office.rights import Rights
from engine.storage import tables
from engine.storage.beside import beside

#: Most units whose cases are asked for one by one: who sees those of more sees most of all cases.
_MOST_UNITS = 32

_TASK = tables.task.c


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
    # Asked of each case: who works at a large window has had most of the cases there are.
    row = tables.case_unit.c
    had = exists().where(row.case_id == case.id, row.unit.in_(units))
    return or_(case.unit.in_(units), had, case.id.in_(_held(by)))


def newest(
    context: Context,
    by: Person,
    status: str | None,
    conditions: Sequence[ColumnElement[bool]],
    paged: Callable[[Select[Any], ColumnElement[Any], ColumnElement[Any]], Select[Any]],
) -> ColumnElement[bool]:
    """Whether a case is among the first that the person may see, in the order in which they came in.

    Each unit's cases, those that it accepted and those in which it had a task, lie in that order in an index; no index
    has those of several units together. So each is asked for by itself, and no more of it than a page. Those with a
    task that the person holds are few.

    :param status: that the cases must have: one that many have.
    :param conditions: what else they must be.
    :param paged: a page of a query that is sorted by these two columns: when a case came in, and its id.
    """
    case, row = tables.case.c, tables.case_unit.c
    units = sorted(units_in_sight(context, by))
    if context.rights(by).sees_everything or not 0 < len(units) <= _MOST_UNITS:
        return and_(visible(context, by, case), *(() if status is None else (case.status == status,)), *conditions)
    # By its status a unit's case would be looked for among those of all units.
    wanted = (*(() if status is None else (beside(case.status) == status,)), *conditions)
    ids = select(case.id).where(*wanted)
    accepted = (paged(ids.where(case.unit == unit), case.received_at, case.id) for unit in units)
    joined = select(row.case_id.label("id")).join(tables.case, case.id == row.case_id).where(*wanted)
    had = (paged(joined.where(row.unit == unit), row.received_at, row.case_id) for unit in units)
    # All of them: for a page, PostgreSQL would look for the tasks of each case in turn.
    held = ids.where(case.id.in_(_held(by)))
    each = (query.subquery() for query in (*accepted, *had, held))
    return case.id.in_(union_all(*(select(one.c.id) for one in each)).subquery().select())


def first_due(
    context: Context,
    by: Person,
    statuses: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    *,
    descending: bool,
    after: tuple[Any, ...] | None,
    limit: int,
) -> ColumnElement[bool]:
    """Whether a case is among the first that the person may see in the order of limits, those without one at the end.

    The cases of each status lie in an index in this order, but those without a limit by their ids. So each status is
    asked for by itself, those with a limit and those without, and no more of it than a page. Of cases that have not
    ended, so do those that a unit accepted, and those in which it had a task, by themselves: each unit is asked for.

    :param statuses: that the cases may have.
    :param conditions: what else they must be.
    :param after: as `cursors.page` takes it: an instant and an id.
    """
    case, row, each = tables.case.c, tables.case_unit.c, list[Select[Any]]()
    dateless: list[ColumnElement[bool]] = [case.due.is_(None)]
    if after is not None and after[0] >= NEVER:
        dateless.append(case.id < after[1] if descending else case.id > after[1])
    elif after is not None and descending:
        dateless.append(false())
    paged = partial(cursors.page, descending=descending, limit=limit)
    units = sorted(units_in_sight(context, by))
    by_units = not context.rights(by).sees_everything and 0 < len(units) <= _MOST_UNITS
    ids = select(case.id).where(*conditions)

    def in_order(of: Select[Any]) -> Iterator[Select[Any]]:
        yield paged(of.where(case.due.is_not(None)), case.due, case.id, after=after)
        yield paged(of.where(*dateless), case.due, case.id, after=None)

    for status in statuses:
        of = ids.where(case.status == status)
        if not by_units or status in ENDINGS:
            each += in_order(of.where(visible(context, by, case)))
            continue
        # By its status a unit's case would be looked for among those of all units.
        joined = select(row.case_id.label("id")).join(tables.case, case.id == row.case_id)
        had = joined.where(beside(case.status) == status, row.sort_due.is_not(None), *conditions)
        for unit in units:
            each += in_order(of.where(case.unit == unit))
            each.append(paged(had.where(row.unit == unit), row.sort_due, row.case_id, after=after))
        each.append(of.where(case.id.in_(_held(by))))
    return case.id.in_(union_all(*(select(one.subquery().c.id) for one in each)).subquery().select())


def require_sight_of_row(rights: Rights, connection: Connection, case: Any, what: str) -> None:
    """Refuse where the person may not see the case of a row, by its id and unit."""
    if rights.sees_everything:
        return
    units = connection.scalars(select(tables.case_unit.c.unit).where(tables.case_unit.c.case_id == case.id))
    holders = connection.scalars(select(_TASK.assignee).where(_TASK.case_id == case.id, _TASK.status == "open"))
    rights.require_sight({case.unit, *units}, {*holders}, what)


def _held(by: Person) -> Select[Any]:
    """The cases with an open task that somebody holds: they lie in an index, and are few."""
    return select(_TASK.case_id).where(_TASK.assignee == by.username, _TASK.status == "open")
