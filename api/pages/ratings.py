"""What citizens said of how their cases were handled, and the office's answers."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.again import again
from api.pages.commands import once
from api.pages.errors import sentence
from api.pages.look import page, t
from api.pages.of_case import of_case
from api.pages.session import office, person
from engine.errors import Forbidden, NotFound, YichuangError

blueprint = Blueprint("ratings", __name__)


@blueprint.get("/ratings")
def show() -> Response:
    """The ratings of the cases that the person may see; bad ones that wait for an answer where asked for."""
    waiting = request.args.get("waiting") == "1"
    cursor = request.args.get("cursor") or None
    return page("ratings", found=office().ratings.list(by=person(), unanswered=waiting, cursor=cursor), waiting=waiting)


@blueprint.post("/cases/<number>/rating")
def answer(number: str) -> Response:
    """Notes what was done about a rating, and how the citizen was told."""
    by, words = person(), request.form.get("text", "").strip()
    try:
        office().ratings.answer(number, words, by=by, once=once(request.form.get("once"), [words]))
    except (NotFound, Forbidden):
        raise
    except YichuangError as error:
        return again(of_case(number, None), "rating", sentence(error), error.problem)
    notices.done(t("rating.answer_noted"))
    return redirect(url_for("pages.case.show", number=number) + "#rating")
