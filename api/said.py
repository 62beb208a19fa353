"""What somebody said with a step: its reason, note or remark, wherever the kind of entry keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def payload(given: Mapping[str, Any]) -> Any:
    """The values that came with a step.

    :param given: the input of its entry.
    """
    return given.get("data") or given.get("payload") or {}


def reason(given: Mapping[str, Any]) -> Any:
    """Why it was done, as whoever did it or the message said; None where nothing was said."""
    carried = payload(given)
    return given.get("reason") or (carried.get("reason") if isinstance(carried, dict) else None)


def why(given: Mapping[str, Any]) -> str:
    """The reason, or what else was said with it; empty where nothing was."""
    return str(given.get("text") or given.get("note") or given.get("comment") or reason(given) or "")
