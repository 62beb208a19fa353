"""What one evaluation of a decision carries along: bounds, and which rules held."""

from __future__ import annotations

import datetime as python
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.feel.limits import Budget
from engine.feel.model import FeelFunction
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
    """One evaluation, across the models that take part: they share its bounds and its trace."""

    functions: Mapping[str, FeelFunction]
    now: python.datetime | None
    budget: Budget
    trace: list[Matched] = field(default_factory=list)

    def runtime(self, context: Mapping[str, Any], types: Types) -> TracingRuntime:
        """A runtime for the expressions of a model."""
        runtime = TracingRuntime(context, self.budget.limits, self.functions, self.now, types)
        runtime.budget = self.budget
        runtime.evaluation = self
        return runtime


class TracingRuntime(Runtime):
    """A runtime that knows its evaluation, so that tables can leave a trace."""

    __slots__ = ("evaluation",)

    evaluation: Evaluation
