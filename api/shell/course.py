"""The course of a case as text: its entries with what each changed, and how the case stood after the last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from lxml import etree

from api import said
from api.shell import table
from api.strict_json import steps_of
from engine import Office
from engine.history.difference import Change
from engine.office.person import Person
from engine.office.views import EntryView

#: What can change about a case, in the order in which it is told.
_PARTS = ("tasks", "status", "type", "due", "due_provisional", "data")


class Course:
    """A case's entries executed again, in the words of its diagrams."""

    def __init__(self, opened: Office, number: str, entries: Sequence[EntryView], by: Person) -> None:
        self._steps = list(zip(entries, opened.history.playback(number, by=by)["frames"], strict=False))
        #: Key of a process and id of an element in it → what the element is called.
        self._names = {
            (file["key"], node.get("id")): " ".join(node.get("name", "").split())
            for file in opened.cases.diagram(number, by=by)["files"]
            for node in etree.fromstring(file["xml"]).iter()
            if node.get("id") and node.get("name")
        }
        #: Id of a task → what it is called.
        self._tasks: dict[str, str] = {}
        before: Sequence[Mapping[str, Any]] = ()
        for _, frame in self._steps:
            self._learn(frame["changes"], [*before, *frame["tokens"]])
            before = frame["tokens"]

    def steps(self, last: int) -> Iterator[str]:
        """Each entry once, to the `last`: number, instant, who, what and where; below it why, and what it changed."""
        for entry, frame in self._steps[:last]:
            at = self._called(entry["process"], entry["element"]) if entry["element"] else ""
            heads = (entry["seq"], table.instant(entry["at"], "seconds"), entry["actor"], entry["kind"], at)
            yield "  ".join(table.printable(head) for head in heads).rstrip()
            if why := said.why(entry["input"]):
                yield f"   reason: {table.printable(why)}"
            yield from (f"   {line}" for line in self.changes(frame["changes"]))

    def changes(self, found: Sequence[Change]) -> Iterator[str]:
        """What changed about a case, a line each: tasks, then the case itself, then its data."""
        # Where its tokens were is for whoever draws it.
        parts = {part: [change for change in found if steps_of(change["field"])[0] == part] for part in _PARTS}
        for part, changed in parts.items():
            for change in changed:
                _, *rest = steps_of(change["field"])
                if part == "tasks" and len(rest) == 1:
                    task = change.get("before") or change["after"]
                    word = "closed" if "before" in change else "opened"
                    yield table.printable(f"task {word}: {self._tasks[rest[0]]}, {task['group']}")
                elif part == "tasks":
                    what = f"{self._tasks.get(rest[0], rest[0])}, {'/'.join(rest[1:])}"
                    yield table.printable(f"task {what}: {_moved(change, part)}")
                elif part == "data":
                    yield table.printable(f"data {'/'.join(rest)}: {_moved(change, part)}")
                elif change.get("before") or change.get("after"):
                    yield table.printable(f"{part}: {_moved(change, part)}")

    def state(self, replayed: Mapping[str, Any]) -> Iterator[str]:
        """How a case stood: where, with which tasks and data."""
        facts = {
            "status": replayed["status"],
            "type": replayed["type"],
            "due": table.instant(replayed["due"]) + (" (provisional)" if replayed["due_provisional"] else ""),
            "at": ", ".join(self._standing(replayed["tokens"])),
        }
        yield f"After entry {replayed['seq']}, {table.instant(replayed['at'], 'seconds')}:"
        yield table.pairs({name: value for name, value in facts.items() if value})
        if replayed["tasks"]:
            tasks = ((one["id"], self._tasks[one["id"]], one["group"], one["assignee"]) for one in replayed["tasks"])
            yield f"\n{table.rows(('TASK', 'ELEMENT', 'GROUP', 'ASSIGNEE'), tasks)}"
        if replayed["data"]:
            data = ((name, _shown(value, "data")) for name, value in replayed["data"].items())
            yield f"\n{table.rows(('DATA', 'VALUE'), data)}"

    def _learn(self, changes: Sequence[Change], tokens: Sequence[Mapping[str, Any]]) -> None:
        """What the tasks are called that began or ended: the tokens tell of which process they are."""
        processes = {token["element"]: token["process"] for token in tokens}
        for change in changes:
            part, *rest = steps_of(change["field"])
            if part == "tasks" and len(rest) == 1:
                element = (change.get("before") or change["after"])["element"]
                self._tasks.setdefault(rest[0], self._called(processes.get(element), element))

    def _standing(self, tokens: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """The elements that hold tokens, each once; not those that only hold others."""
        inner = [one for one in tokens if not any(_holds(one, other) for other in tokens)]
        for place, count in Counter((token["process"], token["element"]) for token in inner).items():
            yield self._called(*place) + (f" ×{count}" if count > 1 else "")

    def _called(self, process: str | None, element: str) -> str:
        name = self._names.get((process or "", element))
        return f"{name} ({element})" if name else element


def _holds(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a token is that of a subprocess or call, and the other's is inside of it."""
    element, scope = one["element"], one["scope"]
    within = scope if element in scope else [*scope, element]
    return bool(other["element"] != element and other["scope"][: len(within)] == within)


def _moved(change: Change, part: str) -> str:
    """What a field was and is; what it was not is left out."""
    after = _shown(change["after"], part) if "after" in change else "(gone)"
    return f"{_shown(change['before'], part)} → {after}" if "before" in change else after


def _shown(value: Any, part: str) -> str:
    if part == "data":
        return orjson.dumps(value).decode()
    if value is None:
        return "(none)"
    return table.instant(value) if part == "due" else str(value)
