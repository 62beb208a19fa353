"""Which open tasks a list shows, in which order: a page at a time, as fast among many tasks as among few.

A person's inbox is made of several kinds of tasks: the person's own, those of each unit, those for the leaders of each
unit that is led. Asked for together, no index has their order, and a database sorts them all. So each kind is asked for
by itself, in the order of its index and no more than a page of it; what comes together from these is sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
    union_all,
)

from engine.office import cursor as cursors
from engine.office.context import Context
from engine.office.person import Person, Role
from engine.office.sight import units_led
from engine.storage import tables

_TASK = tables.task.c

#: Orders of the list; with ``-`` the other way round.
SORTS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "due": (_TASK.sort_due, _TASK.id),
    # What presses most first, and of that what is due first.
    "-priority": (_TASK.rank, _TASK.sort_due, _TASK.id),
}

#: Most kinds of tasks that are asked for one by one: who leads more units waits for a sort.
_MOST_KINDS = 64

#: Each kind of tasks, as conditions that all hold.
Kinds = Sequence[tuple[ColumnElement[bool], ...]]


def takeable(context: Context, by: Person) -> Kinds:
    """The kinds of tasks that a person may take or has: the same rule as `Rights.may_take`."""
    if context.rights(by).sees_everything:
        return [(true(),)]
    if not context.rights(by).handles:
        return [(false(),)]
    kinds: list[tuple[ColumnElement[bool], ...]] = [(_TASK.assignee == by.username,)]
    # Spelled out, so that the database sees that these are what the indexes are of.
    leader: ColumnElement[str] = literal_column(f"'{Role.LEADER}'")
    anybody = or_(_TASK.role.is_(None), _TASK.role != leader)
    kinds += [(of, anybody) for of in _each(by.units(Role.CLERK, Role.LEADER))]
    kinds += [(of, _TASK.role == leader) for of in _each(units_led(context, by))]
    return kinds


def page(
    query: Select[Any],
    kinds: Kinds,
    *,
    sort: str,
    cursor: str | None,
    limit: int,
) -> Select[Any]:
    """One page of the open tasks of these kinds, and one row more.

    :param query: of the task table joined with that of cases, with the filters that hold for every kind.
    :raises Invalid: where the cursor is none of this list.
    """
    columns, descending = order(sort)
    after = cursors.decode(cursor, str, ranked=len(columns) > 2) if cursor is not None else None

    def paged(query: Select[Any], after: tuple[Any, ...] | None) -> Select[Any]:
        return cursors.page(query, *columns, descending=descending, after=after, limit=limit)

    if len(kinds) == 1:
        return paged(query.where(*kinds[0]), after)
    each = (paged(query.with_only_columns(_TASK.id).where(*kind), after).subquery() for kind in kinds)
    together = union_all(*(select(ids.c.id) for ids in each))
    return paged(query.where(_TASK.id.in_(together.subquery().select())), None)


def count(connection: Connection, kinds: Kinds, conditions: Sequence[ColumnElement[bool]], *, most: int) -> int:
    """How many open tasks of these kinds there are, counted up to `most`.

    Each kind is counted by itself, for the same reason; a task may be of several.
    """
    found = select(_TASK.id).where(_TASK.status == "open", *conditions).limit(most)
    each = (found.where(*kind).subquery() for kind in kinds)
    together = union(*(select(ids.c.id) for ids in each)).limit(most)
    return int(connection.execute(select(func.count()).select_from(together.subquery())).scalar_one())


def order(sort: str) -> tuple[tuple[ColumnElement[Any], ...], bool]:
    """The columns that a sort goes by, and whether the other way round."""
    if sort in SORTS:
        return SORTS[sort], False
    return SORTS[sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"], True


def _each(units: Iterable[str]) -> list[ColumnElement[bool]]:
    codes = sorted(units)
    if len(codes) > _MOST_KINDS:
        return [_TASK.unit.in_(codes)]
    return [_TASK.unit == code for code in codes]
