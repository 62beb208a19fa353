"""The citizen's page: where does my case stand? Number and code are posted, so that they are in no URL."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from api.guessing import guesses
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
    return page("track", number=number, found=found, refusal=None)
