"""The list of cases, with search and filters."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from api.pages.look import page
from api.pages.session import office, person

blueprint = Blueprint("cases", __name__)

STATUSES = ("open", "suspended", "completed", "returned", "withdrawn", "failed")
TYPES = ("instant", "joint", "promised", "reported", "returned")
SORTS = ("-received", "due")


@blueprint.get("/cases")
def show() -> Response:
    """The cases that the person may see, newest first, filtered."""
    return _listed({**request.args.to_dict()}, words=None)


@blueprint.post("/cases")
def search() -> Response:
    """The same with a search for a number or a name: a name is personal, so it is posted and never in a URL."""
    return _listed(request.form.to_dict(), words=request.form.get("q", "").strip() or None)


def _listed(asked: dict[str, str], words: str | None) -> Response:
    by = person()
    filters: dict[str, Any] = {
        "status": _one_of(asked.get("status"), STATUSES),
        "type": _one_of(asked.get("type"), TYPES),
        "matter": asked.get("matter") or None,
        "unit": asked.get("unit") or None,
        "overdue": True if asked.get("late") == "1" else None,
        "received_from": day_of(asked.get("from")),
        "received_to": day_of(asked.get("to")),
        "sort": _one_of(asked.get("sort"), SORTS) or SORTS[0],
    }
    found = office().cases.list(by=by, **filters, q=words, limit=50, cursor=asked.get("cursor") or None)
    return page(
        "cases",
        found=found,
        filters=filters,
        words_sought=words or "",
        filtered=any(value for name, value in filters.items() if name != "sort"),
        continued=bool(asked.get("cursor")),
        statuses=STATUSES,
        types=TYPES,
        matters=office().catalogue.matters(),
    )


def day_of(value: str | None) -> date | None:
    """The day that a date field names; None where it names none."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def _one_of(value: str | None, allowed: tuple[str, ...]) -> str | None:
    return value if value in allowed else None
