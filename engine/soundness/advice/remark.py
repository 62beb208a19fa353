"""One remark on an element."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remark:
    """What is likely not meant, and how to mend it."""

    rule: str
    element: str
    message: str
