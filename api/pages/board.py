"""The leader's board: what waits in each unit and with each person; every figure leads to what it counts."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from api.pages.asked import DUE, limits, one_of
from api.pages.look import page
from api.pages.session import office, person

blueprint = Blueprint("board", __name__)

SORTS = ("due", "-due")
#: The tasks that the board itself names: those that are late longest.
LATEST = 10


@blueprint.get("/board")
def show() -> Response:
    """The figures, and what is late longest."""
    by = person()
    board = office().board.read(by=by)
    late = [
        task
        for unit in board["units"]
        if unit["tasks"]["late"]
        for task in office().tasks.list(by=by, unit=unit["unit"], overdue=True, limit=LATEST)["items"]
    ]
    late.sort(key=lambda task: task["due"] or task["case_due"] or "")
    bad = office().ratings.list(by=by, unanswered=True, limit=LATEST)["items"]
    return page("board", board=board, late=late[:LATEST], bad=bad)


@blueprint.get("/board/<unit>")
def tasks(unit: str) -> Response:
    """The open tasks of one unit, those of one person where asked for."""
    by = person()
    asked = {
        "assignee": request.args.get("assignee") or None,
        "due": one_of(request.args, "due", DUE),
        "sort": one_of(request.args, "sort", SORTS) or SORTS[0],
    }
    cursor = request.args.get("cursor") or None
    found = office().tasks.list(
        by=by,
        unit=unit,
        assignee=asked["assignee"],
        sort=asked["sort"] or SORTS[0],
        limit=50,
        cursor=cursor,
        **limits(asked["due"]),
    )
    return page("unit_tasks", unit=office().catalogue.unit(unit), asked=asked, found=found, continued=bool(cursor))
