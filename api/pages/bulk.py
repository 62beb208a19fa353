"""Many tasks at once: claimed together, or completed with one answer to the form that they share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import bilingual, notices
from api.pages.commands import body, once, version
from api.pages.errors import explanation
from api.pages.look import language, page, t
from api.pages.session import office, person
from engine.errors import Invalid, Malformed, YichuangError
from engine.forms import fields
from engine.office.person import Person
from engine.office.views import TaskView

blueprint = Blueprint("bulk", __name__)

#: Tasks of one page of the inbox.
MOST = 50


@blueprint.post("/inbox/claim")
def claim() -> Response:
    """Claims the chosen tasks, each by itself, and says how many of them it got."""
    by, chosen = person(), _chosen(request.form.getlist("task"))
    refused = 0
    for identity, read in chosen:
        try:
            office().tasks.claim(identity, by=by, if_match=read)
        except YichuangError:
            refused += 1
    if done := len(chosen) - refused:
        notices.done(t("bulk.claimed", n=done))
    if refused:
        notices.refused(t("bulk.not_claimed", n=refused))
    return redirect(url_for("pages.inbox.show", tab="mine" if done else "group"))


@blueprint.get("/inbox/complete")
def show() -> Response:
    """The form that the chosen tasks share, to be filled in once."""
    by, chosen = person(), _chosen(request.args.getlist("task"))
    tasks = [office().tasks.get(identity, by=by) for identity, _ in chosen]
    kinds = {(task["process"], task["element"], task["name"]) for task in tasks}
    forms = [task.get("form") for task in tasks]
    alike = len(kinds) == 1 and all(form == forms[0] for form in forms)
    form = bilingual.form(forms[0], language(), tasks[0]["name"]) if alike and forms and forms[0] else None
    return page(
        "bulk",
        tasks=tasks,
        alike=alike,
        form=form,
        asks_for_files=form is not None and any(field.type == "filepicker" for field in fields(form)),
        shown_first=_common(tasks),
        read=dict(chosen),
    )


@blueprint.post("/inbox/complete")
def complete() -> Response:
    """Completes one of the chosen tasks; the page sends them one by one, so that it can show how far it is."""
    by, sent = person(), body()
    identity, data = sent.get("task"), sent.get("data")
    if not isinstance(identity, str) or not isinstance(data, dict):
        raise Malformed
    key = once(f"{sent.get('once')}/{identity}", data)
    return _completed(identity, data, version(sent.get("version")), by, key)


def _completed(identity: str, data: dict[str, Any], read: int | None, by: Person, key: Any) -> Response:
    try:
        office().tasks.complete(identity, data, by=by, once=key, if_match=read)
    except YichuangError as error:
        return jsonify(done=False, **explanation(error))
    return jsonify(done=True)


def _chosen(sent: list[str]) -> list[tuple[str, int | None]]:
    """Task ids with the versions that the page showed, as its boxes have them: ``ID:VERSION``."""
    if not 1 <= len(sent) <= MOST:
        raise Invalid
    pairs = (text.rpartition(":") for text in dict.fromkeys(sent))
    return [(identity, version(read)) for identity, _, read in pairs]


def _common(tasks: list[TaskView]) -> dict[str, Any]:
    """What the form shows first in every one of the tasks."""
    shown = [{**task.get("facts", {}), **task.get("initial", {})} for task in tasks]
    first = shown[0] if shown else {}
    return {key: value for key, value in first.items() if all(one.get(key) == value for one in shown[1:])}
