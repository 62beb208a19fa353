"""The values of a case in the places of a template: what is kept and hashed, personal ones still sealed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from engine.notices.template import Place, Template

#: Version of what is kept of a notice.
CONTENT = 1


def fill(template: Template, evaluate: Callable[[Place], Any]) -> list[Any]:
    """The value of each place, in the order of the places: JSON, with dates and times written out.

    :param evaluate: gives the value of a place's expression, in Python's types.
    """
    return [_written(evaluate(place)) for place in template.places]


def content(name: str, template: str, values: list[Any]) -> dict[str, Any]:
    """What is kept of a notice, and hashed.

    :param name: of the template's file.
    :param template: SHA-256 (hex) of the template's file.
    :param values: from `fill`.
    """
    return {"v": CONTENT, "name": name, "template": template, "values": values}


def _written(value: Any) -> Any:
    """Dates and times as a reader of Chinese writes them; the rest as it is."""
    if isinstance(value, datetime):
        return f"{_date(value)} {value:%H:%M}"
    if isinstance(value, date):
        return _date(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, dict):
        return {str(name): _written(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_written(inner) for inner in value]
    return value


def _date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
