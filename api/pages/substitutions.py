"""Who stands in for whom: arranged by the person who will be away, or by an administrator."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.commands import once
from api.pages.faults import told
from api.pages.look import now, page, person_name, t
from api.pages.session import office, person
from api.pages.taking import handles
from engine.errors import Forbidden, Invalid
from engine.office.person import Person, Role

blueprint = Blueprint("substitutions", __name__)


@blueprint.get("/substitutions")
def show() -> Response:
    """What is arranged, and the form for one more."""
    return _shown(_arranging())


@blueprint.post("/substitutions")
def name() -> Response:
    """Names a substitute."""
    by, form = _arranging(), request.form
    substitute, since, until = form.get("substitute", ""), form.get("since", ""), form.get("until", "")
    username = form.get("username") or None
    key = once(form.get("once"), [username, substitute, since, until])
    try:
        office().substitutions.name(substitute, since, until, username=username, by=by, once=key)
    except Invalid as error:
        return _shown(by, form.to_dict(), told(error.errors), 422)
    notices.done(t("substitute.named", name=person_name(substitute)))
    return redirect(url_for("pages.substitutions.show"))


@blueprint.post("/substitutions/<identity>/end")
def end(identity: str) -> Response:
    """Ends a substitution before its time."""
    office().substitutions.end(identity, by=_arranging(), once=once(request.form.get("once"), []))
    notices.done(t("substitute.ended"))
    return redirect(url_for("pages.substitutions.show"))


def _arranging() -> Person:
    by = person()
    if not handles(by) and Role.ADMIN not in by.roles:
        raise Forbidden("Only who handles cases has a substitute; administrators name them for others.")
    return by


def _shown(
    by: Person, given: dict[str, str] | None = None, faults: dict[str, str] | None = None, status: int = 200
) -> Response:
    seats = {name: seats for name, seats in _seats().items() if seats}
    mine = seats.get(by.username, set())
    chosen = Role.ADMIN in by.roles
    return page(
        "substitutions",
        status,
        arranged=office().substitutions.list(by=by),
        given=given or {},
        faults=faults or {},
        today=now().date().isoformat(),
        people=sorted(seats) if chosen else [],
        colleagues=sorted(name for name, held in seats.items() if chosen or (name != by.username and held & mine)),
        may_end=lambda row: chosen or row["username"] == by.username,
    )


def _seats() -> dict[str, set[tuple[str, str]]]:
    """Where each of the office's people handles cases."""
    return {
        listed["username"]: {
            (seat["unit"], seat["role"]) for seat in listed["units"] if seat["role"] in {Role.CLERK, Role.LEADER}
        }
        for listed in office().people.list()
        if not listed["disabled"]
    }
