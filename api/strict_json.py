"""Reading JSON without losing anything: what cannot be kept as it was sent is refused, not bent.

Python's reader takes the last of two members of one name, knows NaN, and rounds numbers to doubles. Case
data is canonical JSON (RFC 8785), so a number that a double cannot hold must be refused where it comes in.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.errors import FieldError, Invalid, Malformed

#: Largest integer that every JSON reader keeps exactly (RFC 8259 §6).
LARGEST = 2**53 - 1
#: Objects and lists within each other; forms and case data need a few.
_DEEPEST = 100
#: Digits beyond which a number is not even converted.
_LONGEST = 400


class _Lossy:
    """Stands for a number that a double cannot hold."""


_LOSSY = _Lossy()


def parse(text: bytes) -> Any:
    """The value of a JSON text in UTF-8. `Malformed` where it is none, `Invalid` where it cannot be kept."""
    value, faults = read(text)
    if faults:
        raise Invalid(errors=faults)
    return value


def read(text: bytes) -> tuple[Any, list[FieldError]]:
    """The value of a JSON text in UTF-8, and what of it cannot be kept: null stands there in the value.

    :raises Malformed: where it is none.
    """
    try:
        value = json.loads(
            text.decode("utf-8"),
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise Malformed("The body nests too deeply.") from None
    errors: list[FieldError] = []
    return _kept(value, "", 0, errors), errors


def pointer(*path: str | int) -> str:
    """The JSON pointer (RFC 6901) of a place given by names and indexes from the root."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def steps_of(pointer: str) -> list[str]:
    """The names and indexes, as texts, of a JSON pointer that is not that of the root: what `pointer` was made of."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def _integer(digits: str) -> int | _Lossy:
    if len(digits) > 17 or abs(number := int(digits)) > LARGEST:
        return _LOSSY
    return number


def _number(digits: str) -> float | _Lossy:
    if len(digits) > _LONGEST:
        return _LOSSY
    number = float(digits)
    try:
        return number if Decimal(repr(number)) == Decimal(digits) else _LOSSY
    except InvalidOperation:
        return _LOSSY


def _constant(name: str) -> Any:
    raise Malformed(f"The body is not JSON: {name} is no number.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Malformed("The body has an object with two members of the same name.")
    return members


def _kept(value: Any, at: str, depth: int, errors: list[FieldError]) -> Any:
    if depth > _DEEPEST:
        raise Malformed("The body nests too deeply.")
    if isinstance(value, str) and not _storable(value):
        errors.append(FieldError(at, "The text has a character that cannot be stored (U+0000 or half a pair)."))
        return None
    if value is _LOSSY:
        errors.append(
            FieldError(at, "The number cannot be kept exactly: send it as a text, or with at most 15 digits.")
        )
        return None
    if isinstance(value, dict):
        storable = {name: member for name, member in value.items() if _storable(name)}
        if len(storable) < len(value):
            errors.append(FieldError(at, "A member's name has a character that cannot be stored."))
        return {name: _kept(member, at + pointer(name), depth + 1, errors) for name, member in storable.items()}
    if isinstance(value, list):
        return [_kept(item, f"{at}/{index}", depth + 1, errors) for index, item in enumerate(value)]
    return value


def _storable(text: str) -> bool:
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)
