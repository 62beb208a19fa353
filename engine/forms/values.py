"""What each type of field takes: from what was sent to what is kept. For a field's rules see `engine.forms.rules`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from engine.forms import messages
from engine.forms.data import exact_number
from engine.forms.messages import both
from engine.forms.options import Option, chosen
from engine.forms.places import same
from engine.forms.schema import MULTIPLE_CHOICE_TYPES, SINGLE_CHOICE_TYPES, TEXT_TYPES, Component

#: Digits before and after the point of a number that is kept as text (`serializeToString`).
MOST_DIGITS = 50
_MOST_FILE_NAME = 200

#: A number as people and programs write it.
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_TIME = re.compile(r"(\d{2}:\d{2})(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Fault(Exception):
    """A value that the field cannot take; the message is for the person who sent it."""


def coerced(component: Component, sent: Any) -> Any:
    """What was sent, as the field keeps it; null and the empty text are no answer.

    Text is taken for numbers and truth values, since plain pages send nothing else.

    :raises Fault: when it is of another type
    """
    kind = component.type
    if sent is None:
        return component.empty
    if kind in TEXT_TYPES:
        return _text(sent, one_line=kind == "textfield")
    if kind in MULTIPLE_CHOICE_TYPES:
        return _choices(sent)
    if sent == "":
        return component.empty
    if kind in SINGLE_CHOICE_TYPES:
        return sent
    return _SIMPLE[kind](component, sent)


def among(component: Component, value: Any, options: tuple[Option, ...]) -> Any:
    """The answer to a choice, as the options have it.

    :raises Fault: when an answer is none of them, or is given twice
    """
    if component.type in SINGLE_CHOICE_TYPES:
        return value if value is None else _option(value, options)
    found = [_option(item, options) for item in value]
    if any(same(item, other) for n, item in enumerate(found) for other in found[:n]):
        raise Fault(messages.REPEATED)
    return found


def still_among(component: Component, value: Any, options: tuple[Option, ...]) -> Any:
    """The case's answer to a choice as far as the options still have it; nothing, where they do not."""
    if component.type in MULTIPLE_CHOICE_TYPES:
        return [item for item in value if any(same(item, option.value) for option in options)]
    return value if any(same(value, option.value) for option in options) else component.empty


def spelled_out(component: Component, value: Any, options: tuple[Option, ...]) -> Any:
    """What was sent, with the options' own values in place of text that spells them; the rest as it was sent."""
    if component.type in MULTIPLE_CHOICE_TYPES:
        return [option.value if (option := chosen(options, item)) else item for item in value]
    option = chosen(options, value)
    return option.value if option else value


def _text(sent: Any, *, one_line: bool) -> str:
    if isinstance(sent, bool) or not isinstance(sent, (str, int, float)):
        raise Fault(messages.NOT_TEXT)
    text = str(sent)
    return re.sub(r"\r\n|[\r\n\t]", " ", text) if one_line else text


def _choices(sent: Any) -> list[Any]:
    if not isinstance(sent, list):
        raise Fault(messages.NOT_LIST)
    return sent


def _number(component: Component, sent: Any) -> int | float | str:
    if isinstance(sent, str):
        plain = unicodedata.normalize("NFKC", sent).strip()
        if not NUMBER.fullmatch(plain):
            raise Fault(messages.NOT_NUMBER)
        number = Decimal(plain)
    elif isinstance(sent, bool) or not isinstance(sent, (int, float)):
        raise Fault(messages.NOT_NUMBER)
    else:
        number = Decimal(str(sent))
    if component.raw.get("serializeToString") is True:
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or number.adjusted() > MOST_DIGITS or exponent < -MOST_DIGITS:
            raise Fault(messages.PRECISION)
        return format(number, "f")
    exact = exact_number(number)
    if exact is None:
        raise Fault(messages.PRECISION)
    return exact


def _checkbox(_component: Component, sent: Any) -> bool:
    if isinstance(sent, bool):
        return sent
    if sent in ("true", "false"):
        return bool(sent == "true")
    raise Fault(messages.NOT_BOOLEAN)


def _file(component: Component, sent: Any) -> Any:
    several = sent if isinstance(sent, list) and component.raw.get("multiple") else [sent]
    if not all(isinstance(name, str) and 0 < len(name) <= _MOST_FILE_NAME for name in several):
        raise Fault(messages.NOT_FILE)
    return several if component.raw.get("multiple") else sent


def _datetime(component: Component, sent: Any) -> str:
    if not isinstance(sent, str):
        raise Fault(messages.NOT_DATE)
    subtype = component.raw.get("subtype", "date")
    if subtype == "time":
        return _time(component, sent.strip(), date(2000, 1, 1))[1]
    day_text, _, time_text = sent.strip().partition("T")
    try:
        if not _DATE.fullmatch(day_text):
            raise ValueError
        day = date.fromisoformat(day_text)
    except ValueError:
        raise Fault(messages.NOT_DATE) from None
    if subtype == "datetime":
        return "T".join(_time(component, time_text, day))
    if time_text:
        raise Fault(messages.NOT_DATE)
    return day_text


def _time(component: Component, sent: str, day: date) -> tuple[str, str]:
    """Day and time in the field's format, with seconds, which FEEL requires."""
    shape = component.raw.get("timeSerializingFormat", "no_timezone")
    found = _TIME.fullmatch(sent)
    example = {"no_timezone": "09:30", "utc_normalized": "01:30Z"}.get(shape, "09:30+08:00")
    fault = Fault(both(f"时间应如 {example}", f"the time must look like {example}"))
    if not found or (found[4] is None) != (shape == "no_timezone"):
        raise fault
    try:
        moment = datetime.combine(day, time.fromisoformat(f"{found[1]}{found[2] or ':00'}{found[4] or ''}"))
        if shape == "utc_normalized":
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise fault from None
    written = moment.timetz().isoformat()
    return moment.date().isoformat(), written.replace("+00:00", "Z") if shape == "utc_normalized" else written


_SIMPLE: dict[str, Callable[[Component, Any], Any]] = {
    "number": _number,
    "checkbox": _checkbox,
    "datetime": _datetime,
    "filepicker": _file,
    "expression": lambda _component, sent: sent,
}


def _option(value: Any, options: tuple[Option, ...]) -> Any:
    option = chosen(options, value)
    if option is None:
        shown = "、".join(str(each.value) for each in options[:10])
        raise Fault(f"{messages.NO_OPTION}: {shown}" if shown else messages.NO_OPTION)
    return option.value
