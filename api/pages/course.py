"""The course of one case through its diagrams: what its tasks, its entries and its data are called there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from api.pages.diagrams import Diagram, Field, diagram
from engine.history.kinds import Kind
from engine.office.person import Person
from engine.office.views import CaseView, EntryView


@dataclass(frozen=True)
class Course:
    """A case's diagrams, by process key."""

    root: str
    diagrams: Mapping[str, Diagram]

    def message(self, name: str) -> str:
        """What the designer calls the event that takes a message; the message's own name where none is known."""
        return next((diagram.messages[name] for diagram in self.diagrams.values() if name in diagram.messages), name)

    def fields(self, entries: Sequence[EntryView]) -> dict[str, Field]:
        """The fields of all forms that the case has come by, by key; of two with one key the later."""
        found: dict[str, Field] = {}
        brought: dict[str, Field] = {}
        for entry, key, element in self.stations(entries):
            fields = self.given(entry, key, element)
            if entry["kind"] == Kind.MESSAGE_RECEIVED:
                brought |= fields
            else:
                found |= fields
        return with_files(brought | found, files_of(entries))

    def given(self, entry: EntryView, key: str, element: str) -> Mapping[str, Field]:
        """The fields of what an entry of a process and element was given.

        What a message brings is called as the forms beside it call it, one of which a clerk would have filled in.
        """
        if entry["kind"] != Kind.MESSAGE_RECEIVED:
            return self.diagrams[key].fields.get(element, {})
        takes = [diagram for diagram in self.diagrams.values() if entry["input"].get("name") in diagram.messages]
        return {key: field for diagram in takes for key, field in diagram.of_any_form().items()}

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


def files_of(entries: Sequence[EntryView]) -> dict[str, str]:
    """The names of the materials that a case has been given, by their ids."""
    given = [entry["input"] for entry in entries if entry["kind"] == Kind.MATERIAL_ADDED]
    return {material["id"]: material["name"] for material in given}


def with_files(fields: Mapping[str, Field], files: Mapping[str, str]) -> dict[str, Field]:
    """The fields; those that take files call them by their names."""
    return {key: replace(field, options=files) if field.takes_files else field for key, field in fields.items()}
