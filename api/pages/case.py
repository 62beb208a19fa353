"""One case: where it stands, its diagram, its tasks and history, and what can be done to it as a whole."""

from __future__ import annotations

from itertools import islice
from typing import Any

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.commands import once, version
from api.pages.data import lines
from api.pages.errors import sentence
from api.pages.history import events
from api.pages.look import page, t
from api.pages.session import office, person
from api.pages.task import of_case
from engine.errors import Forbidden, NotFound, YichuangError
from engine.office.person import Person

blueprint = Blueprint("case", __name__)

#: The actions on a whole case that need a reason and nothing else: messages that the diagram may catch.
ACTIONS = ("report", "return", "withdraw")
#: A page shows so many entries; whoever needs more is an auditor with other tools.
SHOWN = 500


@blueprint.get("/cases/<number>")
def show(number: str) -> Response:
    """The whole case."""
    by = person()
    case = office().cases.get(number, by=by)
    diagrams = of_case(case, by)
    entries = list(islice(_entries(number, by), SHOWN))
    return page(
        "case",
        case=case,
        actions=[action for action in ACTIONS if action in case["offers"]],
        known=lines(case["data"], diagrams),
        events=list(reversed(events(entries, diagrams))),
        cut=len(entries) == SHOWN,
        comments=office().cases.comments(number, by=by),
        mine={task["id"] for task in office().tasks.list(by=by, case=number)["items"]},
    )


@blueprint.get("/cases/<number>/diagram")
def diagram(number: str) -> Response:
    """The case's diagrams with what is active and what was passed, for the script that draws them."""
    return jsonify(office().cases.diagram(number, by=person()))


@blueprint.post("/cases/<number>/<any(report, return, withdraw):action>")
def act(number: str, action: str) -> Response:
    """Withdraws, reports up or returns the case, with the reason."""
    by, reason = person(), request.form.get("reason", "").strip()
    commands = {"report": office().cases.report, "return": office().cases.return_, "withdraw": office().cases.withdraw}
    try:
        commands[action](
            number,
            reason,
            by=by,
            once=once(request.form.get("once"), [reason]),
            if_match=version(request.form.get("version")),
        )
    except (NotFound, Forbidden):
        raise
    except YichuangError as error:
        notices.refused(sentence(error))
    else:
        notices.done(t(f"case.done.{action}"))
    return redirect(url_for("pages.case.show", number=number))


@blueprint.post("/cases/<number>/comments")
def comment(number: str) -> Response:
    """Adds a comment to the case's file."""
    by, words = person(), request.form.get("text", "").strip()
    try:
        office().cases.comment(number, words, by=by, once=once(request.form.get("once"), [words]))
    except (NotFound, Forbidden):
        raise
    except YichuangError as error:
        notices.refused(sentence(error))
    return redirect(url_for("pages.case.show", number=number) + "#comments")


def _entries(number: str, by: Person) -> Any:
    cursor = None
    while True:
        found = office().history.entries(number, by=by, limit=100, cursor=cursor)
        yield from found["items"]
        cursor = found["next"]
        if cursor is None:
            return
