"""ISO 8601 texts of timers: date and time, duration, repeating interval (BPMN 2.0.2 §10.5.5.2, ISO 8601-1 §5).

Only whether a text is one; when it is due is for the execution.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

#: The children of a timer event definition.
TIMER_KINDS: Final = ("timeDate", "timeDuration", "timeCycle")

_DURATION = re.compile(
    r"P(?=[\dT])(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?",
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?")
_REPEAT = re.compile(r"R(\d*)")
_LITERAL = re.compile(r"[-+]?P[\dT]|R-?\d*/|\d{4}|[\d*]+(\s+\S+){4,6}$")


def is_literal(text: str) -> bool:
    """Whether the text is meant as ISO 8601 (or as a cron line), well written or not, and not as an expression."""
    return _LITERAL.match(text) is not None


def literal_fault(kind: str, text: str) -> str | None:
    """What is wrong with a timer's literal text, and how to mend it; None if it is fine.

    :param kind: ``timeDate``, ``timeDuration`` or ``timeCycle``
    """
    if kind == "timeDate":
        if not _is_instant(text):
            return f"“{text}” is no date and time: write it like 2026-03-31T17:00:00+08:00"
        return None
    if kind == "timeDuration":
        return _duration_fault(text)
    return _cycle_fault(text)


def _is_instant(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _duration_fault(text: str) -> str | None:
    if text.startswith(("-", "+")):
        return f"“{text}” has a sign: a timer waits for a positive duration, such as P5D or PT2H"
    if not _DURATION.fullmatch(text):
        return f"“{text}” is no duration: write it like P5D (days), PT2H (hours) or P1Y2M10DT2H30M"
    return None


def _cycle_fault(text: str) -> str | None:
    parts = text.split("/")
    if len(parts) == 1 and len(text.split()) in (5, 6, 7):
        return f"“{text}” is a cron line, which is not read: write a repeating interval such as R/P1D"
    if len(parts) not in (2, 3) or not _REPEAT.fullmatch(parts[0]):
        return f"“{text}” is no repeating interval: write it like R3/PT10M (three times) or R/P1D (for ever)"
    if parts[0] == "R0":
        return f"“{text}” repeats zero times and never fires: write R3/… or R/…"
    if len(parts) == 2:
        return _duration_fault(parts[1])
    first, second = parts[1:]
    if first.startswith("P"):
        return _duration_fault(first) or (None if _is_instant(second) else literal_fault("timeDate", second))
    return (None if _is_instant(first) else literal_fault("timeDate", first)) or _duration_fault(second)
