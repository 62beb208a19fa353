"""The fields of a form, for those who draw, seal or describe them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.forms.options import Option
from engine.forms.schema import Component, MadeOnce, Schema, read

#: In a path, stands for each item of a list.
EACH = "*"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field that holds a value."""

    #: Where the value stands in the case's data; `EACH` for the items of a list.
    path: tuple[str, ...]
    #: form-js type, such as ``textfield``.
    type: str
    #: As the designer wrote it.
    label: str
    #: Whether it can never be answered: it is read-only, or off.
    locked: bool
    #: Whether an answer is required; of what can never be answered none is.
    required: bool
    #: The options that stand in the schema; those computed from data are not known here.
    options: tuple[Option, ...]
    #: Sealed before it is recorded: the custom property ``personal`` is set on it or on what contains it.
    personal: bool

    @property
    def key(self) -> str:
        """The path, dotted."""
        return ".".join(self.path)


@MadeOnce
def fields(schema: Schema) -> tuple[Field, ...]:
    """All fields that hold a value, in document order."""
    return tuple(_fields(read(schema), ()))


def _fields(components: tuple[Component, ...], scope: tuple[str, ...]) -> list[Field]:
    found: list[Field] = []
    for component in components:
        if component.keyed:
            found.append(
                Field(
                    path=scope + component.path,
                    type=component.type,
                    label=component.label,
                    locked=component.locked,
                    required=component.required and not component.locked,
                    options=component.options,
                    personal=component.personal,
                )
            )
        below = (*scope, *component.path, EACH) if component.repeating else scope
        found.extend(_fields(component.children, below))
    return found
