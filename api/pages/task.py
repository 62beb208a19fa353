"""One task: what to do, the form, the case beside it, and what happens next."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import bilingual, notices
from api.pages.again import Shown, again
from api.pages.case import show as show_case
from api.pages.commands import body, once, version
from api.pages.course import course
from api.pages.data import lines
from api.pages.errors import offer, sentence
from api.pages.filed import file_of
from api.pages.following import told
from api.pages.history import entries, left_by_undone
from api.pages.look import in_language, language, page, t
from api.pages.session import office, person
from api.pages.taking import carries, handlers, handles, may_take, rights
from engine.errors import (
    Forbidden,
    Invalid,
    NotFound,
    NotOffered,
    StaleVersion,
    TaskClaimedByAnother,
    YichuangError,
)
from engine.office.person import Person
from engine.office.views import CaseView, DraftView, TaskView

blueprint = Blueprint("task", __name__)


@blueprint.get("/tasks/<identity>")
def show(identity: str) -> Response:
    """The task; where it is no longer the person's to do, the page says why and how to go on."""
    by = person()
    task = office().tasks.get(identity, by=by)
    case = office().cases.get(task["case"], by=by)
    way = course(case, by)
    schema = task.get("form")
    matter = office().catalogue.matter(case["matter"])
    return page(
        "task",
        task=task,
        case=case,
        papers=list(reversed(office().notices.list(case["number"], by=by))),
        file=file_of(case, matter, by, carries=carries(rights(by), case)),
        comments=office().cases.comments(case["number"], by=by),
        may_comment=handles(by),
        state=_state(task, case, by),
        leads=(leads := rights(by).leads(task["unit"] or case["unit"])),
        colleagues=handlers(
            task["unit"], {by.username, task["assignee"], *(done["by"] for done in task.get("not_by", []))}
        )
        if leads or task["assignee"] == by.username
        else [],
        form=bilingual.form(schema, language(), task["name"]) if schema else None,
        known=lines(
            task.get("data", {}),
            way.fields(recorded := entries(case["number"], by)),
            left_by_undone(case["number"], recorded, way, by),
        ),
        earlier=[step for step in office().returns.earlier(identity, by=by) if step["barred"] is None],
        draft=(draft := _draft(identity, by)),
        # The form's texts and conditions read the facts and the case's data; its fields begin with what it proposes, or
        # with what the person had typed before.
        shown_first={
            **task.get("facts", {}),
            **task.get("data", {}),
            **task.get("initial", {}),
            **(draft["data"] if draft else {}),
        },
        following=told(
            office().tasks.following(identity, by=by), way.diagrams[task["process"]].fields.get(task["element"], {})
        ),
    )


@blueprint.post("/tasks/<identity>/return")
def send_back(identity: str) -> Response:
    """Sends the task back to an earlier step, with the reason."""
    asked = request.form
    to, reason = asked.get("to") or None, asked.get("reason", "")
    page_of_task = Shown(url_for("pages.task.show", identity=identity), partial(show, identity))
    command = partial(office().returns.send_back, identity, reason=reason, to=to)
    return _back(identity, command, "task.returned", [to, reason], page_of_task, "return")


@blueprint.post("/tasks/<identity>/withdraw")
def withdraw(identity: str) -> Response:
    """Takes the person's own completion back, with the reason."""
    reason = request.form.get("reason", "")
    number = office().tasks.get(identity, by=person())["case"]
    page_of_case = Shown(url_for("pages.case.show", number=number), partial(show_case, number))
    command = partial(office().returns.withdraw, identity, reason=reason)
    return _back(identity, command, "task.withdrawn", [reason], page_of_case, "own")


def _back(
    identity: str, command: Callable[..., CaseView], said: str, content: list[str | None], shown: Shown, form: str
) -> Response:
    by = person()
    name = office().tasks.get(identity, by=by)["name"]
    try:
        case = command(by=by, once=once(request.form.get("once"), content))
    except (NotFound, Forbidden):
        raise
    except YichuangError as error:
        # What bars the way is in the engine's own words.
        barred = in_language(error.detail) if isinstance(error, NotOffered) else ""
        return again(shown, form, " ".join([sentence(error), barred]).strip(), error.problem)
    notices.done(t(said, name=name))
    return redirect(_onwards(case["number"], by))


@blueprint.post("/tasks/<identity>/complete")
def complete(identity: str) -> Response:
    """Completes the task with what the form holds, and says where to go on."""
    by, sent = person(), body()
    data = sent.get("data")
    if not isinstance(data, dict):
        raise Invalid
    before = office().tasks.get(identity, by=by)
    offer(t("task.to_case"), url_for("pages.case.show", number=before["case"]))
    try:
        case = office().tasks.complete(
            identity, data, by=by, once=once(sent.get("once"), data), if_match=version(sent.get("version"))
        )
    except StaleVersion:
        # A task changes by being claimed or delegated: say that, which says more.
        if before["assignee"] not in {None, by.username}:
            raise TaskClaimedByAnother from None
        raise
    notices.done(t("task.completed", name=before["name"]))
    return jsonify(location=_onwards(case["number"], by))


def _state(task: TaskView, case: CaseView, by: Person) -> str:
    """The face that fits: to do, a colleague's, another unit's, a check of one's own, the case at rest, or over."""
    if task["status"] != "open":
        return task["status"]
    if task["assignee"] not in {None, by.username, task.get("on_behalf_of")}:
        return "claimed"
    if not may_take(task, by):
        return "elsewhere"
    if by.username in {done["by"] for done in task.get("not_by", [])}:
        return "same-hands"
    return "suspended" if case["status"] == "suspended" else "open"


def _draft(identity: str, by: Person) -> DraftView | None:
    try:
        return office().drafts.get(identity, by=by)
    except NotFound:
        return None


def _onwards(number: str, by: Person) -> str:
    """The case's next task, where it waits for this person; else the case."""
    try:
        mine = office().tasks.waiting(number, by=by)
    except NotFound:
        # The diagram named somebody of another unit, who saw the case for as long as they had a task in it.
        return url_for("pages.inbox.show")
    if len(mine) == 1:
        return url_for("pages.task.show", identity=mine[0])
    return url_for("pages.case.show", number=number)
