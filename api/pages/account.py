"""Log-in and log-out, and the language of the pages."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from api import cookies
from api.guessing import guessed
from api.pages.assets import asset
from api.pages.faults import told
from api.pages.look import page, t
from api.pages.session import came_back, csrf_token, log_in, log_out, office, set_out, visitor
from api.pages.texts import language_of
from api.provider import NotVouchedFor, ProviderAway, provider
from engine import demonstration
from engine.errors import FieldError, Invalid, NotFound, RateLimited, Unauthorised
from engine.office.people import FirstPassword
from engine.office.sessions import Way

if TYPE_CHECKING:
    from api.openid import Provider

_log = logging.getLogger("yichuang.api")

blueprint = Blueprint("account", __name__)

#: The language stays chosen for a year.
_YEAR = 365 * 24 * 3600


@blueprint.get("/login")
def show() -> Answer:
    """The log-in page; whoever is logged in goes on, unless it is to log in anew, perhaps as somebody else."""
    anew = "anew" in request.args
    if visitor() is not None and not anew:
        return redirect(_onwards(request.args.get("next")))
    return _form(_onwards(request.args.get("next")), anew=anew)


@blueprint.post("/login")
def enter() -> Answer:
    """Logs in, or says that name or password is wrong, without saying which."""
    username, onwards = request.form.get("username", "").strip(), _onwards(request.form.get("next"))
    if _provider_only():
        return _form(onwards, 403, refusal="login.provider_only")
    try:
        with guessed("login"):
            log_in(office().people.authenticate(username, request.form.get("password", "")))
    except FirstPassword:
        return _choosing(onwards, username)
    except Unauthorised:
        return _form(onwards, 401, username, "login.wrong")
    except RateLimited:
        return _form(onwards, 429, username, "login.too_often")
    return redirect(onwards)


@blueprint.post("/login/first")
def choose() -> Answer:
    """Logs in whoever chooses a password of their own by the first one, which opens nothing else."""
    username, onwards = request.form.get("username", ""), _onwards(request.form.get("next"))
    old, new = request.form.get("old", ""), request.form.get("password", "")
    if _provider_only():
        return _form(onwards, 403, refusal="login.provider_only")
    try:
        if new != request.form.get("again"):
            raise Invalid(errors=[FieldError("/again", t("account.not_again"))])
        with guessed("login"):
            office().people.change_password(username, old, new)
    except Invalid as error:
        return _choosing(onwards, username, error.errors, 422)
    except Unauthorised:
        return _choosing(onwards, username, [FieldError("/old", t("login.wrong"))], 401)
    except RateLimited:
        return _form(onwards, 429, username, "login.too_often")
    log_in(office().people.person(username))
    return redirect(onwards)


@blueprint.get("/login/provider")
def send() -> Answer:
    """Sends the visitor to the identity provider: from our log-in page, and for nobody else's link."""
    asked, onwards = _known_provider(), _onwards(request.args.get("next"))
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return redirect(url_for("pages.account.show", next=onwards))
    try:
        url, errand = asked.send(_redirect_uri(), onwards, anew="anew" in request.args)
    except ProviderAway as error:
        return _away(error, onwards)
    set_out(errand)
    return redirect(url)


@blueprint.get("/login/provider/return")
def take_back() -> Answer:
    """Logs in for whom the identity provider vouches, or says why nobody is."""
    asked, errand = _known_provider(), came_back()
    onwards = errand.onwards if errand else _onwards(None)
    try:
        with guessed("login"):
            try:
                if errand is None:
                    raise NotVouchedFor("This browser was not sent to the provider, or came back before.")
                stated = asked.vouched(errand, request.args, _redirect_uri())
            except NotVouchedFor:
                office().people.turn_away()
                raise
            log_in(office().people.admit(stated.username), Way.PROVIDER, stated.proved)
    except ProviderAway as error:
        return _away(error, onwards)
    except NotVouchedFor as error:
        _log.warning("nobody was vouched for", extra={"fields": {"why": error.detail}})
        return _form(onwards, 401, refusal="login.not_vouched_for")
    except Unauthorised:
        return _form(onwards, 403, refusal="login.unknown")
    except RateLimited:
        return _form(onwards, 429, refusal="login.too_often")
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
    """Logs out here, and has the browser forget what it kept of our pages; at the identity provider nobody is."""
    log_out()
    answer = redirect(url_for("pages.account.show"))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@blueprint.get("/language/<code>")
def switch(code: str) -> Answer:
    """Changes the language, and goes back to where the visitor was."""
    return chosen(make_response(redirect(_onwards(request.args.get("next")))), code)


def chosen(answer: Response, code: str) -> Response:
    """The answer, with which the browser keeps the language that a visitor chose."""
    cookies.keep(answer, "language", language_of(code), _YEAR)
    return answer


def _form(
    onwards: str, status: int = 200, username: str = "", refusal: str | None = None, *, anew: bool = False
) -> Response:
    with_password = not _provider_only()
    shown = demonstration.logins() if with_password and office().is_demonstration else []
    return page(
        "login",
        status,
        next=onwards,
        username=username,
        refusal=refusal and t(refusal),
        logins=shown,
        password=demonstration.PASSWORD if shown else None,
        with_password=with_password,
        with_provider=provider() is not None,
        anew=anew or None,
    )


def _choosing(onwards: str, username: str, faults: Sequence[FieldError] = (), status: int = 200) -> Response:
    return page("login_first", status, next=onwards, username=username, faults=told(faults))


def _away(error: ProviderAway, onwards: str) -> Response:
    why = f"{error.detail} {type(error.__cause__).__name__}" if error.__cause__ else error.detail
    _log.error("the identity provider is away", extra={"fields": {"why": why}})
    return _form(onwards, 503, refusal="login.provider_away_only" if _provider_only() else "login.provider_away")


def _known_provider() -> Provider:
    known = provider()
    if known is None:
        raise NotFound("This office has no identity provider.")
    return known


def _provider_only() -> bool:
    return bool(current_app.config["OIDC_ONLY"])


def _redirect_uri() -> str:
    """Where the provider sends people back to, to the letter as it knows it."""
    return current_app.config["OIDC_REDIRECT_URI"] or url_for("pages.account.take_back", _external=True)


def _onwards(asked: str | None) -> str:
    """Where to go on: only ever to a path of ours (no open redirect)."""
    home = url_for("pages.inbox.show")
    if not asked or not asked.startswith("/") or asked.startswith(("//", "/\\")):
        return home
    parts = urlsplit(asked)
    return asked if not parts.scheme and not parts.netloc and asked.isprintable() else home
