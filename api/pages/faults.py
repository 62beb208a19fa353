"""What is wrong with a form, for its fields."""

from __future__ import annotations

from collections.abc import Iterable

from api.pages.look import in_language
from engine.errors import FieldError


def told(faults: Iterable[FieldError]) -> dict[str, str]:
    """What is wrong, by the first name in each pointer."""
    told: dict[str, str] = {}
    for fault in faults:
        field = fault.pointer.split("/")[1] if "/" in fault.pointer else ""
        told[field] = "; ".join(filter(None, [told.get(field), in_language(fault.message)]))
    return told
