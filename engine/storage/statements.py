"""Statements as SQLAlchemy has compiled them, kept for the process rather than for each database that it opens.

A database that is opened for a moment (one that a backup is tried in, the one of the keys) would otherwise compile
again what another of its kind has compiled, at some milliseconds each.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.util import LRUCache

#: How many are kept; the program itself has some hundreds.
CAPACITY = 1000


class _Statements(LRUCache[Any, Any]):
    """By SQLAlchemy's own key, in which the kind of database stands in place of one connection's dialect."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_kind(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_of_kind(key), value)


def _of_kind(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect = key[0]
    return (dialect.name, dialect.driver, dialect.server_version_info, *key[1:])


COMPILED = _Statements(CAPACITY)
