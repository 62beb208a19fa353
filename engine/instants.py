"""Instants as text."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=1024)
def instant(at: datetime) -> str:
    """An instant as it is stored, recorded and digested: RFC 3339, UTC, always with microseconds, so that it sorts.

    A step writes the same few instants again and again: its own, and the limits and beginnings of its tasks.
    """
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
