"""ISO 8601 texts of timers: date and time, duration, repeating interval (BPMN 2.0.2 §10.5.5.2, ISO 8601-1 §5).

Only whether a text is one, and likely meant; when it is due is for the execution.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

#: The children of a timer event definition.
TIMER_KINDS: Final = ("timeDate", "timeDuration", "timeCycle")

_DURATION = re.compile(
    r"P(?=[\dT])(?:(?P<y>\d+)Y)?(?:(?P<m>\d+)M)?(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?")
#: A date, or date and time, without an offset; also inside an expression, as a text or for a function.
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?")
_LOCAL_TEXT = re.compile(r"[\"@]\s*(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?)\"")

#: Years of dates that a timer can name, and the longest duration, in years: what lies beyond is a slip of the pen.
FIRST_YEAR, LAST_YEAR, LONGEST = 1900, 9000, 1000

#: Seconds: a cycle fires at most once in so many; where it fires more often than once in so many, that is remarked.
MOST_OFTEN, OFTEN = 1, 60

_REPEAT = re.compile(r"R(\d{0,9})")
_LITERAL = re.compile(r"[-+]?P[-+\dT]|R-?\d*/|\d{4}|[\d*]+(\s+\S+){4,6}$")


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


def timer_remark(kind: str, text: str) -> str | None:
    """What is likely not meant by a timer's text, literal or expression, though it can be read; None if nothing."""
    parts = text.split("/") if kind == "timeCycle" and is_literal(text) else [text]
    for part in parts:
        local = part if _LOCAL.fullmatch(part) else (found[1] if (found := _LOCAL_TEXT.search(part)) else None)
        if local is not None:
            whole = local if "T" in local else f"{local}T00:00:00"
            return f"“{local}” has no offset: it is taken in the office’s zone; to be sure, write {whole}+08:00"
    if not is_literal(text):
        return None
    seconds = next((length for part in parts if (length := _seconds(part)) is not None), None)
    if kind == "timeDuration" and seconds == 0:
        return f"“{text}” is no time at all: the timer fires at once"
    if kind == "timeCycle" and seconds is not None and seconds < OFTEN:
        day = f"{86_400 / seconds:,.0f}"
        return f"“{text}” fires {day} times a day: each time is a step and an entry in the history of every case"
    return None


def _is_instant(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        return FIRST_YEAR <= datetime.fromisoformat(text).year <= LAST_YEAR
    except ValueError:
        return False


def _seconds(text: str) -> float | None:
    """About how long a duration is; None if it is none."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    days = sum(float(found[part] or 0) * length for part, length in (("y", 365.25), ("m", 30.4), ("w", 7), ("d", 1)))
    return days * 86_400 + sum(
        float(found[part] or 0) * length for part, length in (("hours", 3600), ("minutes", 60), ("seconds", 1))
    )


def _duration_fault(text: str) -> str | None:
    if text.startswith(("-", "+")):
        return f"“{text}” has a sign: a timer waits for a positive duration, such as P5D or PT2H"
    if (seconds := _seconds(text)) is not None and seconds > LONGEST * 366 * 86_400:
        return f"“{text}” is longer than {LONGEST} years: it never comes about"
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
    if any((seconds := _seconds(part)) is not None and seconds < MOST_OFTEN for part in parts[1:]):
        return f"“{text}” repeats more than once a second, which no case can: write R/PT1H, or longer"
    if len(parts) == 2:
        return _duration_fault(parts[1])
    first, second = parts[1:]
    if first.startswith("P"):
        return _duration_fault(first) or (None if _is_instant(second) else literal_fault("timeDate", second))
    return (None if _is_instant(first) else literal_fault("timeDate", first)) or _duration_fault(second)
