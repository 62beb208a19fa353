"""Where the variables of an evaluation live."""

from __future__ import annotations

import datetime as python
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.feel.limits import Budget, Limits
from engine.feel.model import FeelFunction, Value
from engine.feel.values import to_feel

if TYPE_CHECKING:
    from engine.feel.types import TypeDefinition

_NO_CONTEXT: Mapping[str, object] = {}
_NO_TYPES: Mapping[str, TypeDefinition] = {}


class Runtime:
    """What one evaluation runs with: the host's context, functions and clock, and what is left of the bounds."""

    __slots__ = ("budget", "context", "functions", "limits", "now", "paths", "types")

    budget: Budget
    #: what paths into the context led to, converted once
    paths: dict[tuple[str, ...], Value]

    def __init__(
        self,
        context: Mapping[str, object] | None,
        limits: Limits,
        functions: Mapping[str, FeelFunction],
        now: python.datetime | None = None,
        types: Mapping[str, TypeDefinition] = _NO_TYPES,
    ) -> None:
        """Nothing of the context is read before an expression asks for it."""
        self.context = _NO_CONTEXT if context is None else context
        self.limits = limits
        self.functions = functions
        self.now = now
        self.types = types

    def __getattr__(self, name: str) -> Any:
        # Reached once, for what is not set yet: most expressions need neither, and making them takes time.
        if name == "budget":
            self.budget = Budget(self.limits)
            return self.budget
        if name == "paths":
            self.paths = {}
            return self.paths
        raise AttributeError(name)

    def call(self, function: FeelFunction, arguments: list[Value]) -> Value:
        """Invoke a function value with positional arguments."""
        return function.call(self, arguments, None)


class Scope:
    """A frame of variables within another."""

    __slots__ = ("parent", "runtime", "variables")

    def __init__(self, runtime: Runtime, parent: Scope | None, variables: dict[str, Value]) -> None:
        """:param variables: kept, not copied: a caller may go on filling it"""
        self.runtime = runtime
        self.parent = parent
        self.variables = variables

    def inner(self, variables: dict[str, Value]) -> Scope:
        """A frame within this one."""
        return Scope(self.runtime, self, variables)

    def outside(self, name: str) -> Value:
        """A name that no frame holds: from the host's context, converted once, or else a function."""
        runtime = self.runtime
        context = runtime.context
        found = context.get(name, runtime)
        value = runtime.functions.get(name) if found is runtime else to_feel(found)
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        scope.variables[name] = value
        return value


#: a compiled expression
Code = Callable[[Scope], Value]
