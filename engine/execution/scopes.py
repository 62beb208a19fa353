"""Where a case's variables live: a tree of scopes, kept beside the tokens.

The process instance has one, each called process has one, each multi-instance activity and each of its
instances has one, and an activity with input mappings has one of its own. Reading falls through to the
scopes outside; a called process that does not take all variables of its caller sees none of them.

Writing goes to the nearest scope that keeps results: the process, the called process, or the instance of a
multi-instance activity. On the way there a scope of input mappings keeps what bears the name of one of its
inputs and lets the rest pass, so that what is decided inside a subprocess is not lost with its inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Scope:
    """Variables of one place, and what lies around it."""

    id: int
    #: The scope around it, None at the top and where a called process sees nothing of its caller.
    parent: int | None
    #: Whether results stay here.
    keeps: bool
    variables: dict[str, Any] = field(default_factory=dict)
    #: Names that were given from outside, not made inside.
    given: list[str] = field(default_factory=list)


class Scopes:
    """All scopes of a case."""

    ROOT = 0

    def __init__(self) -> None:
        """Start with none."""
        self._scopes: dict[int, Scope] = {}
        self._next = 0
        #: How often something was changed: as long as it is the same, every expression sees the same variables.
        self.changes = 0

    def open(self, parent: int | None, variables: Mapping[str, Any], *, keeps: bool) -> int:
        """A new scope with variables given to it."""
        scope = Scope(self._next, parent, keeps, dict(variables), list(variables))
        self._scopes[scope.id] = scope
        self._next += 1
        self.changes += 1
        return scope.id

    def close(self, id: int) -> None:
        """Forget a scope and its variables."""
        del self._scopes[id]
        self.changes += 1

    def give(self, id: int, variables: Mapping[str, Any]) -> None:
        """Put variables from outside into a scope."""
        scope = self._scopes[id]
        self.changes += 1
        scope.variables.update(variables)
        scope.given.extend(name for name in variables if name not in scope.given)

    def put(self, id: int, name: str, value: Any) -> None:
        """Write in this very scope."""
        self._scopes[id].variables[name] = value
        self.changes += 1

    def assign(self, id: int, results: Mapping[str, Any]) -> None:
        """Write results that were made in a scope where they belong."""
        self.changes += 1
        for name, value in results.items():
            scope = self._scopes[id]
            while not scope.keeps and name not in scope.variables and scope.parent is not None:
                scope = self._scopes[scope.parent]
            scope.variables[name] = value

    def layers(self, id: int) -> list[dict[str, Any]]:
        """The variables visible from a scope, innermost first. Not to be changed."""
        found = []
        at: int | None = id
        while at is not None:
            scope = self._scopes[at]
            found.append(scope.variables)
            at = scope.parent
        return found

    def visible(self, id: int) -> dict[str, Any]:
        """The variables visible from a scope, as one mapping."""
        merged: dict[str, Any] = {}
        for layer in reversed(self.layers(id)):
            merged.update(layer)
        return merged

    def variables(self, id: int) -> dict[str, Any]:
        """The variables of this very scope. Not to be changed."""
        return self._scopes[id].variables

    def made(self, id: int) -> dict[str, Any]:
        """The variables of a scope that were made inside it."""
        scope = self._scopes[id]
        return {name: value for name, value in scope.variables.items() if name not in scope.given}

    def overlay(self, later: Scopes) -> None:
        """Take over the variables of the scopes that are still there later; no id is given twice."""
        self.changes += 1
        for id, scope in later._scopes.items():
            if id in self._scopes:
                self._scopes[id] = scope
        self._next = max(self._next, later._next)

    def dump(self) -> list[Any]:
        """As JSON."""
        rows = [[s.id, s.parent, int(s.keeps), s.given, s.variables] for s in self._scopes.values()]
        return [self._next, rows]

    @classmethod
    def load(cls, dumped: list[Any]) -> Scopes:
        """From `dump`."""
        scopes = cls()
        scopes._next, rows = dumped
        for id, parent, keeps, given, variables in rows:
            scopes._scopes[id] = Scope(id, parent, bool(keeps), variables, given)
        return scopes
