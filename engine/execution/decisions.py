"""Everything the execution asks of DMN: the one place that knows its interface."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from engine import dmn
from engine.definitions.model import Element, Process
from engine.errors import YichuangError
from engine.execution.errors import Failure
from engine.execution.expressions import LIMITS, to_json
from engine.execution.model import Ruling, Step


@lru_cache(maxsize=256)
def _parsed(content: bytes, others: tuple[tuple[str, bytes], ...]) -> dmn.DecisionModel:
    return dmn.parse(content, imports=dict(others))


def check(process: Process, element: Element) -> None:
    """Read the decision of a business rule task, so that a fault in it is seen when the definition is compiled.

    :raises YichuangError: when it cannot be read
    :raises Failure: when there is none
    """
    _model(process, element.called_decision)


def decide(process: Process, element: Element, names: Mapping[str, Any], step: Step) -> Ruling:
    """Evaluate the decision that a business rule task calls.

    :raises Failure: when it cannot be evaluated, or rules of one of its tables contradict each other
    """
    decision = element.called_decision or ""
    now = step.now.astimezone(step.zone)
    try:
        found = _model(process, decision).evaluate_with_trace(
            decision, names, functions=step.functions, now=now, limits=LIMITS
        )
    except YichuangError as error:
        raise Failure(f"the decision {decision}: {error.detail}") from error
    for table in found.trace:
        if table.problem:
            raise Failure(f"the decision {decision}: the table {table.decision}: {table.problem}")
    matched = tuple((table.decision, table.rules) for table in found.trace)
    return Ruling(element=element.id, decision=decision, matched=matched, result=to_json(found.value))


def _model(process: Process, decision: str | None) -> dmn.DecisionModel:
    name = process.decisions.get(decision or "")
    files = {file.name: file.content for file in process.files if file.name.endswith(".dmn")}
    content = next((file.content for file in process.files if file.name == name), None)
    if content is None:
        raise Failure(f"there is no decision {decision}")
    return _parsed(content, tuple(sorted(files.items())))
