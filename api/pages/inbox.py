"""The inbox: what waits for the person, and for the groups that the person belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.asked import DUE, limits, one_of
from api.pages.commands import once, version
from api.pages.errors import sentence
from api.pages.look import language, now, page, person_name, render, t
from api.pages.session import csrf_token, office, person
from api.pages.taking import handles, may_take
from engine.definitions.model import USUAL_PRIORITY
from engine.errors import CaseSuspended, Invalid, StaleVersion, TaskAlreadyCompleted, TaskClaimedByAnother
from engine.handling.case import TYPES
from engine.office.person import Person
from engine.office.views import CaseView, TaskView

blueprint = Blueprint("inbox", __name__)

#: Tab → whose tasks: the `assignee` of the office's list.
TABS = {"mine": "me", "group": "none", "away": "away", "all": None}
SORTS = ("due", "-due", "-priority")
#: From which priority on a task is shown as pressing.
PRESSING = USUAL_PRIORITY + 1
#: Rows of one page.
ROWS = 50


@blueprint.get("/")
def home() -> Response:
    """The inbox is the home page."""
    return redirect(url_for("pages.inbox.show"))


@blueprint.get("/inbox")
def show() -> Response:
    """One tab of the inbox, what is due first on top."""
    by = person()
    kept = office().saved_filters.list("inbox", by=by)
    return page("inbox", **_listed(by), types=TYPES, matters=office().catalogue.matters(), kept=kept)


@blueprint.get("/inbox/live")
def live() -> Response:
    """The tabs and rows alone, for the script that keeps them up to date; 304 where nothing has changed."""
    by = person()
    listed = _listed(by)
    # Words such as "2 h left" change with the hour; the form's secret with the session.
    seen = [listed["counts"], listed["shown"], language(), f"{now():%Y%m%d%H}", csrf_token()]
    tag = hashlib.sha256(orjson.dumps(seen)).hexdigest()[:32]
    answer = make_response("", 304)
    if request.if_none_match.contains(tag):
        answer.set_etag(tag)
        return answer
    answer = make_response(render("_inbox", **listed))
    answer.set_etag(tag)
    return answer


@blueprint.post("/tasks/<identity>/claim")
def claim(identity: str) -> Response:
    """Claims a task, and says so with the way to give it back."""
    return _move(
        identity, office().tasks.claim, "inbox.claimed", undo=url_for("pages.inbox.unclaim", identity=identity)
    )


@blueprint.post("/tasks/<identity>/unclaim")
def unclaim(identity: str) -> Response:
    """Gives a task back to its group."""
    return _move(identity, office().tasks.unclaim, "inbox.unclaimed", undo=None)


@blueprint.post("/tasks/<identity>/delegate")
def delegate(identity: str) -> Response:
    """Gives a task to a colleague."""
    to = request.form.get("to", "")
    return _move(identity, partial(office().tasks.delegate, to=to), "task.delegated", undo=None, to=person_name(to))


def _listed(by: Person) -> dict[str, Any]:
    """What the inbox shows of what is asked for in the address."""
    handling = handles(by)
    found = office().tasks.counts(by=by)
    counts = {**found, "all": found["mine"] + found["group"] + found["away"]}
    # The tab of whom the person stands in for is there while there is something in it.
    tabs = [tab for tab in TABS if tab != "away" or found["away"]] if handling else ["mine"]
    tab = request.args.get("tab", "")
    if tab not in tabs:
        tab = "mine" if found["mine"] or not found["group"] or not handling else "group"
    asked = {
        "tab": tab,
        "due": one_of(request.args, "due", DUE),
        "type": one_of(request.args, "type", TYPES),
        "matter": request.args.get("matter") or None,
        "priority": one_of(request.args, "priority", ("pressing",)),
        "sort": one_of(request.args, "sort", SORTS) or SORTS[0],
    }
    cursor = request.args.get("cursor") or None
    listed = office().tasks.list(
        by=by,
        assignee=TABS[tab],
        **limits(asked["due"]),
        type=asked["type"],
        matter=asked["matter"],
        priority_from=PRESSING if asked["priority"] else None,
        sort=asked["sort"] or SORTS[0],
        limit=ROWS,
        cursor=cursor,
    )
    # The office lists everybody's tasks to whoever may see everything.
    rows = [task for task in listed["items"] if _is_mine(task, by)]
    return {
        "asked": asked,
        "tab": tab,
        "tabs": tabs,
        "counts": counts,
        "shown": {"items": rows, "next": listed["next"]},
        "continued": cursor is not None,
        "filtered": any(asked[name] for name in ("due", "type", "matter", "priority")),
        "handles": handling,
    }


def _is_mine(task: TaskView, by: Person) -> bool:
    return task["assignee"] in {None, by.username, task.get("on_behalf_of")} and may_take(task, by)


def _move(identity: str, command: Callable[..., CaseView], said: str, undo: str | None, **told: str) -> Response:
    by, asked = person(), request.form
    try:
        case = command(identity, by=by, once=once(asked.get("once"), []), if_match=version(asked.get("version")))
    except (TaskClaimedByAnother, TaskAlreadyCompleted, StaleVersion, CaseSuspended, Invalid) as error:
        notices.refused(sentence(error))
    else:
        notices.done(t(said, name=_name(case, identity), **told), undo=undo)
    return redirect(_back(identity))


def _name(case: CaseView, identity: str) -> str:
    return next((task["name"] for task in case["tasks"] if task["id"] == identity), "")


def _back(identity: str) -> str:
    if request.form.get("back") == "task":
        return url_for("pages.task.show", identity=identity)
    return url_for("pages.inbox.show", tab=request.form.get("tab") or None)
