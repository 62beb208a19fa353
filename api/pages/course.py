"""The course of one case through its diagrams: which process each entry of the history belongs to.

Element ids are unique in one process, not over the processes that a case runs through: where a case is
follows from the call activities that its path has entered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

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
        current = self.root
        for entry in entries:
            element = entry["element"] or ""
            yield entry, self._holder(element, current), element
            for passed in entry["outcome"].get("path", ()):
                called = self.diagrams[self._holder(passed, current)].calls.get(passed)
                if called is not None and called in self.diagrams:
                    current = called

    def _holder(self, element: str, current: str) -> str:
        """The process that has the element: the one where the case is, or the root, or any."""
        for key in (current, self.root, *self.diagrams):
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
