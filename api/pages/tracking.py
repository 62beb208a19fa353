"""The citizen's page: where does my case stand, and how was it handled? Number and code are posted, never in a URL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from api.guessing import guessed
from api.pages.account import chosen
from api.pages.commands import once
from api.pages.look import in_language, now, page
from api.pages.session import office
from engine.errors import CaseClosed, CaseSuspended, Conflict, Invalid, NotFound, NotOffered, RateLimited
from engine.figures import is_late
from engine.office.ratings import ANSWER_DAYS, LEVELS

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
    return _shown(lambda number, code: None)


@blueprint.post("/track/rating")
def rate() -> Response:
    """Takes what the citizen says of how the case was handled, and shows the case again."""

    def said(number: str, code: str) -> str | None:
        given, comment = request.form.get("level", ""), request.form.get("comment", "")
        level = int(given) if given.isdigit() else 0
        key = once(request.form.get("once"), [number, level, comment])
        try:
            office().ratings.rate(number, code, level, comment or None, once=key)
        except Invalid as error:
            return "; ".join(in_language(fault.message) for fault in error.errors)
        except (NotOffered, Conflict):
            return None  # Said already, or not yet to be said: the page shows which.
        return None

    return _shown(said)


@blueprint.post("/track/remind")
def remind() -> Response:
    """Asks for the case to be taken up, and shows it again."""

    def said(number: str, code: str) -> str | None:
        note = request.form.get("note", "").strip()
        try:
            office().reminders.ask(number, code, note or None, once=once(request.form.get("once"), [number, note]))
        except Invalid as error:
            return "; ".join(in_language(fault.message) for fault in error.errors)
        except (NotOffered, CaseClosed, CaseSuspended, Conflict):
            return None  # Said already, or not to be said now: the page shows which.
        return None

    return _shown(said)


def _shown(do: Callable[[str, str], str | None]) -> Response:
    number = request.form.get("number", "").strip().upper()
    code = request.form.get("code", "").strip()
    told: dict[str, Any] = {"number": number, "found": None, "levels": LEVELS, "answer_days": ANSWER_DAYS}
    try:
        with guessed("track"):
            wrong = do(number, code)
            found = office().cases.track(number, code)
    except NotFound:
        return page("track", 404, **told, refusal="track.unknown")
    except RateLimited:
        return page("track", 429, **told, refusal="login.too_often")
    due = datetime.fromisoformat(found["due"]) if found["due"] and found["status"] == "open" else None
    decided = datetime.fromisoformat(found["decided"]) if found["decided"] else None
    told |= {"found": found, "late": is_late(due, decided, None, now())}
    return page("track", 422 if wrong else 200, **told, code=code, refusal=None, wrong=wrong)
