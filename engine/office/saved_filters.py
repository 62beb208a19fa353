"""Filters of lists that people keep for themselves: a name, and what to filter by. Nobody else sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypedDict

import orjson
from sqlalchemy import delete, func, select

from engine.errors import FieldError, Invalid
from engine.forms.messages import both
from engine.office.person import Person
from engine.storage import Database
from engine.storage.tables import saved_filter
from engine.storage.upsert import insert_or_update

#: The lists that can be filtered, each with the filters that may be kept: never what somebody searches for.
PLACES: Mapping[str, frozenset[str]] = {
    "inbox": frozenset({"tab", "due", "type", "matter", "priority", "sort"}),
    "cases": frozenset({"status", "type", "matter", "unit", "window", "due", "undertaking", "from", "to", "sort"}),
}

#: Filters that one person keeps for one list.
MOST = 20

_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,40}")


class SavedFilter(TypedDict):
    """A filter under its name."""

    name: str
    #: Value by name of the list's filters.
    filters: dict[str, str]


class SavedFilters:
    """The filters that the people of one office keep."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, place: str, *, by: Person) -> Sequence[SavedFilter]:
        """A person's filters of a list, by name."""
        column = saved_filter.c
        query = select(column.name, column.filters).where(column.username == by.username, column.place == place)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(column.name)).all()
        return [{"name": row.name, "filters": orjson.loads(row.filters)} for row in rows]

    def save(self, place: str, name: str, filters: Mapping[str, str], *, by: Person) -> None:
        """Keep a filter; one of the same name gives way.

        :raises Invalid: where the name is none, the list does not filter by that, or there are `MOST` already.
        """
        name = name.strip()
        if not _NAME.fullmatch(name):
            raise Invalid(errors=[FieldError("/name", both("名称为 1 至 40 字", "a name of 1 to 40 characters"))])
        if unknown := sorted(filters.keys() - PLACES.get(place, frozenset())):
            raise Invalid(errors=[FieldError(f"/filters/{unknown[0]}", "no filter of this list is called so")])
        if any(len(value) > 64 for value in filters.values()):
            raise Invalid(errors=[FieldError("/filters", "at most 64 characters a value")])
        row = {"username": by.username, "place": place, "name": name, "filters": orjson.dumps(dict(filters)).decode()}
        column = saved_filter.c
        mine = (column.username == by.username, column.place == place)
        with self._database.write() as connection:
            statement = insert_or_update(connection, saved_filter).values(row)
            changed = {"filters": row["filters"]}
            connection.execute(
                statement.on_conflict_do_update(index_elements=["username", "place", "name"], set_=changed)
            )
            kept = connection.execute(select(func.count()).select_from(saved_filter).where(*mine)).scalar_one()
            if kept > MOST:
                told = both(f"最多保存 {MOST} 个", f"at most {MOST} are kept: remove one first")
                raise Invalid(errors=[FieldError("/name", told)])

    def remove(self, place: str, name: str, *, by: Person) -> None:
        """Forget a filter; once more changes nothing."""
        column = saved_filter.c
        mine = (column.username == by.username, column.place == place, column.name == name)
        with self._database.write() as connection:
            connection.execute(delete(saved_filter).where(*mine))
