"""A remark is added to a case's file, from its page or that of one of its tasks."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from api.pages.again import again
from api.pages.commands import once
from api.pages.errors import sentence
from api.pages.look import in_language
from api.pages.of_case import of_case
from api.pages.session import office, person
from engine.errors import Forbidden, NotFound, YichuangError

blueprint = Blueprint("comments", __name__)


@blueprint.post("/cases/<number>/comments")
def add(number: str) -> Response:
    """Adds a remark; where it is refused, the page comes again with what was written."""
    by, words = person(), request.form.get("text", "").strip()
    shown = of_case(number, request.form.get("back"))
    try:
        office().cases.comment(number, words, by=by, once=once(request.form.get("once"), [words]))
    except (NotFound, Forbidden):
        raise
    except YichuangError as error:
        why = "; ".join(in_language(fault.message) for fault in error.errors) or sentence(error)
        return again(shown, "comment", why, error.problem)
    return redirect(f"{shown.place}#comments")
