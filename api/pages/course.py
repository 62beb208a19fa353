"""The course of one case through its diagrams: what its tasks, its entries and its data are called there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from api.pages.diagrams import END, END_OF_PART, Diagram, Field, Following, diagram
from api.pages.look import t, words
from engine.history.kinds import Kind
from engine.office.person import Person
from engine.office.views import CaseView, EntryView, TaskView

#: Where something is in a running case: process, element, and the activities around it.
Token: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Course:
    """A case's diagrams, by process key."""

    root: str
    diagrams: Mapping[str, Diagram]
    #: Where it is now: process, element and scope.
    tokens: Sequence[Token] = ()

    def following(self, task: TaskView) -> list[Following]:
        """What comes after an open task: where its diagram ends, what the diagrams around it go on with."""
        at = (task["process"], task["element"])
        tokens = [token for token in self.tokens if (token["process"], token["element"]) == at]
        return list(dict.fromkeys(reached for token in tokens for reached in self._after(token)))

    def _after(self, token: Token) -> Iterator[Following]:
        around = token["scope"][: -2 if _is_instance(token) else None]
        # An activity in several instances is left when the last of them is done.
        when = (t("task.all_done"),) if _is_instance(token) else ()
        caller = next((caller for caller in self.tokens if _inside(caller) == around), None)
        for reached in self.diagrams[token["process"]].following.get(token["element"], (END,)):
            conditions = (*when, *reached.conditions)
            if reached.kind != END.kind or caller is None:
                yield replace(reached, conditions=conditions)
                continue
            beyond = list(self._after(caller))
            if len(beyond) == 1:
                yield replace(beyond[0], conditions=(*conditions, *beyond[0].conditions))
            else:
                yield Following(conditions, self._any_of(caller), END_OF_PART)

    def _any_of(self, token: Token) -> str:
        """What may come after an activity where the data will decide, in one line."""
        reached = self.diagrams[token["process"]].following[token["element"]]
        return " / ".join(dict.fromkeys(one.name or words("kind", one.kind) for one in reached))

    def fields(self, entries: Sequence[EntryView]) -> dict[str, Field]:
        """The fields of all forms that the case has come by, by key; of two with one key the later."""
        found: dict[str, Field] = {}
        for _, key, element in self.stations(entries):
            found |= self.diagrams[key].fields.get(element, {})
        return with_files(found, files_of(entries))

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
    return Course(case["definition"], diagrams, case["tokens"])


def files_of(entries: Sequence[EntryView]) -> dict[str, str]:
    """The names of the materials that a case has been given, by their ids."""
    given = [entry["input"] for entry in entries if entry["kind"] == Kind.MATERIAL_ADDED]
    return {material["id"]: material["name"] for material in given}


def with_files(fields: Mapping[str, Field], files: Mapping[str, str]) -> dict[str, Field]:
    """The fields; those that take files call them by their names."""
    return {key: replace(field, options=files) if field.takes_files else field for key, field in fields.items()}


def _is_instance(token: Token) -> bool:
    """Whether a token is one of several instances of its activity: its scope ends with that activity and a number."""
    scope = token["scope"]
    return len(scope) > 1 and isinstance(scope[-1], int) and scope[-2] == token["element"]


def _inside(token: Token) -> list[str | int]:
    """The scope of what runs inside a token's activity."""
    return token["scope"] if _is_instance(token) else [*token["scope"], token["element"]]
