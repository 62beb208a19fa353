"""A case's history as people read it: for each entry who, when, what and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.pages.data import Line, lines
from api.pages.diagrams import Diagram
from api.pages.look import person_name, t, words
from engine.office.views import EntryView


_ICONS = {
    "case.started": "file-plus",
    "task.claimed": "hand-grab",
    "task.unclaimed": "arrow-back-up",
    "task.delegated": "users",
    "task.completed": "check",
    "timer.fired": "clock-exclamation",
    "message.received": "mail",
    "comment.added": "message",
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


def events(entries: Iterable[EntryView], diagrams: Mapping[str, Diagram]) -> list[Event]:
    """The timeline, in the order of the entries."""
    names: dict[str, str] = {}
    for diagram in diagrams.values():
        names |= diagram.names
    return [_event(entry, names, diagrams) for entry in entries]


def _event(entry: EntryView, names: Mapping[str, str], diagrams: Mapping[str, Diagram]) -> Event:
    given, kind = entry["input"], entry["kind"]
    element = entry["element"] or ""
    name = names.get(element, element)
    message = str(given.get("name", ""))
    what = words("history", kind.replace(".", "_").replace("-", "_"), kind).format(
        name=name or words("kind", "task"),
        message=words("message", message.replace(".", "_")) if kind == "message.received" else message,
        to=person_name(str(given.get("assignee") or given.get("agent") or "")),
        days=given.get("days", ""),
    )
    payload = given.get("data") or given.get("payload") or {}
    reason = given.get("reason") or (payload.get("reason") if isinstance(payload, dict) else None)
    return Event(
        seq=entry["seq"],
        at=entry["at"],
        who="" if kind == "timer.fired" else person_name(entry["actor"]),
        what=what,
        why=str(given.get("text") or reason or ""),
        details=_details(payload, reason, diagrams),
        changes=_changes(entry, names),
        icon=_ICONS.get(kind, "circle-dot"),
        kind=kind,
    )


def _details(payload: object, reason: object, diagrams: Mapping[str, Diagram]) -> list[Line]:
    if not isinstance(payload, dict):
        return []
    shown = {key: value for key, value in payload.items() if not (key == "reason" and value == reason)}
    return lines(shown, diagrams)


def _changes(entry: EntryView, names: Mapping[str, str]) -> list[str]:
    outcome = entry["outcome"]
    changes = []
    if change := outcome.get("type"):
        before, after = (words("type", change[end]) or t("type.none") for end in ("from", "to"))
        changes.append(t("history.type", before=before, after=after))
        if change.get("reason"):
            changes.append(t("history.because", reason=change["reason"]))
    for passed in outcome.get("milestones", ()):
        milestone = passed["properties"].get("milestone")
        changes.append(words("milestone", milestone, names.get(passed["element"], milestone or "")))
    if (status := outcome.get("status")) and entry["kind"] != "case.started":
        changes.append(t("history.status", status=words("status", status)))
    return [change for change in changes if change]
