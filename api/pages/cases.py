"""The list of cases, with search and filters."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, request
from werkzeug.wrappers import Response

from api.pages.asked import DUE, limits, one_of
from api.pages.look import page
from api.pages.session import office, person
from engine.handling.case import STATUSES, TYPES
from engine.handling.undertaking import STATES
from engine.office.catalogue import UnitView

blueprint = Blueprint("cases", __name__)

#: Whether limits were kept, by the name of the filter.
KEPT: dict[str | None, bool] = {"late": False, "kept": True}
DUES = (*DUE, "kept")
SORTS = ("-received", "received", "due", "-due")


@blueprint.get("/cases")
def show() -> Response:
    """The cases that the person may see, newest first, filtered."""
    return _listed({**request.args.to_dict()}, words=None)


@blueprint.post("/cases")
def search() -> Response:
    """The same with a search for a number or a name: a name is personal, so it is posted and never in a URL."""
    return _listed(request.form.to_dict(), words=request.form.get("q", "").strip() or None)


def _listed(given: dict[str, str], words: str | None) -> Response:
    by = person()
    asked: dict[str, str | None] = {
        "status": one_of(given, "status", STATUSES),
        "type": one_of(given, "type", TYPES),
        "due": one_of(given, "due", DUES),
        "undertaking": one_of(given, "undertaking", STATES),
        "matter": given.get("matter") or None,
        "unit": given.get("unit") or None,
        "window": given.get("window") or None,
        "from": _text(day_of(given.get("from"))),
        "to": _text(day_of(given.get("to"))),
        "sort": one_of(given, "sort", SORTS) or SORTS[0],
    }
    cursor = given.get("cursor") or None
    found = office().cases.list(
        by=by,
        status=asked["status"],
        type=asked["type"],
        matter=asked["matter"],
        unit=asked["unit"],
        window=asked["window"],
        undertaking=asked["undertaking"],
        received_from=day_of(asked["from"]),
        received_to=day_of(asked["to"]),
        # Late is what the figures count as late, so that a figure leads to exactly its cases.
        **(limits(asked["due"]) if asked["due"] not in KEPT else {"kept": KEPT[asked["due"]]}),
        sort=asked["sort"] or SORTS[0],
        q=words,
        limit=50,
        cursor=cursor,
    )
    return page(
        "cases",
        found=found,
        asked=asked,
        words_sought=words or "",
        filtered=any(value for name, value in asked.items() if name != "sort"),
        continued=cursor is not None,
        statuses=STATUSES,
        types=TYPES,
        dues=DUES,
        undertakings=STATES,
        sorts=SORTS,
        matters=office().catalogue.matters(),
        units=_units(),
        all_windows=office().catalogue.windows(),
        kept=office().saved_filters.list("cases", by=by),
    )


def _units() -> list[UnitView]:
    """The units to choose from: those whose windows accept cases."""
    accepting = {window["unit"] for window in office().catalogue.windows()}
    return [unit for unit in office().catalogue.units() if unit["code"] in accepting]


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def day_of(value: str | None) -> date | None:
    """The day that a date field names; None where it names none."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None
