"""The inbox: what waits for the person, and for the groups that the person belongs to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.commands import once, version
from api.pages.errors import sentence
from api.pages.look import page, person_name, t
from api.pages.session import office, person
from api.pages.taking import handles, may_take
from engine.errors import CaseSuspended, Invalid, StaleVersion, TaskAlreadyCompleted, TaskClaimedByAnother
from engine.office.person import Person
from engine.office.views import CaseView, Page

blueprint = Blueprint("inbox", __name__)

#: Tab → whose tasks: the `assignee` of the office's list.
TABS = {"mine": "me", "group": "none", "all": None}
#: A tab counts up to here; beyond, it says "more".
COUNTED = 100


@blueprint.get("/")
def home() -> Response:
    """The inbox is the home page."""
    return redirect(url_for("pages.inbox.show"))


@blueprint.get("/inbox")
def show() -> Response:
    """One tab of the inbox, what is due first on top."""
    by = person()
    tab = request.args.get("tab", "")
    late = request.args.get("late") == "1" or None
    tabs = TABS if handles(by) else {"mine": TABS["mine"]}
    pages = {name: _listed(by, assignee, late) for name, assignee in tabs.items()}
    if tab not in tabs:
        tab = "mine" if pages["mine"]["items"] or not pages.get("group", pages["mine"])["items"] else "group"
    shown = pages[tab]
    if cursor := request.args.get("cursor"):
        shown = _listed(by, tabs[tab], late, cursor)
    return page("inbox", tab=tab, tabs=list(tabs), pages=pages, shown=shown, late=bool(late), handles=handles(by))


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


def _listed(by: Person, assignee: str | None, late: bool | None, cursor: str | None = None) -> Page:
    """A page of what the person may take: the office lists everybody's tasks to whoever may see everything."""
    found = office().tasks.list(by=by, assignee=assignee, overdue=late, limit=COUNTED, cursor=cursor)
    mine = [task for task in found["items"] if task["assignee"] in {None, by.username} and may_take(task, by)]
    return {"items": mine, "next": found["next"]}


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
