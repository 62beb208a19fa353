"""For administrators: the people, their roles and tokens; units, windows and matters; the calendar."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from api.pages import notices
from api.pages.commands import once
from api.pages.errors import sentence
from api.pages.faults import told
from api.pages.look import in_language, now, page, t
from api.pages.session import is_sure, office, person, require_sure
from api.provider import provider
from engine.errors import FieldError, Forbidden, Invalid, NotFound, YichuangError
from engine.office import passwords
from engine.office.catalogue_rows import LEVELS
from engine.office.office_calendar import KINDS
from engine.office.people import PersonView
from engine.office.person import Person, Role, Scope

blueprint = Blueprint("admin", __name__)

#: The tables of the catalogue, each with the columns of what a form adds to it.
TABLES = {
    "units": ("code", "name", "level", "parent"),
    "windows": ("code", "name", "unit", "address"),
    "matters": (),
}
#: Most bytes of a table that is sent.
MOST_TABLE = 2 * 2**20
#: Days that a new token is valid, to choose from.
TOKEN_DAYS = (30, 90, 365)


def administrator() -> Person:
    """The person of the session, who must be an administrator."""
    by = person()
    if Role.ADMIN not in by.roles:
        raise Forbidden("Only administrators manage the office.")
    return by


def sure_administrator() -> Person:
    """An administrator who has just proved who they are: for what others log in with and what they may do."""
    by = administrator()
    require_sure()
    return by


@blueprint.get("/admin")
def home() -> Response:
    """The people come first."""
    return redirect(url_for("pages.admin.people"))


# -- people ------------------------------------------------------------------------------------------


@blueprint.get("/admin/people")
def people() -> Response:
    """Everybody, and the form for somebody new."""
    administrator()
    return _people({}, [])


@blueprint.post("/admin/people")
def add() -> Response:
    """Lets somebody in."""
    by, form, seats = sure_administrator(), request.form, _seats()
    username, name = form["username"].strip(), form["name"].strip()
    logs_in = any(role != Role.WORKER for _, role in seats)
    first = passwords.first() if logs_in and (provider() is None or "first" in form) else None
    try:
        office().people.add(username, name, first or (passwords.nobodys() if logs_in else None), seats, by=by)
    except Invalid as error:
        return _people(form.to_dict(), error.errors, 422)
    notices.done(t("admin.added", name=name))
    return _one(username, by, first=first) if first else redirect(url_for("pages.admin.one", username=username))


@blueprint.get("/admin/people/<username>")
def one(username: str) -> Response:
    """One person: roles, password, tokens."""
    return _one(username, sure_administrator())


@blueprint.post("/admin/people/<username>/roles")
def roles(username: str) -> Response:
    """Gives the person other roles."""
    by = sure_administrator()
    return _changed(username, "admin.roles_changed", lambda: office().people.assign(username, _seats(), by=by))


@blueprint.post("/admin/people/<username>/password")
def password(username: str) -> Response:
    """Gives the person a first password, which the answer shows this once; the sessions end."""
    by, first = sure_administrator(), passwords.first()
    office().people.passwd(username, first, first=True, by=by)
    return _one(username, by, first=first)


@blueprint.post("/admin/people/<username>/<any(disable, enable):action>")
def admit(username: str, action: str) -> Response:
    """Keeps the person out, or lets the person in again."""
    by, known = sure_administrator(), office().people
    command = known.disable if action == "disable" else known.enable
    return _changed(username, f"admin.{action}d", lambda: command(username, by=by))


@blueprint.post("/admin/people/<username>/sessions/end")
def end_sessions(username: str) -> Response:
    """Ends the person's sessions."""
    by = administrator()
    return _changed(username, "admin.sessions_ended", lambda: office().sessions.end_of(username, by=by))


@blueprint.post("/admin/people/<username>/tokens")
def new_token(username: str) -> Response:
    """Makes a token, which the answer shows this once."""
    by, days = sure_administrator(), request.form.get("days", "")
    scopes = request.form.getlist("scope")
    made = office().people.new_token(username, days=int(days) if days.isdigit() else 0, scopes=scopes, by=by)
    return _one(username, by, token=made["token"])


@blueprint.post("/admin/people/<username>/tokens/<identity>/revoke")
def revoke(username: str, identity: str) -> Response:
    """Makes a token worthless."""
    by = administrator()
    return _changed(username, "admin.token_revoked", lambda: office().people.revoke_listed(username, identity, by=by))


# -- units, windows, matters --------------------------------------------------------------------------


@blueprint.get("/admin/<any(units, windows, matters):table>")
def catalogue(table: str) -> Response:
    """A table of the catalogue, and the ways to add to it."""
    administrator()
    return _catalogue(table, {}, [])


@blueprint.post("/admin/<any(units, windows, matters):table>")
def take(table: str) -> Response:
    """Takes over a table that was sent, or the one line of the form: all of it or nothing."""
    by, sent = administrator(), request.files.get("file")
    known = office().catalogue
    imports = {"units": known.import_units, "windows": known.import_windows, "matters": known.import_matters}
    source: bytes | str = _line(TABLES[table]) if sent is None else sent.read(MOST_TABLE + 1)
    try:
        if len(source) > MOST_TABLE:
            raise Invalid(errors=[FieldError("/file", t("admin.table_too_large"))])
        done = imports[table](source, by=by)
    except YichuangError as error:
        return _catalogue(table, request.form.to_dict(), error.errors or [FieldError("", error.detail)], 422)
    notices.done(t("admin.imported", created=done["created"], updated=done["updated"]))
    return redirect(url_for("pages.admin.catalogue", table=table))


# -- the calendar ---------------------------------------------------------------------------------------


@blueprint.get("/admin/calendar")
def calendar() -> Response:
    """A year of the calendar."""
    administrator()
    year = request.args.get("year", "")
    shown = office().calendar.list(int(year) if year.isdigit() and len(year) == 4 else now().year)
    return page("admin_calendar", here_in="calendar", calendar=shown, kinds=KINDS)


@blueprint.post("/admin/calendar/<any(set, remove, closing):action>")
def day(action: str) -> Response:
    """Closes a day or has it worked, leaves it to the published calendar again, or sets when a day ends."""
    by, form, known = administrator(), request.form, office().calendar
    date, kind, reason, at = (form.get(name, "") for name in ("date", "kind", "reason", "at"))
    key = once(form.get("once"), [date, kind, reason, at])
    try:
        if action == "set":
            year = known.set(date, kind, reason, by=by, once=key)["year"]
        elif action == "remove":
            year = known.remove(date, by=by, once=key)["year"]
        else:
            year = known.set_closing(at, by=by, once=key)["year"]
    except YichuangError as error:
        told = "; ".join(in_language(fault.message) for fault in error.errors)
        notices.refused(" ".join(filter(None, [sentence(error), told])))
        return redirect(url_for("pages.admin.calendar", year=form.get("year") or None))
    notices.done(t("admin.calendar_changed"))
    return redirect(url_for("pages.admin.calendar", year=year))


# -- shared ---------------------------------------------------------------------------------------------


def _seats() -> list[tuple[str, str]]:
    """The roles that the form's lines name; empty lines are none."""
    units, named = request.form.getlist("unit"), request.form.getlist("role")
    return [(unit, role) for unit, role in zip(units, named, strict=False) if unit]


def _people(given: dict[str, str], faults: Any, status: int = 200) -> Response:
    listed = office().people.list()
    return page(
        "admin_people",
        status,
        here_in="people",
        people=listed,
        sure=is_sure(),
        with_provider=provider() is not None,
        given=given,
        seats=_seats() if given else [],
        faults=told(faults),
        units=office().catalogue.units(),
        roles=list(Role),
    )


def _one(
    username: str,
    by: Person,
    *,
    token: str | None = None,
    first: str | None = None,
    faults: Any = (),
    status: int = 200,
) -> Response:
    found: PersonView | None = next((p for p in office().people.list() if p["username"] == username), None)
    if found is None:
        raise NotFound
    return page(
        "admin_person",
        status,
        here_in="people",
        someone=found,
        tokens=office().people.tokens(username, by=by),
        made=token,
        first=first,
        faults=told(faults),
        units=office().catalogue.units(),
        roles=list(Role),
        token_days=TOKEN_DAYS,
        scopes=list(Scope),
    )


def _changed(username: str, said: str, command: Any) -> Response:
    try:
        command()
    except Invalid as error:
        return _one(username, administrator(), faults=error.errors, status=422)
    notices.done(t(said))
    return redirect(url_for("pages.admin.one", username=username))


def _catalogue(table: str, given: dict[str, str], faults: Any, status: int = 200) -> Response:
    known = office().catalogue
    rows: Any = {"units": known.units, "windows": known.windows, "matters": known.matters}[table]()
    return page(
        "admin_catalogue",
        status,
        here_in=table,
        table=table,
        rows=rows,
        columns=TABLES[table],
        given=given,
        faults=[(fault.pointer, in_language(fault.message)) for fault in faults],
        units=known.units(),
        levels=LEVELS,
    )


def _line(columns: tuple[str, ...]) -> str:
    """The form's fields as a table of one line."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerow([request.form.get(column, "").strip() for column in columns])
    return text.getvalue()
