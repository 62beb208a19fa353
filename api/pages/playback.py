"""The playback of a case: its course on the diagram, entry by entry, with what each changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, jsonify, url_for
from werkzeug.wrappers import Response

from api.pages import times
from api.pages.course import Course, course
from api.pages.data import lines
from api.pages.diagrams import Field
from api.pages.history import SHOWN, Event, entries, events
from api.pages.look import group_name, language, now, page, person_name, t, words
from api.pages.session import office, person
from api.strict_json import steps_of
from engine.errors import Invalid
from engine.handling.returning import BACKWARD
from engine.history.difference import Change
from engine.office.person import Role
from engine.office.views import EntryView, Frame

blueprint = Blueprint("playback", __name__)

#: Fields of the case itself that are told when they change, with the catalogue's words for their values.
_OF_THE_CASE = ("status", "type")


@blueprint.get("/cases/<number>/playback")
def show(number: str) -> Response:
    """The page on which the course is played."""
    by = person()
    case = office().cases.get(number, by=by)
    return page("playback", case=case, exports=Role.AUDITOR in by.roles or Role.ADMIN in by.roles)


@blueprint.get("/cases/<number>/playback/frames")
def frames(number: str) -> Response:
    """What the script plays: a frame an entry."""
    by = person()
    case = office().cases.get(number, by=by)
    way, recorded = course(case, by), entries(number, by)
    told = events(recorded, way, at_once=False)
    played = office().history.playback(number, by=by)
    fields = way.fields(recorded)
    shown = zip(played["frames"], recorded, told, strict=False)
    return jsonify(
        frames=[
            _frame(frame, entry, event, _names(way, before, frame), fields)
            for (frame, entry, event), before in zip(shown, [None, *played["frames"]], strict=False)
        ],
        fault=played["fault"],
        cut=len(recorded) == SHOWN,
    )


@blueprint.post("/cases/<number>/proof")
def prove(number: str) -> Response:
    """Proves the case's history, by itself and against the last checkpoint, and answers in words."""
    by = person()
    proof = office().history.verify(number, by=by)
    bad = proof["first_bad"]
    said = t("playback.broken", n=bad["seq"], reason=bad["reason"]) if bad else t("playback.holds", n=proof["entries"])
    try:
        signed = office().checkpoints.signed(number, Path(current_app.config["CHECKPOINTS"]), by=by)
    except Invalid as error:
        return jsonify(ok=False, said=[said, error.detail], inclusion=None)
    if signed is None:
        return jsonify(ok=proof["ok"], said=[said, t("playback.unsigned")], inclusion=None)
    at = times.full(signed["at"], now())
    fault = signed["fault"]
    told = t("playback.unlike", at=at, reason=fault) if fault else t("playback.signed", at=at, n=signed["seq"])
    link = {"href": url_for("checkpoints.prove_inclusion", number=number), "text": t("playback.inclusion")}
    return jsonify(ok=proof["ok"] and not fault, said=[said, told], inclusion=link)


def _frame(
    frame: Frame, entry: EntryView, event: Event, names: Mapping[str, str], fields: Mapping[str, Field]
) -> dict[str, Any]:
    return {
        "seq": frame["seq"],
        "at": times.full(frame["at"], now()),
        "who": event.who or t("history.clock"),
        "what": event.what,
        "why": event.why,
        "tokens": frame["tokens"],
        # Number of the first entry that it puts back.
        "undoes": entry["input"]["entry"] if entry["kind"] in BACKWARD else None,
        # Where the step began is passed too.
        "passed": [*_begun(entry), *({"process": p, "element": e} for p, e in entry["outcome"].get("path", ()))],
        "interrupted": frame["interrupted"],
        "changes": [line for line in _changes(frame["changes"], names, fields) if line["before"] or line["after"]],
    }


def _names(way: Course, *frames: Frame | None) -> dict[str, str]:
    """What the elements are called at which tokens were: several processes may have one of the same id."""
    places = [token for frame in frames if frame is not None for token in frame["tokens"]]
    known = ((place["element"], way.diagrams.get(place["process"])) for place in places)
    return {element: diagram.names.get(element, element) for element, diagram in known if diagram is not None}


def _begun(entry: EntryView) -> list[dict[str, str]]:
    process, element = entry["process"], entry["element"]
    return [{"process": process, "element": element}] if process and element else []


def _changes(
    changes: Sequence[Change], names: Mapping[str, str], fields: Mapping[str, Field]
) -> Iterator[dict[str, str]]:
    for change in changes:
        part, *rest = steps_of(change["field"])
        before, after = change.get("before"), change.get("after")
        if part in _OF_THE_CASE:
            yield _line(t(f"case.{part}"), words(part, before), words(part, after))
        elif part == "due":
            yield _line(t("case.due"), *(times.full(value, now()) if value else "" for value in (before, after)))
        elif part == "data":
            yield _line(_label(rest, fields), _value(rest, before, fields), _value(rest, after, fields))
        elif part == "tasks":
            yield from _task(rest, before, after, names)


def _task(rest: Sequence[str], before: Any, after: Any, names: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """A task that began or ended, or what changed about one that goes on."""
    if len(rest) > 1:
        told = {"assignee": ("task.assignee", person_name), "due": ("case.due", lambda at: times.full(at, now()))}
        if rest[1] in told:
            label, show = told[rest[1]]
            yield _line(t(label), *(show(value) if value else "" for value in (before, after)))
        return
    said = [
        f"{names.get(task['element'], task['element'])} · {group_name(task)}" if task else ""
        for task in (before, after)
    ]
    yield _line(t("playback.task"), *said)


def _label(keys: Sequence[str], fields: Mapping[str, Field]) -> str:
    field = fields.get(keys[0])
    first = field.named(language()) if field else keys[0]
    return " / ".join([first, *keys[1:]])


def _value(keys: Sequence[str], value: Any, fields: Mapping[str, Field]) -> str:
    shown = lines({keys[-1]: value}, fields)
    return shown[0].value if shown else ""


def _line(label: str, before: str, after: str) -> dict[str, str]:
    return {"label": label, "before": before, "after": after}
