"""Everything the execution asks of DMN: the one place that knows its interface."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from engine import dmn
from engine.definitions.model import Element, Process
from engine.errors import YichuangError
from engine.execution.errors import Failure
from engine.execution.model import Ruling, Step


@lru_cache(maxsize=256)
def _parsed(content: bytes) -> Any:
    return dmn.parse(content)


def check(process: Process, element: Element) -> None:
    """Read the decision of a business rule task, so that a fault in it is seen when the definition is compiled.

    :raises YichuangError: when there is none, or it cannot be read
    """
    _parsed(_content(process, element.called_decision))


def decide(process: Process, element: Element, names: Mapping[str, Any], step: Step) -> Ruling:
    """Evaluate the decision that a business rule task calls.

    :raises Failure: when it cannot be evaluated
    """
    decision = element.called_decision or ""
    try:
        found = _parsed(_content(process, decision)).evaluate(decision, names)
    except YichuangError as error:
        raise Failure(f"the decision {decision}: {error.detail}") from error
    return Ruling(element=element.id, decision=decision, matched=(), result=found)


def _content(process: Process, decision: str | None) -> bytes:
    name = process.decisions.get(decision or "")
    for file in process.files:
        if file.name == name:
            return file.content
    raise Failure(f"there is no decision {decision}")
