"""What may be in a case's data: JSON that means the same wherever it is read again.

Numbers survive a round trip through IEEE doubles, since canonical JSON (RFC 8785) knows nothing else; text
can be written as UTF-8 and stored by every database; depth and size are bounded. Not for what a form asks:
see `engine.forms.validation`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import orjson

from engine.errors import FieldError, Invalid
from engine.forms import messages
from engine.forms.messages import both

#: What JSON can hold, as Python has it.
Json: TypeAlias = Any

#: Levels of objects and lists, the outermost one included.
MOST_LEVELS = 16
#: Bytes of the data written as JSON in UTF-8.
MOST_BYTES = 256 * 1024
#: Characters (code points) of one text, where a form does not say otherwise.
MOST_CHARACTERS = 10_000
MOST_KEY_CHARACTERS = 100
#: Integers beyond this are not all doubles (RFC 7493 §2.2), and canonical JSON has no other numbers.
LARGEST_NUMBER = 2**53 - 1
#: Names that expressions read besides the case's own variables; data must not hide them.
RESERVED = frozenset({"case", "matter", "window"})
#: Names that JavaScript gives a meaning of its own when an object is filled.
UNSAFE_KEYS = frozenset({"__proto__", "constructor", "prototype"})

_MOST_ERRORS = 50
# All control characters but tab, line feed and carriage return; and halves of surrogate pairs, which no
# UTF-8 can hold. U+0000 in particular is refused by PostgreSQL.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

# How numbers that no double holds are kept (`engine.execution`): text that looks so would come back as a number.
_EXACT_NUMBER = re.compile(r"decimal:-?\d+(\.\d+)?")


def pointer_of(base: str, path: Sequence[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a place below a base pointer."""
    return base + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def exact_number(value: int | float | Decimal) -> int | float | None:
    """The number as canonical JSON gives it back, or None where it would come back as another.

    Whole numbers become ``int``, so that 5 and 5.0 are the same data before and after storing.
    """
    if isinstance(value, Decimal):
        if not value.is_finite():
            return None
        approximate = float(value)
        if math.isinf(approximate) or Decimal(repr(approximate)) != value:
            return None
        value = approximate
    elif isinstance(value, float) and not math.isfinite(value):
        return None
    if abs(value) > LARGEST_NUMBER:
        return None
    return int(value) if value == int(value) else value


def text_fault(text: str) -> str | None:
    """What keeps a text from being stored, or None."""
    if _UNPRINTABLE.search(text):
        return messages.CONTROL
    return messages.EXACT_NUMBER if _EXACT_NUMBER.fullmatch(text) else None


def key_fault(key: str) -> str | None:
    """What keeps a name from being a name in the data, or None."""
    if not key or len(key) > MOST_KEY_CHARACTERS:
        return both(f"名称应为 1 至 {MOST_KEY_CHARACTERS} 个字符", f"a name has 1 to {MOST_KEY_CHARACTERS} characters")
    if not key.isprintable():
        return messages.CONTROL
    if key in UNSAFE_KEYS:
        return both(f"不能使用名称 {key}", f"the name {key} cannot be used")
    return None


def check_json(
    data: object,
    *,
    pointer: str = "/data",
    reserved: frozenset[str] = RESERVED,
    most_characters: int = MOST_CHARACTERS,
) -> dict[str, Json]:
    """Check free case data and give it back as plain JSON, shared with nothing.

    :param data: an object as a JSON parser gives it. Parsed with ``parse_float=Decimal`` it keeps what
        the sender wrote, so that digits which a double cannot hold are noticed
    :param pointer: where the data stands in the input, for the errors
    :param reserved: names that must not stand at the top
    :raises Invalid: with a pointer to each fault (the first fifty)
    """
    errors: list[FieldError] = []
    if not isinstance(data, Mapping):
        raise _invalid([FieldError(pointer, messages.NOT_OBJECT)])
    copied = _Copy(pointer, errors, most_characters).of(data, ())
    errors.extend(
        FieldError(pointer_of(pointer, [name]), both(f"名称 {name} 由系统使用", f"{name} is a name of the system's"))
        for name in data
        if name in reserved
    )
    if not errors:
        size = len(orjson.dumps(copied))
        if size > MOST_BYTES:
            errors.append(
                FieldError(
                    pointer,
                    both(
                        f"数据共 {size} 字节，最多 {MOST_BYTES} 字节",
                        f"has {size} bytes, at most {MOST_BYTES} are taken",
                    ),
                )
            )
    if errors:
        raise _invalid(errors)
    return dict(copied)


def _invalid(errors: Sequence[FieldError]) -> Invalid:
    return Invalid(both("数据有误", "the data has faults"), errors=errors[:_MOST_ERRORS])


class _Copy:
    """One walk through the data."""

    def __init__(self, pointer: str, errors: list[FieldError], most_characters: int) -> None:
        self.pointer = pointer
        self.errors = errors
        self.most_characters = most_characters

    def of(self, value: object, path: tuple[str | int, ...]) -> Json:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, (int, float, Decimal)):
            return self._number(value, path)
        if isinstance(value, (Mapping, list, tuple)):
            if len(path) >= MOST_LEVELS:
                deep = both(f"嵌套超过 {MOST_LEVELS} 层", f"is nested deeper than {MOST_LEVELS} levels")
                return self._fault(path, deep)
            if isinstance(value, Mapping):
                return self._object(value, path)
            return [self.of(item, (*path, index)) for index, item in enumerate(value)]
        return self._fault(path, both("不是 JSON 数据", f"is no JSON: {type(value).__name__}"))

    def _object(self, value: Mapping[object, object], path: tuple[str | int, ...]) -> dict[str, Json]:
        copied: dict[str, Json] = {}
        for key, item in value.items():
            fault = key_fault(key) if isinstance(key, str) else messages.NOT_TEXT
            if fault:
                # The name itself may be what cannot be written: the pointer shows its escaped form.
                shown = ascii(str(key))[1:-1][:MOST_KEY_CHARACTERS]
                self._fault((*path, shown), fault)
            else:
                copied[str(key)] = self.of(item, (*path, str(key)))
        return copied

    def _text(self, text: str, path: tuple[str | int, ...]) -> str:
        if fault := text_fault(text):
            self._fault(path, fault)
        elif len(text) > self.most_characters:
            self._fault(path, too_long(self.most_characters))
        return text

    def _number(self, number: int | float | Decimal, path: tuple[str | int, ...]) -> Json:
        exact = exact_number(number)
        if exact is None:
            finite = isinstance(number, int) or Decimal(number).is_finite()
            return self._fault(path, messages.PRECISION if finite else messages.NOT_FINITE)
        return exact

    def _fault(self, path: Sequence[str | int], message: str) -> None:
        self.errors.append(FieldError(pointer_of(self.pointer, path), message))


def too_long(most: int) -> str:
    """The message about a text of too many characters."""
    return both(f"最多 {most} 个字符", f"must have at most {most} characters")
