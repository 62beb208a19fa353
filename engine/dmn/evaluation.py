"""What one evaluation of a decision carries along: bounds, and which rules held."""

from __future__ import annotations

import datetime as python
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.feel.limits import Limits
from engine.feel.model import FeelFunction, Value
from engine.feel.scope import Runtime
from engine.feel.types import Types


@dataclass(frozen=True, slots=True)
class Matched:
    """The rules that held when a decision table was evaluated."""

    #: name of the decision or business knowledge model that the table belongs to
    decision: str
    #: numbers of the rules from 1, in the order of the table
    rules: tuple[int, ...]
    #: the rules' ids in the file, empty where they have none
    rule_ids: tuple[str, ...] = ()
    #: why the table gave null although rules held, empty otherwise
    problem: str = ""


@dataclass(eq=False)
class Evaluation:
    """One evaluation, across the models that take part."""

    context: Mapping[str, Any]
    functions: Mapping[str, FeelFunction]
    now: python.datetime | None
    limits: Limits
    trace: list[Matched] = field(default_factory=list)
    _first: Runtime | None = None

    def runtime(self, types: Types, *, closed: bool = False) -> Runtime:
        """A runtime for expressions of a model with these types; the bounds are shared.

        :param closed: without the caller's context, as within a decision service
        """
        runtime = Runtime(None if closed else self.context, self.limits, self.functions, self.now, types)
        if self._first is None:
            self._first = runtime
        else:
            runtime.budget = self._first.budget
        return runtime

    @property
    def budget_runtime(self) -> Runtime:
        """Any runtime of this evaluation."""
        return self.runtime({}) if self._first is None else self._first


#: evaluates a compiled boxed expression or element
Logic = Callable[[Evaluation, Any], Value]
