"""The remarks that name the person."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages.look import page
from api.pages.session import office, person

blueprint = Blueprint("mentions", __name__)


@blueprint.get("/mentions")
def show() -> Response:
    """All of them, the latest first."""
    return page("mentions", found=office().mentions.list(by=person(), cursor=request.args.get("cursor") or None))


@blueprint.post("/mentions/<int:number>")
def follow(number: int) -> Response:
    """Marks one as read, and goes to its case."""
    found = office().mentions.mark_read(number, by=person())
    return redirect(url_for("pages.case.show", number=found["case"]) + "#comments")
