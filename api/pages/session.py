"""Who is at the pages: the session cookie from log-in to log-out, and the proof that a form is ours (CSRF)."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict

from flask import current_app, g, request, session

from api.provider import Errand
from engine import Office
from engine.errors import Forbidden, Unauthorised
from engine.office.person import Person
from engine.office.sessions import SessionView, Way

#: A session ends so many seconds after log-in, whatever happens: a working day with its evening.
LONGEST = 12 * 3600
#: And so many seconds after the last request that somebody made.
IDLE = 2 * 3600

#: Whoever changes what others log in with, or ends sessions, proved who they are no more seconds ago.
RECENT = 30 * 60

#: What a page asks for by itself, also when nobody sits before it.
UNATTENDED = frozenset({"pages.inbox.live"})


class FormNotOurs(Forbidden):
    """The page is too old, or the request did not come from it."""


class NotRecent(Forbidden):
    """It is too long ago that you proved who you are: log in again, then do this."""


def office() -> Office:
    """The office that this application serves."""
    served: Office = current_app.extensions["office"]
    return served


def log_in(person: Person, way: Way = Way.PASSWORD, proved: int | None = None) -> None:
    """Begins a session of `person`; whatever the cookie held before is over (no session fixation).

    :param proved: when the person proved who they are, in seconds since the epoch; now unless it is given.
    """
    log_out()
    session["id"] = office().sessions.begin(person.username, way)
    session["since"] = session["seen"] = int(time.time())
    session["proved"] = session["since"] if proved is None else proved
    g.person = person


def is_sure() -> bool:
    """Whether the person of the session proved who they are a short while ago."""
    return bool(time.time() - session.get("proved", 0) <= RECENT)


def require_sure() -> None:
    """Refuses what only somebody may do who has just proved who they are: others may sit before an open session.

    :raises NotRecent: where that is too long ago.
    """
    if not is_sure():
        raise NotRecent


def own() -> Sequence[SessionView]:
    """All sessions of whoever is logged in, the newest first."""
    return office().sessions.list(session["id"])


def end_others() -> None:
    """Ends all sessions of whoever is logged in but this one."""
    office().sessions.end_others(session["id"])


def set_out(errand: Errand) -> None:
    """Keeps what somebody who goes to the identity provider comes back for; an earlier errand is given up."""
    session["errand"] = asdict(errand)


def came_back() -> Errand | None:
    """The errand of whoever comes back from the identity provider, once."""
    kept = session.pop("errand", None)
    return None if kept is None else Errand(**kept)


def log_out() -> None:
    """Ends the session, also for whoever kept a copy of its cookie."""
    if (secret := session.get("id")) is not None:
        office().sessions.end(secret)
    session.clear()
    g.pop("person", None)


def visitor() -> Person | None:
    """The person of the session, or None where nobody is logged in or the session has ended."""
    if "person" not in g:
        g.person = _of_session()
    person: Person | None = g.person
    return person


def person() -> Person:
    """The person of the session; raises `Unauthorised` where nobody is logged in."""
    found = visitor()
    if found is None:
        raise Unauthorised
    return found


def _of_session() -> Person | None:
    secret = session.get("id")
    if secret is None:
        return None
    now = int(time.time())
    if now - session.get("since", 0) > LONGEST or now - session.get("seen", 0) > IDLE:
        log_out()
        return None
    if (
        now - session["seen"] > 60 and request.endpoint not in UNATTENDED
    ):  # once a minute is enough, and spares a cookie in every answer
        session["seen"] = now
    try:
        found = office().sessions.person(secret)
    except Unauthorised:
        session.clear()
        return None
    return found


def csrf_token() -> str:
    """The secret that every form of this session carries."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    token: str = session["csrf"]
    return token


def check_form() -> None:
    """Refuses a changing request that does not carry the session's secret (field or header)."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if not hmac.compare_digest(sent.encode(), session.get("csrf", "").encode()) or not sent:
        raise FormNotOurs
