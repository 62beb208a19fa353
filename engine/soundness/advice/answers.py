"""Fields of a form whose answers nobody keeps: a task with output mappings keeps only what they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine import feel, forms
from engine.definitions.model import Process
from engine.execution.places import Level
from engine.soundness.advice.remark import Remark


def remarks(process: Process, levels: Iterable[Level]) -> Iterator[Remark]:
    """Fields that are asked for in vain."""
    for level in levels:
        for place in level.places.values():
            element = place.element
            schema = element.form_schema or process.forms.get(element.form or "")
            if schema is None or not element.outputs or place.kind not in ("userTask", "manualTask"):
                continue
            read = set[str]().union(*(_variables(mapping.source) for mapping in element.outputs))
            read |= set[str]().union(*map(_variables, _expressions(schema)))
            several = element.multi_instance
            if several is not None and several.output_element is not None:
                read |= _variables(several.output_element)
            lost = [field for field in forms.fields(schema) if field.path[0] not in read]
            if lost:
                names = ", ".join(f"“{field.key}”" for field in lost)
                message = (
                    f"the form asks for {names}, but no output mapping of the task reads it, so the answer is not kept "
                    "in the case: map it, or take the field out"
                )
                yield Remark("answer-lost", element.id, message)


def _variables(text: str) -> set[str]:
    try:
        return set(feel.from_modeler(text).variables())
    except feel.FeelError:
        return set()


def _expressions(value: Any) -> Iterator[str]:
    """The form's own expressions."""
    if isinstance(value, str):
        if value.startswith("="):
            yield value[1:]
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _expressions(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _expressions(inner)
