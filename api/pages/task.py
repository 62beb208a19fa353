"""One task: what to do, the form, the case beside it, and what happens next."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, url_for
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.commands import body, once, version
from api.pages.data import lines
from api.pages.diagrams import Diagram, Following, diagram
from api.pages.look import page, t
from api.pages.session import office, person
from engine.errors import Invalid
from engine.office.person import Person
from engine.office.views import CaseView, TaskView

blueprint = Blueprint("task", __name__)


@blueprint.get("/tasks/<identity>")
def show(identity: str) -> Response:
    """The task; where it is no longer the person's to do, the page says why and how to go on."""
    by = person()
    task = office().tasks.get(identity, by=by)
    case = office().cases.get(task["case"], by=by)
    diagrams = of_case(case, by)
    return page(
        "task",
        task=task,
        case=case,
        state=_state(task, by),
        known=lines(task.get("data", {}), diagrams),
        following=_following(task, diagrams),
    )


@blueprint.post("/tasks/<identity>/complete")
def complete(identity: str) -> Response:
    """Completes the task with what the form holds, and says where to go on."""
    by, sent = person(), body()
    data = sent.get("data")
    if not isinstance(data, dict):
        raise Invalid
    before = office().tasks.get(identity, by=by)
    case = office().tasks.complete(
        identity, data, by=by, once=once(sent.get("once"), data), if_match=version(sent.get("version"))
    )
    notices.done(t("task.completed", name=before["name"]))
    return jsonify(location=_onwards(case, by))


def of_case(case: CaseView, by: Person) -> dict[str, Diagram]:
    """The diagrams of every process that the case runs on, by process key."""
    return {key: diagram(key, number, by) for key, number in case["versions"].items()}


def _state(task: TaskView, by: Person) -> str:
    """Which of the page's faces fits: to do, a colleague's, or over."""
    if task["status"] != "open":
        return task["status"]
    return "open" if task["assignee"] in {None, by.username} else "claimed"


def _following(task: TaskView, diagrams: dict[str, Diagram]) -> list[Following]:
    """What the diagram leads to after this task; the same thing once."""
    for found in diagrams.values():
        if task["element"] in found.following:
            return list(dict.fromkeys(found.following[task["element"]]))
    return []


def _onwards(case: CaseView, by: Person) -> str:
    """The case's next task, where it waits for this person; else the case."""
    mine: list[Any] = [
        task
        for whose in ("me", "none")
        for task in office().tasks.list(by=by, case=case["number"], assignee=whose, limit=2)["items"]
    ]
    if len(mine) == 1:
        return url_for("pages.task.show", identity=mine[0]["id"])
    return url_for("pages.case.show", number=case["number"])
