"""Log-in and log-out, and the language of the pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from api.guessing import guessed
from api.pages.assets import asset
from api.pages.look import page, t
from api.pages.session import csrf_token, log_in, log_out, office, visitor
from api.pages.texts import language_of
from engine import demonstration
from engine.errors import RateLimited, Unauthorised

blueprint = Blueprint("account", __name__)

#: The language stays chosen for a year.
_YEAR = 365 * 24 * 3600


@blueprint.get("/login")
def show() -> Answer:
    """The log-in page; whoever is logged in goes on, unless it is to log in anew, perhaps as somebody else."""
    if visitor() is not None and "anew" not in request.args:
        return redirect(_onwards(request.args.get("next")))
    return _form(_onwards(request.args.get("next")))


@blueprint.post("/login")
def enter() -> Answer:
    """Logs in, or says that name or password is wrong, without saying which."""
    username, onwards = request.form.get("username", "").strip(), _onwards(request.form.get("next"))
    try:
        with guessed("login"):
            log_in(office().people.authenticate(username, request.form.get("password", "")))
    except Unauthorised:
        return _form(onwards, 401, username, "login.wrong")
    except RateLimited:
        return _form(onwards, 429, username, "login.too_often")
    return redirect(onwards)


@blueprint.get("/favicon.ico")
def favicon() -> Answer:
    """Our mark, for whatever asks for it before it has read a page."""
    return redirect(asset("logo.svg"))


@blueprint.get("/session")
def state() -> Answer:
    """Whose session this is now, and its secret: for a page that is older than the log-in."""
    who = visitor()
    answer = jsonify(username=who and who.username, name=who and who.name, csrf=csrf_token())
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/logout")
def leave() -> Answer:
    """Logs out."""
    log_out()
    return redirect(url_for("pages.account.show"))


@blueprint.get("/language/<code>")
def switch(code: str) -> Answer:
    """Changes the language, and goes back to where the visitor was."""
    return chosen(make_response(redirect(_onwards(request.args.get("next")))), code)


def chosen(answer: Response, code: str) -> Response:
    """The answer, with which the browser keeps the language that a visitor chose."""
    answer.set_cookie(
        "language", language_of(code), max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure
    )
    return answer


def _form(onwards: str, status: int = 200, username: str = "", refusal: str | None = None) -> Response:
    shown = demonstration.logins() if office().is_demonstration else []
    return page(
        "login",
        status,
        next=onwards,
        username=username,
        refusal=refusal and t(refusal),
        logins=shown,
        password=demonstration.PASSWORD if shown else None,
    )


def _onwards(asked: str | None) -> str:
    """Where to go on: only ever to a path of ours (no open redirect)."""
    home = url_for("pages.inbox.show")
    if not asked or not asked.startswith("/") or asked.startswith(("//", "/\\")):
        return home
    parts = urlsplit(asked)
    return asked if not parts.scheme and not parts.netloc and asked.isprintable() else home
