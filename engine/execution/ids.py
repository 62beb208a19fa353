"""Ids that a replay makes again: from the case, the step's number and a counter.

Within a case an id is an integer, the step above the counter (31 bits). The rest of the world sees a UUID of
version 8 (RFC 9562 §5.8): 48 bits of the case's hash, the step (31 bits), the counter.
"""

from __future__ import annotations

from hashlib import blake2b

_BITS = 31
_LOW = (1 << 2 * _BITS) - 1
# The layout leaves 12 bits between the version and the variant; the step is above the counter in the last 62.
_FIXED = (8 << 76) | (2 << 62)


def case_prefix(case: str) -> int:
    """The 48 bits that stand for a case."""
    return int.from_bytes(blake2b(case.encode(), digest_size=6).digest(), "big")


def public(prefix: int, id: int) -> str:
    """An id as the world sees it."""
    text = f"{prefix << 80 | _FIXED | id:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def local(prefix: int, text: str) -> int | None:
    """An id within the case; None for text that is no id of this case."""
    try:
        id = int(text.replace("-", ""), 16) & _LOW
    except ValueError:
        return None
    return id if public(prefix, id) == text else None


def made_in(id: str) -> int:
    """Number of the step in which something got its id, as the world sees it."""
    return (int(id.replace("-", ""), 16) & _LOW) >> _BITS


class IdSource:
    """Makes the ids of one step."""

    def __init__(self, seq: int) -> None:
        """Start counting."""
        self._next = seq << _BITS

    def __call__(self) -> int:
        """The next id."""
        self._next += 1
        return self._next
