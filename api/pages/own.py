"""One's own account: another password, and the sessions that are open under one's name."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from api.guessing import guessed
from api.pages import notices, session
from api.pages.faults import told
from api.pages.look import page, t
from api.pages.session import office, person
from engine.errors import FieldError, Forbidden, Invalid, RateLimited, Unauthorised

blueprint = Blueprint("own", __name__)


@blueprint.get("/account")
def show() -> Response:
    """Who one is here, and the sessions."""
    person()
    return _shown()


@blueprint.post("/account/password")
def change() -> Response:
    """Another password, by the old one; every session ends but a new one in this browser."""
    by, form = person(), request.form
    if current_app.config["OIDC_ONLY"]:
        raise Forbidden("This office is entered by its identity provider alone.")
    old, new = form.get("old", ""), form.get("password", "")
    try:
        if new != form.get("again"):
            raise Invalid(errors=[FieldError("/again", t("account.not_again"))])
        with guessed("login"):
            office().people.change_password(by.username, old, new)
    except Invalid as error:
        return _shown(error.errors, 422)
    except Unauthorised:
        return _shown([FieldError("/old", t("account.wrong"))], 422)
    except RateLimited:
        return _shown([FieldError("/old", t("login.too_often"))], 429)
    session.log_in(by)
    notices.done(t("account.changed"))
    return redirect(url_for("pages.own.show"))


@blueprint.post("/account/sessions/end")
def end_others() -> Response:
    """Ends all sessions but this one."""
    person()
    session.require_sure()
    session.end_others()
    notices.done(t("account.others_ended"))
    return redirect(url_for("pages.own.show"))


@blueprint.post("/account/sessions/<identity>/end")
def end(identity: str) -> Response:
    """Ends one session."""
    by = person()
    session.require_sure()
    office().sessions.end_listed(by.username, identity)
    notices.done(t("account.ended"))
    return redirect(url_for("pages.own.show"))


def _shown(faults: Any = (), status: int = 200) -> Response:
    return page(
        "account",
        status,
        sessions=session.own(),
        sure=session.is_sure(),
        with_password=not current_app.config["OIDC_ONLY"],
        faults=told(faults),
    )
