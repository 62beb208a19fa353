"""What one modeler's extensions say about one element, in the words of `engine.definitions.model.Element`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from engine.definitions.model import IoMapping, Retries, Value


class Said(TypedDict, total=False):
    """Fields of `Element`; those of `Several` are under their own key."""

    documentation: str
    assignee: Value | None
    groups: tuple[Value, ...]
    due: Value | None
    priority: Value | None
    form: str | None
    form_schema: Mapping[str, object] | None
    inputs: tuple[IoMapping, ...]
    outputs: tuple[IoMapping, ...]
    called_element: str | None
    propagate_all_parent: bool
    propagate_all_child: bool
    called_decision: str | None
    script: str | None
    result_variable: str | None
    topic: str | None
    retries: Retries | None
    properties: Mapping[str, str]
    notice: str | None
    limit_notices: Mapping[str, str]


class Several(TypedDict, total=False):
    """Fields of `MultiInstance`."""

    collection: str | None
    element_variable: str | None
    output_collection: str | None
    output_element: str | None
