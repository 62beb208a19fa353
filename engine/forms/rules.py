"""Whether an answer obeys the rules of its field. For what a field takes at all see `engine.forms.values`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from engine.forms import messages
from engine.forms.data import MOST_CHARACTERS, too_long
from engine.forms.messages import both
from engine.forms.patterns import matches
from engine.forms.schema import TEXT_TYPES, Component
from engine.forms.values import MOST_DIGITS, NUMBER
from engine.mail_address import is_mail_address

#: Gives a rule's value, evaluated where it is an expression: ``rule("maxLength")``; None where there is none.
Rule = Callable[[str], Any]

# More digits than any number here has, so that nothing is rounded.
_EXACTLY = Context(prec=4 * MOST_DIGITS)

# E.164, as form-js asks for; besides it what is dialled inside China: mobile, area code and number, short numbers.
_PHONE = re.compile(r"(\+|00)[1-9]\d{6,14}|1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|[19]\d{4}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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


def _day(value: str) -> date | None:
    return date.fromisoformat(value[:10]) if _DATE.fullmatch(value[:10]) else None


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
        case "email" if not is_mail_address(text):
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
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        number = Decimal(str(value))
        return number if number.is_finite() else None
    return None
