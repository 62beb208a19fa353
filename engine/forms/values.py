"""What each type of field takes: from what was sent to what is kept, and whether that obeys the field's rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from engine.forms import messages
from engine.forms.data import MOST_CHARACTERS, exact_number, too_long
from engine.forms.messages import both
from engine.forms.options import Option, chosen
from engine.forms.patterns import matches
from engine.forms.places import same
from engine.forms.schema import MULTIPLE_CHOICE_TYPES, SINGLE_CHOICE_TYPES, TEXT_TYPES, Component

#: Gives a rule's value, evaluated where it is an expression: ``rule("maxLength")``; None where there is none.
Rule = Callable[[str], Any]

#: Digits before and after the point of a number that is kept as text (`serializeToString`).
_MOST_DIGITS = 50
_MOST_FILE_NAME = 200

# More digits than any number here has, so that nothing is rounded.
_EXACTLY = Context(prec=4 * _MOST_DIGITS)

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_EMAIL = re.compile(r"[^\s@]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
# E.164, as form-js asks for; besides it what is dialled inside China: mobile, area code and number, short numbers.
_PHONE = re.compile(r"(\+|00)[1-9]\d{6,14}|1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|[19]\d{4}", re.ASCII)
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


def broken_rules(component: Component, value: Any, rule: Rule, today: date | None) -> Iterator[str]:
    """A message for each of the field's rules that the value, already coerced, does not obey."""
    if unanswered(component, value):
        if component.required:
            yield messages.REQUIRED
    elif component.type in TEXT_TYPES:
        yield from _text_rules(component, value, rule)
    elif component.type == "number":
        yield from _number_rules(component, Decimal(str(value)), rule)
    elif component.type == "datetime" and today is not None and component.raw.get("disallowPassedDates") is True:
        day = _day(value)
        if day is not None and day < today:
            yield messages.IN_THE_PAST


def unanswered(component: Component, value: Any) -> bool:
    """Whether the value, already coerced, is no answer; blanks alone are none, nor is a box left unticked."""
    if component.type == "checkbox":
        return value is not True
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


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
        if not _NUMBER.fullmatch(plain):
            raise Fault(messages.NOT_NUMBER)
        number = Decimal(plain)
    elif isinstance(sent, bool) or not isinstance(sent, (int, float)):
        raise Fault(messages.NOT_NUMBER)
    else:
        number = Decimal(str(sent))
    if component.raw.get("serializeToString") is True:
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or number.adjusted() > _MOST_DIGITS or exponent < -_MOST_DIGITS:
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
    return sent


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


def _day(value: str) -> date | None:
    return date.fromisoformat(value[:10]) if _DATE.fullmatch(value[:10]) else None


def _option(value: Any, options: tuple[Option, ...]) -> Any:
    option = chosen(options, value)
    if option is None:
        shown = "、".join(str(each.value) for each in options[:10])
        raise Fault(f"{messages.NO_OPTION}: {shown}" if shown else messages.NO_OPTION)
    return option.value


def _text_rules(component: Component, text: str, rule: Rule) -> Iterator[str]:
    # As form-js counts: without the blanks at both ends.
    length = len(text.strip())
    least, most = as_number(rule("minLength")), as_number(rule("maxLength"))
    if least is not None and length < least:
        yield both(f"至少 {least} 个字符", f"must have at least {least} characters")
    if length > (MOST_CHARACTERS if most is None else most):
        yield too_long(MOST_CHARACTERS if most is None else int(most))
    pattern = component.rules.get("pattern")
    if isinstance(pattern, str) and pattern and not matches(pattern, text):
        own = component.rules.get("patternErrorMessage")
        yield own if isinstance(own, str) and own else both("格式不符", f"must match the pattern {pattern}")
    match component.rules.get("validationType"):
        case "email" if not _EMAIL.fullmatch(text.strip()):
            yield messages.NOT_EMAIL
        case "phone" if not _PHONE.fullmatch(text.strip()):
            yield messages.NOT_PHONE


def _number_rules(component: Component, number: Decimal, rule: Rule) -> Iterator[str]:
    digits, step = as_number(component.raw.get("decimalDigits")), as_number(component.raw.get("increment"))
    exponent = _EXACTLY.normalize(number).as_tuple().exponent
    if digits is not None and isinstance(exponent, int) and -exponent > digits:
        if digits == 0:
            yield messages.NOT_INTEGER
        else:
            yield both(f"最多 {digits} 位小数", f"must have at most {digits} decimal digits")
    if step and Fraction(number) % Fraction(step) != 0:
        yield both(f"应为 {step} 的倍数", f"must be a multiple of {step}")
    least, most = as_number(rule("min")), as_number(rule("max"))
    if least is not None and number < least:
        yield both(f"不能小于 {least}", f"must be at least {least}")
    if most is not None and number > most:
        yield both(f"不能大于 {most}", f"must be at most {most}")


def as_number(value: Any) -> Decimal | None:
    """A rule's number, which form-js also writes as text; None for what is none."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        number = Decimal(str(value))
        return number if number.is_finite() else None
    return None

