"""The course of one case through its diagrams: what its tasks, its entries and its data are called there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from api.pages.diagrams import END_OF_PART, Diagram, Field, Following, diagram
from engine.office.person import Person
from engine.office.views import CaseView, EntryView, TaskView


@dataclass(frozen=True)
class Course:
    """A case's diagrams, by process key."""

    root: str
    diagrams: Mapping[str, Diagram]

    def following(self, task: TaskView) -> list[Following]:
        """What comes after an open task, by its diagram; the same thing once."""
        reached = self.diagrams[task["process"]].following.get(task["element"], ())
        if task["process"] != self.root:
            reached = tuple(Following(f.conditions, "", END_OF_PART) if f.kind == "endEvent" else f for f in reached)
        return list(dict.fromkeys(reached))

    def fields(self, entries: Sequence[EntryView]) -> dict[str, Field]:
        """The fields of all forms that the case has come by, by key; of two with one key the later."""
        found: dict[str, Field] = {}
        for _, key, element in self.stations(entries):
            found |= self.diagrams[key].fields.get(element, {})
        return found

    def stations(self, entries: Sequence[EntryView]) -> Iterator[tuple[EntryView, str, str]]:
        """Every entry with the process and element that it is about: the root, and empty, where it is about none.

        Before a case was moved to another version it may have run on a process that it does not run on any more.
        """
        for entry in entries:
            key = entry["process"] or ""
            yield entry, key if key in self.diagrams else self.root, entry["element"] or ""


def course(case: CaseView, by: Person) -> Course:
    """The diagrams of the versions that a case runs on."""
    diagrams = {key: diagram(key, number, by) for key, number in case["versions"].items()}
    return Course(case["definition"], diagrams)
