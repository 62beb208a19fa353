"""The citizen's page: where does my case stand? Number and code are posted, so that they are in no URL."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from api.guessing import guesses
from api.pages.account import chosen
from api.pages.look import page
from api.pages.session import office
from engine.errors import NotFound, RateLimited

blueprint = Blueprint("tracking", __name__)


@blueprint.get("/track")
def show() -> Response:
    """Asks for number and code."""
    return page("track", number="", found=None, refusal=None)


@blueprint.post("/track")
def look_up() -> Response:
    """Says in plain words where the case stands; nothing personal."""
    if code := request.args.get("language"):
        # The same again in another language: the browser posts anew to where it is sent.
        return chosen(make_response(redirect(url_for("pages.tracking.look_up"), 307)), code)
    number = request.form.get("number", "").strip().upper()
    code = request.form.get("code", "").strip()
    address = request.remote_addr or ""
    try:
        guesses().check(address)
        found = office().cases.track(number, code)
    except NotFound:
        guesses().failed(address)
        return page("track", 404, number=number, found=None, refusal="track.unknown")
    except RateLimited:
        return page("track", 429, number=number, found=None, refusal="login.too_often")
    return page("track", number=number, code=code, found=found, refusal=None)
