"""What was sent, checked against its model; each fault is told with a JSON pointer (RFC 6901)."""

from __future__ import annotations

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
    try:
        return model.model_validate(value, strict=strict)
    except ValidationError as error:
        raise Invalid(errors=_field_errors(error)) from None


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
