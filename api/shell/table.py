"""Text for people in a terminal: columns that stay aligned where Chinese characters take two places."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any


def width(text: str) -> int:
    """How many places a text takes in a terminal (UAX #11: wide and full-width characters take two)."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def rows(heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """A table with its heads; nothing but a word where there are no lines."""
    cells = [[printable(cell) for cell in line] for line in lines]
    if not cells:
        return "(none)"
    widths = [max(width(line[i]) for line in [list(heads), *cells]) for i in range(len(heads))]
    return "\n".join(_line(line, widths) for line in [list(heads), ["-" * w for w in widths], *cells])


def pairs(values: Mapping[str, Any]) -> str:
    """Names and values, one a line."""
    widest = max(width(name) for name in values)
    return "\n".join(f"{name}{' ' * (widest - width(name))}  {printable(value)}" for name, value in values.items())


def instant(text: str | None, to: str = "minutes") -> str:
    """An RFC 3339 time to the minute, or to the seconds, in the zone that it is given in."""
    return datetime.fromisoformat(text).replace(tzinfo=None).isoformat(" ", to) if text else ""


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell + " " * (w - width(cell)) for cell, w in zip(cells, widths, strict=True)).rstrip()


def printable(value: Any) -> str:
    """A value as text that stays in its line."""
    text = "" if value is None else str(value)
    # What somebody typed into a form must not move the cursor of an administrator's terminal.
    return "".join(c if c.isprintable() else " " for c in text)
