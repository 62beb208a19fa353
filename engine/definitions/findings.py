"""Collects what a reading finds: each finding with its place, in the order of the files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.definitions.model import Problem, Severity

#: A reading says no more than this: a broken file could otherwise fill the answer with thousands of lines.
MAX_PROBLEMS = 1_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something stands."""

    file: str
    #: 1-based; 0 where unknown.
    line: int = 0
    column: int = 0
    #: Id of the element there, or of the nearest one around it that has an id.
    element: str | None = None


class Findings:
    """The findings of one reading."""

    def __init__(self) -> None:
        #: Whether an error was found so far.
        self.errors = False
        self._found: list[Problem] = []
        self._found_once: set[Problem] = set()
        self._said: set[tuple[str, str]] = set()
        self._more = 0

    def error(self, place: Place, rule: str, message: str) -> None:
        """Something that keeps the set from being deployed."""
        self._add(place, rule, "error", message)

    def warning(self, place: Place, rule: str, message: str) -> None:
        """Something that works, but likely not as meant."""
        self._add(place, rule, "warning", message)

    def note(self, place: Place, rule: str, message: str) -> None:
        """Something that the designer should know."""
        self._add(place, rule, "note", message)

    def note_once(self, kind: str, place: Place, rule: str, message: str) -> None:
        """A note that is made once for each `kind` and file, at its first place."""
        if (place.file, kind) not in self._said:
            self._said.add((place.file, kind))
            self.note(place, rule, message)

    def extend(self, problems: Iterable[Problem]) -> None:
        """What another judge found."""
        for problem in problems:
            place = Place(file=problem.file, line=problem.line, column=problem.column, element=problem.element)
            self._add(place, problem.rule, problem.severity, problem.message)

    def problems(self, files: tuple[str, ...]) -> tuple[Problem, ...]:
        """All findings by file, in the order of `files`, then by line and column."""
        order = {name: position for position, name in enumerate(files)}
        found = sorted(self._found, key=lambda p: (order.get(p.file, len(order)), p.line, p.column))
        if self._more:
            message = f"{self._more} further findings are not shown: mend the first ones and read again"
            found.append(Problem(file=found[-1].file, line=0, rule="too-many", severity="note", message=message))
        return tuple(found)

    def _add(self, place: Place, rule: str, severity: Severity, message: str) -> None:
        if len(self._found) >= MAX_PROBLEMS and (severity != "error" or self.errors):
            self._more += 1
            return
        self.errors |= severity == "error"
        problem = Problem(
            file=place.file,
            line=place.line,
            column=place.column,
            element=place.element,
            rule=rule,
            severity=severity,
            message=message,
        )
        if problem not in self._found_once:
            self._found_once.add(problem)
            self._found.append(problem)


def line_of(problem: Problem) -> str:
    """The problem as one line of text: ``FILE:LINE:COLUMN: severity: [rule] message (element id)``."""
    element = f" ({problem.element})" if problem.element else ""
    text = f"{problem.file}:{problem.line}:{problem.column}: {problem.severity}: [{problem.rule}] "
    line = " ".join((text + problem.message + element).split())
    # What stands in a file must not move the cursor of whoever reads this.
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)
