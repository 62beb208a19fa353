"""Finds what was sent and is not on the form, so that no misspelt name is lost without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import FieldError
from engine.forms import messages
from engine.forms.data import pointer_of
from engine.forms.places import Path
from engine.forms.schema import Component, MadeOnce


@dataclass
class _Names:
    """What may stand in an object: a field, another object, or a list of objects."""

    below: dict[str, _Names | None] = field(default_factory=dict)
    is_list: bool = False


def unknown_fields(components: tuple[Component, ...], answers: Mapping[str, Any]) -> Iterator[FieldError]:
    """An error for each name that is no field, and for each object or list that is none."""
    return _compare(_names_of(components), answers, ())


@MadeOnce
def _names_of(components: tuple[Component, ...]) -> _Names:
    return _names(components, _Names())


def _names(components: tuple[Component, ...], names: _Names) -> _Names:
    for component in components:
        if component.keyed:
            _inner(names, component.path[:-1]).below[component.path[-1]] = None
        elif component.repeating and component.path:
            _names(component.children, _inner(names, component.path)).is_list = True
        else:
            _inner(names, component.path)
            _names(component.children, names)
    return names


def _inner(names: _Names, path: tuple[str, ...]) -> _Names:
    for part in path:
        found = names.below.get(part)
        if found is None:
            found = names.below[part] = _Names()
        names = found
    return names


def _compare(names: _Names, answers: Mapping[str, Any], path: Path) -> Iterator[FieldError]:
    for name, value in answers.items():
        here = (*path, name)
        if name not in names.below:
            yield FieldError(pointer_of("/data", here), messages.UNKNOWN)
            continue
        inner = names.below[name]
        if inner is None or value is None:
            continue
        if not inner.is_list:
            yield from _object(inner, value, here)
        elif isinstance(value, list):  # else the filling says that it must be one
            for index, item in enumerate(value):
                yield from _object(inner, item, (*here, index))


def _object(names: _Names, value: Any, path: Path) -> Iterator[FieldError]:
    if isinstance(value, Mapping):
        yield from _compare(names, value, path)
    else:
        yield FieldError(pointer_of("/data", path), messages.NOT_OBJECT)
