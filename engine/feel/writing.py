"""FEEL's values as text: what ``string()`` gives (DMN 1.5 table 75)."""

from __future__ import annotations

from decimal import Decimal

from engine.feel.lexer import quote
from engine.feel.limits import Budget, Limits
from engine.feel.model import Range, Value
from engine.feel.names import KEYWORDS, is_irregular
from engine.feel.numbers import write_number
from engine.feel.temporal import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.temporal_text import write_date, write_datetime, write_days_time, write_time, write_years_months


def write_value(value: Value, budget: Budget | None = None) -> str:
    """The value as text: a string as it is, strings within lists and contexts in quotes.

    :raises FeelLimitError: when the text is too long
    """
    if isinstance(value, str):
        return value
    return _write(value, Budget(Limits()) if budget is None else budget)


def _write(value: Value, budget: Budget) -> str:
    text = _compose(value, budget)
    budget.produce(len(text))
    return text


def _compose(value: Value, budget: Budget) -> str:
    budget.spend(5)
    if value is None:
        return "null"
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return write_number(value)
        case str():
            return quote(value)
        case list():
            return "[" + ", ".join(_write(item, budget) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{_key(key)}: {_write(item, budget)}" for key, item in value.items()) + "}"
        case Date():
            return write_date(value)
        case Time():
            return write_time(value)
        case DateTime():
            return write_datetime(value)
        case DaysTimeDuration():
            return write_days_time(value)
        case YearsMonthsDuration():
            return write_years_months(value)
        case Range():
            return _range(value, budget)
    return repr(value)


def _key(key: str) -> str:
    return quote(key) if not key or is_irregular(key) or key in KEYWORDS else key


def _range(value: Range, budget: Budget) -> str:
    if value.operator is not None:
        endpoint = value.start if value.end is None else value.end
        return f"({value.operator} {_write(endpoint, budget)})"
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{_write(value.start, budget)}..{_write(value.end, budget)}{closing}"
