"""Who is calling: a program with its token, or a person with the pages' session. Both become a `Person`."""

from __future__ import annotations

from flask import g, request

from api.pages import session
from api.serving import office
from engine.errors import Forbidden, Unauthorised
from engine.office.person import Person, Scope

_SCHEME = "bearer "


def require_scope(person: Person, scope: Scope) -> None:
    """Refuse where the token that a request carries is for something else. The one place where scopes are asked for.

    :raises Forbidden: naming what it is for, and what the call needs.
    """
    if person.scopes is not None and scope not in person.scopes:
        raise Forbidden(f"This token is for {', '.join(sorted(person.scopes))}; the call needs one for {scope}.")


def current_person() -> Person:
    """The person in whose name this request is made; `Unauthorised` where there is none.

    A token wins over a session: a request that carries one is never taken for the cookie's owner. With the
    session, a call that changes something must prove that it comes from our pages (`X-CSRF-Token`).
    """
    authorization = request.headers.get("Authorization")
    if authorization is None:
        person = session.person()
        session.check_form()
        return person
    if "bearer" not in g:
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            raise Unauthorised("The Authorization header must be: Bearer TOKEN.")
        g.bearer = office().people.by_token(authorization[len(_SCHEME) :].strip())
        g.person = g.bearer
    bearer: Person = g.bearer
    return bearer
