"""The course of one case through its diagrams: which process each entry of the history belongs to.

Element ids are unique in one process, not over the processes that a case runs through: where a case is
follows from the call activities that its path has entered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.diagrams import Diagram, Field, Following, diagram, process_at
from engine.office.person import Person
from engine.office.views import CaseView, EntryView, TaskView


@dataclass(frozen=True)
class Course:
    """A case's diagrams, by process key."""

    root: str
    diagrams: Mapping[str, Diagram]

    def following(self, task: TaskView, tokens: Sequence[Mapping[str, object]]) -> list[Following]:
        """What comes after an open task, by its diagram; the same thing once."""
        key = self._process_of(task["element"], tokens)
        return list(dict.fromkeys(self.diagrams[key].following.get(task["element"], ())))

    def fields(self, entries: Sequence[EntryView]) -> dict[str, Field]:
        """The fields of all forms that the case has come by, by key; of two with one key the later."""
        found: dict[str, Field] = {}
        for _, key, element in self.stations(entries):
            found |= self.diagrams[key].fields.get(element, {})
        return found

    def stations(self, entries: Sequence[EntryView]) -> Iterator[tuple[EntryView, str, str]]:
        """Every entry with the process and the element that it is about (empty where it is about none)."""
        for entry, key, _ in self._walk(entries):
            yield entry, key, entry["element"] or ""

    def passed(self, entries: Sequence[EntryView]) -> list[dict[str, str]]:
        """The elements that tokens have entered, each once, as the drawing wants them."""
        found = dict.fromkeys(place for _, _, path in self._walk(entries) for place in path)
        return [{"process": key, "element": element} for key, element in found]

    def active(self, tokens: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
        """The elements that hold a token, one entry a token, as the drawing wants them."""
        return [
            {"process": process_at(self.root, token["scope"], self.diagrams), "element": token["element"]}
            for token in tokens
        ]

    def _walk(self, entries: Sequence[EntryView]) -> Iterator[tuple[EntryView, str, list[tuple[str, str]]]]:
        """Every entry with the process that it is about and its path as (process, element).

        A call activity leads into the process that it calls, an end event of that back to the root. Where
        another branch of the called process is still under way, its elements are found there all the same.
        """
        current = called = self.root
        for entry in entries:
            about = self._holder(entry["element"] or "", current, called)
            path = []
            for element in entry["outcome"].get("path", ()):
                current = self._holder(element, current, called)
                path.append((current, element))
                diagram = self.diagrams[current]
                if diagram.calls.get(element) in self.diagrams:
                    current = called = diagram.calls[element]
                elif element in diagram.ends:
                    current = self.root
            yield entry, about, path

    def _holder(self, element: str, *likely: str) -> str:
        """The process that has the element: the likeliest first."""
        for key in (*likely, self.root, *self.diagrams):
            if element in self.diagrams[key].elements:
                return key
        return self.root

    def _process_of(self, element: str, tokens: Sequence[Mapping[str, object]]) -> str:
        for token in tokens:
            scope = token.get("scope")
            if token.get("element") == element and isinstance(scope, list):
                return process_at(self.root, scope, self.diagrams)
        return self._holder(element, self.root)


def course(case: CaseView, by: Person) -> Course:
    """The diagrams of the versions that a case runs on."""
    diagrams = {key: diagram(key, number, by) for key, number in case["versions"].items()}
    return Course(case["definition"], diagrams)
