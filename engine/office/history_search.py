"""Searching the histories of all cases: who did what, where and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

import orjson
from sqlalchemy import ColumnElement, and_, or_, select

from engine.errors import FieldError, Invalid
from engine.history.chain import Entry
from engine.history.kinds import Kind
from engine.office import cursor as cursors
from engine.office.context import Context
from engine.office.person import Person
from engine.office.present import Presenter
from engine.office.sight import visible
from engine.office.views import Page
from engine.storage import tables
from engine.storage.stored import holding

_ENTRY = tables.entry.c
_CASE = tables.case.c
_KINDS = tuple(kind.value for kind in Kind)


class EntryFilters(TypedDict, total=False):
    """Which entries are looked for; what is left out, or null, filters nothing."""

    #: Username of whoever did it; ``system:clock`` is the office's clock.
    actor: str | None
    #: One of `Kind`.
    kind: str | None
    #: Id of the element of a diagram that it is about.
    element: str | None
    #: From this instant on.
    since: datetime | None
    #: Up to, and without, this instant.
    until: datetime | None
    matter: str | None
    #: The unit that accepted the case, or one above it.
    unit: str | None


def search(
    context: Context, presenter: Presenter, filters: EntryFilters, *, by: Person, limit: int, cursor: str | None
) -> Page:
    """See `Histories.search`."""
    kind, element, unit = filters.get("kind"), filters.get("element"), filters.get("unit")
    since, until = filters.get("since"), filters.get("until")
    limit = cursors.check_limit(limit)
    if kind is not None and kind not in _KINDS:
        raise Invalid(errors=[FieldError("/kind", "one of " + ", ".join(_KINDS))])
    wanted: list[ColumnElement[bool]] = [visible(context, by, _CASE)]
    for column, value in (
        (_ENTRY.actor, filters.get("actor")),
        (_ENTRY.kind, kind),
        (_CASE.matter, filters.get("matter")),
    ):
        if value is not None:
            wanted.append(column == value)
    if unit is not None:
        wanted.append(_CASE.unit.in_(context.catalogue.descendants(unit)))
    if since is not None:
        wanted.append(_ENTRY.at >= cursors.instant_of(since, "/since"))
    if until is not None:
        wanted.append(_ENTRY.at < cursors.instant_of(until, "/until"))
    if cursor is not None:
        wanted.append(_before(*cursors.decode(cursor, list)))
    with context.database.read() as connection:
        if element is not None:
            # In canonical JSON, nothing stands between these two fields of an entry.
            part = b'"element":' + orjson.dumps(element) + b',"engine":'
            wanted.append(holding(connection, _ENTRY.body, part))
        query = select(tables.entry, _CASE.number).join(tables.case, _CASE.id == _ENTRY.case_id).where(*wanted)
        order = (_ENTRY.at.desc(), _ENTRY.case_id.desc(), _ENTRY.seq.desc())
        rows = connection.execute(query.order_by(*order).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    page: Page = {
        "items": [presenter.entry(_entry(row)) for row in rows[:limit]],
        "next": cursors.encode(last.at, [last.case_id, last.seq]) if last is not None else None,
    }
    return context.unsealed(page)


def _before(at: datetime, place: Sequence[Any]) -> ColumnElement[bool]:
    """What comes after a page that ended at an instant, with the entry of a case."""
    if len(place) != 2 or not all(type(number) is int and 0 <= number < 2**31 for number in place):
        raise cursors.not_ours()
    case, seq = place
    within = or_(_ENTRY.case_id < case, and_(_ENTRY.case_id == case, _ENTRY.seq < seq))
    return or_(_ENTRY.at < at, and_(_ENTRY.at == at, within))


def _entry(row: Any) -> Entry:
    return Entry(case=row.number, seq=row.seq, at=row.at, actor=row.actor, kind=row.kind, body=row.body, hash=row.hash)
