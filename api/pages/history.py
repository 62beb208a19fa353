"""A case's history as people read it: for each entry who, when, what and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api import said
from api.pages.course import Course, files_of, with_files
from api.pages.data import Line, lines
from api.pages.diagrams import Field
from api.pages.look import person_name, t, words
from api.pages.session import office
from api.strict_json import steps_of
from engine.handling.returning import undone
from engine.handling.undertaking import KEPT, MESSAGE
from engine.history.kinds import Kind
from engine.office.person import Person
from engine.office.tracking import APPLICANT
from engine.office.views import EntryView

#: A page shows so many entries; whoever needs more is an auditor with other tools.
SHOWN = 500

_ICONS = {
    "case.started": "file-plus",
    "task.claimed": "hand-grab",
    "task.unclaimed": "arrow-back-up",
    "task.delegated": "users",
    "task.completed": "check",
    "task.returned": "rotate-2",
    "task.withdrawn": "arrow-back-up",
    "timer.fired": "clock-exclamation",
    "message.received": "mail",
    "comment.added": "message",
    "material.added": "files",
    "material.verified": "certificate",
    "material.withdrawn": "arrow-back-up",
    "case.reminded": "bell",
    "case.rated": "message",
}


@dataclass(frozen=True)
class Event:
    """One line of the timeline."""

    seq: int
    at: str
    #: The person's name, or empty for what the clock did.
    who: str
    what: str
    why: str
    #: What was given with it.
    details: list[Line]
    #: What it changed about the case as a whole.
    changes: list[str]
    icon: str
    kind: str
    #: Whether it was undone by going back since.
    undone: bool


def entries(number: str, by: Person) -> list[EntryView]:
    """The entries of a case, the oldest first, `SHOWN` at most."""
    found: list[EntryView] = []
    cursor = None
    while len(found) < SHOWN:
        page = office().history.entries(number, by=by, limit=100, cursor=cursor)
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    return found[:SHOWN]


def events(entries: Sequence[EntryView], course: Course, *, at_once: bool) -> list[Event]:
    """The timeline, in the order of the entries.

    :param at_once: whether the case is to be decided on the day of its acceptance.
    """
    files, gone = files_of(entries), undone(entries)
    return [
        replace(
            _event(entry, course, key, element, with_files(course.given(entry, key, element), files), at_once),
            undone=entry["seq"] in gone and entry["kind"] == Kind.TASK_COMPLETED,
        )
        for entry, key, element in course.stations(entries)
    ]


def left_by_undone(number: str, entries: Sequence[EntryView], course: Course, by: Person) -> dict[str, str]:
    """Which of the case's data was left by a step that was undone since: the step's name, by the key of the data.

    Going back leaves the data as it is, so that who does the step again finds what was filled in.
    """
    gone = undone(entries)
    if not gone:
        return {}
    stations = {entry["seq"]: (process, element) for entry, process, element in course.stations(entries)}
    left: dict[str, tuple[str, str]] = {}
    for frame in office().history.playback(number, by=by)["frames"]:
        at, stands = stations.get(frame["seq"]), frame["seq"] not in gone
        if stands:
            # Done again, a step stands for what it was given, though that is the same.
            left = {key: station for key, station in left.items() if station != at}
        for change in frame["changes"]:
            part, key, *_ = (*steps_of(change["field"]), "")
            if part == "data" and stands:
                left.pop(key, None)
            elif part == "data" and at is not None:
                left[key] = at
    return {key: course.diagrams[process].names.get(element, element) for key, (process, element) in left.items()}


def _event(
    entry: EntryView, course: Course, process: str, element: str, fields: Mapping[str, Field], at_once: bool
) -> Event:
    given, kind, diagram = entry["input"], entry["kind"], course.diagrams[process]
    earlier = course.diagrams.get(str(given.get("process")), diagram)
    message = str(given.get("name", ""))
    what = words("history", kind.replace(".", "_").replace("-", "_"), kind).format(
        name=diagram.names.get(element, element) or words("kind", "task"),
        message=words("message", message, course.message(message)),
        to=person_name(str(given.get("assignee") or given.get("agent") or "")),
        back=earlier.names.get(str(given.get("to")), given.get("to", "")),
        priority=given.get("priority") if given.get("priority") is not None else t("case.priority_none"),
        days=given.get("days", ""),
        material=given.get("material") or message,
        grade=given.get("grade", ""),
        version=given.get("to", ""),
        level=words("rating.level", str(given.get("level", ""))),
    )
    return Event(
        seq=entry["seq"],
        at=entry["at"],
        who=_who(entry["actor"], given.get("on_behalf_of")),
        what=what,
        why=said.why(given),
        details=_details(said.payload(given), said.reason(given), fields),
        changes=_changes(entry, at_once),
        icon=_ICONS.get(kind, "circle-dot"),
        kind=kind,
        undone=False,
    )


def _who(actor: str, away: str | None) -> str:
    """The actor's name, and for whom they acted; empty for the clock."""
    if actor == APPLICANT.username:
        return t("case.applicant")
    name = "" if actor.startswith("system:") else person_name(actor)
    return t("substitute.acted", name=name, away=person_name(away)) if away else name


def _details(payload: object, reason: object, fields: Mapping[str, Field]) -> list[Line]:
    if not isinstance(payload, dict):
        return []
    shown = {key: value for key, value in payload.items() if not (key == "reason" and value == reason)}
    return lines(shown, fields)


def _changes(entry: EntryView, at_once: bool) -> list[str]:
    outcome = entry["outcome"]
    changes = []
    if change := outcome.get("type"):
        before, after = (words("type", change[end]) or t("type.none") for end in ("from", "to"))
        changes.append(t("history.type", before=before, after=after))
        if change.get("reason"):
            changes.append(t("history.because", reason=change["reason"]))
    for passed in outcome.get("milestones", ()):
        if milestone := passed["properties"].get("milestone"):
            said = "accepted_at_once" if milestone == "accepted" and at_once else milestone
            changes.append(words("milestone", said))
    if entry["input"].get("message") == MESSAGE:
        changes.append(words("undertaking.state", KEPT))
    if given := outcome.get("notices"):
        changes.append(t("history.notices", n=len(given)))
    if (status := outcome.get("status")) and entry["kind"] != "case.started":
        changes.append(t("history.status", status=words("status", status)))
    return changes
