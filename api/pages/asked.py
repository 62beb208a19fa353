"""What lists are filtered by in an address: limits that have passed, end today, or end within a week."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from api.pages.look import now

#: Which limits: passed, or ending today, or within a week.
DUE = ("late", "today", "week")


def one_of(asked: Mapping[str, str], name: str, allowed: Collection[str]) -> str | None:
    """A filter's value, or None where it is none of those that there are."""
    value = asked.get(name)
    return value if value in allowed else None


def limits(due: str | None) -> dict[str, Any]:
    """The filters of the office's lists for one of `DUE`."""
    return {"overdue": {"late": True, "today": False}.get(due or ""), "due_before": _until(due)}


def _until(due: str | None) -> datetime | None:
    """The end of the office's day, or of the sixth after it."""
    days = {"today": 1, "week": 7}.get(due or "")
    if days is None:
        return None
    return datetime.combine(now().date() + timedelta(days=days), time(), now().tzinfo)
