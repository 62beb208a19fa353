"""Searching the histories of all cases: each entry found leads to its case, and to its place in the playback."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, request
from werkzeug.wrappers import Response

from api.pages.asked import one_of
from api.pages.course import Course
from api.pages.diagrams import NOTHING, diagram
from api.pages.history import events
from api.pages.look import now, page, words
from api.pages.session import office, person
from engine.history.kinds import Kind
from engine.office.conformance import NAMED
from engine.office.history_search import EntryFilters
from engine.office.person import Person, Role
from engine.office.views import EntryView

blueprint = Blueprint("histories", __name__)

KINDS = tuple(kind.value for kind in Kind)

#: Stands in the name of a kind for what each entry of it is about.
_SOMETHING = dict.fromkeys(
    ("name", "message", "to", "back", "priority", "days", "material", "grade", "version", "level"), "…"
)


@blueprint.get("/history")
def show() -> Response:
    """The entries that fit, the latest first."""
    by, given = person(), request.args
    asked: EntryFilters = {
        "actor": given.get("actor", "").strip() or None,
        "kind": one_of(given, "kind", KINDS),
        "element": given.get("element", "").strip() or None,
        "since": _moment(given.get("from")),
        "until": _moment(given.get("to")),
        "matter": given.get("matter") or None,
        "unit": given.get("unit") or None,
    }
    found = office().history.search(by=by, cursor=given.get("cursor") or None, **asked)
    entries: list[EntryView] = found["items"]
    return page(
        "histories",
        found=list(zip(entries, events(entries, _course(entries, by), at_once=False), strict=True)),
        following=found["next"],
        asked=asked,
        given=given,
        filtered=any(asked.values()),
        kinds=[(kind, _called(kind)) for kind in KINDS],
        people=office().people.list() if by.roles & {Role.AUDITOR, Role.ADMIN} else (),
        matters=office().catalogue.matters(),
        units=office().catalogue.units(),
    )


@blueprint.get("/history/conformance")
def conformance() -> Response:
    """How the courses of the cases on a version of a process fit its diagram."""
    by, given = person(), request.args
    definitions = office().definitions.list(by=by)
    process = given.get("process") or (definitions[0]["key"] if definitions else "")
    version = given.get("version", "")
    every = one_of(given, "every", NAMED)
    found = office().conformance.read(
        process, int(version) if version.isdecimal() and len(version) < 10 else None, by=by, every=every
    )
    newest = next((one["version"] for one in definitions if one["key"] == process), 1)
    return page("conformance", found=found, every=every, definitions=definitions, newest=newest)


def _called(kind: str) -> str:
    return words("history", kind.replace(".", "_").replace("-", "_")).format(**_SOMETHING)


def _course(entries: Sequence[EntryView], by: Person) -> Course:
    """The diagrams in which the elements of entries of several cases have their names: the newest of each process."""
    newest = {one["key"]: one["version"] for one in office().definitions.list(by=by)}
    named = {entry["process"] or "" for entry in entries} & newest.keys()
    return Course("", {"": NOTHING, **{key: diagram(key, newest[key], by) for key in named}})


def _moment(value: str | None) -> datetime | None:
    """The instant, in the office's zone, that a field for date and time names; None where it names none."""
    try:
        at = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=now().tzinfo)
