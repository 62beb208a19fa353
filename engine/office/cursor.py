"""Keyset cursors: where a page of a list ended, so that rows which come and go do not shift the next one."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, and_, or_

from engine.errors import FieldError, Invalid
from engine.instants import instant

#: Rows a page has at most.
MOST = 200


def check_limit(limit: int) -> int:
    """A page size that is allowed.

    :raises Invalid: otherwise.
    """
    if not 1 <= limit <= MOST:
        raise Invalid(errors=[FieldError("/limit", f"between 1 and {MOST}")])
    return limit


def encode(value: datetime, id: Any) -> str:
    """The cursor of the row that sorts by `value`, then by `id`."""
    return base64.urlsafe_b64encode(orjson.dumps([instant(value), id])).decode().rstrip("=")


def decode(cursor: str, id_type: type) -> tuple[datetime, Any]:
    """What `encode` was given.

    :raises Invalid: where the cursor is not one of ours.
    """
    try:
        value, id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(id, id_type) or isinstance(id, bool):
            raise ValueError
        if isinstance(id, int) and not 0 <= id < 2**63:
            raise ValueError
        return within_calendar(datetime.fromisoformat(value)), id
    except (ValueError, TypeError, binascii.Error) as error:
        raise Invalid(errors=[FieldError("/cursor", "not a cursor of this list: start again without it")]) from error


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
    value: ColumnElement[Any],
    id: ColumnElement[Any],
    *,
    descending: bool,
    after: tuple[datetime, Any] | None,
    limit: int,
) -> Select[Any]:
    """One page of `query` (and one row more, which tells whether there is a next page)."""
    if after is not None:
        at, last = after
        beyond = (value < at, id < last) if descending else (value > at, id > last)
        query = query.where(or_(beyond[0], and_(value == at, beyond[1])))
    order = (value.desc(), id.desc()) if descending else (value.asc(), id.asc())
    return query.order_by(*order).limit(limit + 1)
