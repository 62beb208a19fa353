"""Keyset cursors: where a page of a list ended, so that rows which come and go do not shift the next one."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, literal, tuple_

from engine.errors import FieldError, Invalid
from engine.instants import instant

#: Rows a page has at most.
MOST = 200


def check_limit(limit: int, most: int = MOST) -> int:
    """A page size that is allowed.

    :raises Invalid: otherwise.
    """
    if not 1 <= limit <= most:
        raise Invalid(errors=[FieldError("/limit", f"between 1 and {most}")])
    return limit


def encode(*values: Any) -> str:
    """The cursor of the row that sorts by these values: an instant and an id, after a rank where there is one."""
    told = [instant(value) if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")


def decode(cursor: str, id_type: type, *, ranked: bool = False) -> tuple[Any, ...]:
    """What `encode` was given.

    :param ranked: whether a rank comes before the instant.
    :raises Invalid: where the cursor is not one of ours.
    """
    try:
        *ranks, value, id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if len(ranks) != ranked or any(type(rank) is not int or not 0 <= rank < 2**31 for rank in ranks):
            raise ValueError
        if not isinstance(id, id_type) or isinstance(id, bool):
            raise ValueError
        if isinstance(id, int) and not 0 <= id < 2**63:
            raise ValueError
        return *ranks, within_calendar(datetime.fromisoformat(value)), id
    except (ValueError, TypeError, binascii.Error) as error:
        raise not_ours() from error


def number(cursor: str | None) -> int:
    """The cursor of a list whose items are numbered from 1: the last number that was read, 0 at the beginning.

    :raises Invalid: where the cursor is not one of ours.
    """
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise not_ours()
    return int(cursor)


def not_ours() -> Invalid:
    """The refusal of a cursor that no list of this kind has given."""
    return Invalid(errors=[FieldError("/cursor", "not a cursor of this list: start again without it")])


def within_calendar(at: datetime) -> datetime:
    """The instant in UTC.

    :raises ValueError: for one without an offset, or beyond the ends of the calendar.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC")
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


def instant_of(at: datetime, pointer: str) -> datetime:
    """The instant of a filter in UTC.

    :raises Invalid: as `within_calendar` raises, naming the filter.
    """
    try:
        return within_calendar(at)
    except ValueError as error:
        raise Invalid(errors=[FieldError(pointer, f"not an instant of the calendar: {error}")]) from error


def page(
    query: Select[Any],
    *columns: ColumnElement[Any],
    descending: bool,
    after: tuple[Any, ...] | None,
    limit: int,
) -> Select[Any]:
    """One page of `query` (and one row more, which tells whether there is a next page).

    :param columns: what it is sorted by; the last tells every row from every other.
    :param after: their values in the row after which the page begins.
    """
    if after is not None:
        # Compared as a row, an index leads straight to the place.
        place, last = tuple_(*columns), tuple_(*(literal(v, c.type) for v, c in zip(after, columns, strict=True)))
        query = query.where(place < last if descending else place > last)
    order = [column.desc() if descending else column.asc() for column in columns]
    return query.order_by(*order).limit(limit + 1)
