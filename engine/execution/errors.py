"""What the execution raises on purpose: refused definitions, unreadable states, and failures of a token."""

from __future__ import annotations

from typing import ClassVar

from engine.errors import YichuangError


class DefinitionError(YichuangError):
    """The definition cannot be executed."""

    problem: ClassVar[str] = "definition-invalid"

    def __init__(self, detail: str, *, element: str | None = None, process: str | None = None) -> None:
        """Say what is wrong and how to mend it.

        :param element: id of the element concerned
        :param process: key of the process that holds it
        """
        self.element = element
        self.process = process
        super().__init__(f"{detail} ({element})" if element else detail)


class StateError(YichuangError):
    """The stored state is damaged, or belongs to another definition."""


class Failure(Exception):
    """A token cannot go on: becomes an incident, and the token keeps its place.

    It never leaves this package. It is raised before anything has changed.
    """
