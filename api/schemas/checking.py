"""What was sent, checked against its model; each fault is told with a JSON pointer (RFC 6901)."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from types import UnionType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from api import strict_json
from engine.errors import FieldError, Invalid

Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], value: dict[str, Any], *, strict: bool) -> Model:
    """What was sent, as the model has it.

    :param strict: whether a text that says a number is none.
    :raises Invalid: with a pointer to each fault.
    """
    said, faults = judged(model, value, strict=strict)
    if faults:
        raise Invalid(errors=faults)
    return said


def judged(model: type[Model], value: dict[str, Any], *, strict: bool) -> tuple[Model, list[FieldError]]:
    """What was sent, as the model has it, and what is wrong with it: that says nothing, as in `blank`.

    What is right beside a fault is not converted, so whoever goes on with it reads JSON values and models of them.
    """
    try:
        return model.model_validate(value, strict=strict), []
    except ValidationError as error:
        return _right(model, value, [e["loc"] for e in error.errors()]), _field_errors(error)


def blank(model: type[Model]) -> Model:
    """An instance that says nothing: what has no default is empty, and is not checked."""
    return _right(model, {}, [])


def _right(model: type[Model], value: dict[str, Any], wrong: Sequence[tuple[int | str, ...]]) -> Model:
    """What of a value is right.

    :param wrong: the places of its faults.
    """
    said: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        inside, kind = [place[1:] for place in wrong if place[:1] == (name,)], field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(value.get(name), dict):
            said[name] = _right(kind, value[name], inside)
        elif name in value and not inside:
            said[name] = value[name]
        elif field.is_required():
            said[name] = _nothing(kind)
    return model.model_construct(**said)


def _nothing(kind: Any) -> Any:
    if typing.get_origin(kind) is typing.Literal:
        return typing.get_args(kind)[0]
    if typing.get_origin(kind) in (typing.Union, UnionType):
        kind = typing.get_args(kind)[0]
    kind = typing.get_origin(kind) or kind
    return blank(kind) if issubclass(kind, BaseModel) else kind()


def _field_errors(error: ValidationError) -> list[FieldError]:
    """What pydantic found, by JSON pointer; nothing of what was sent is repeated."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [_field_error(e["type"], e["loc"], e["msg"]) for e in found]


def _field_error(kind: str, place: tuple[int | str, ...], message: str) -> FieldError:
    if kind == "extra_forbidden":
        return unknown(*place)
    if kind == "missing":
        message = "This field is required"
    return FieldError(strict_json.pointer(*place), f"{message.removeprefix('Value error, ')}.")


def unknown(*place: int | str) -> FieldError:
    """The fault of a member that the model does not name."""
    return FieldError(strict_json.pointer(*place), "There is no field of this name here.")
