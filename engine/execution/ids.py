"""Ids that a replay makes again: from the case, the step's number and a counter.

They are UUIDs of version 8 (RFC 9562 §5.8): 48 bits of the case's hash, then the step (31 bits) and the
counter (31 bits), so a state needs to store only the last two.
"""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID

_LOW = (1 << 31) - 1
_FIXED = (8 << 76) | (2 << 62)


def case_prefix(case: str) -> int:
    """The 48 bits that stand for a case."""
    return int.from_bytes(blake2b(case.encode(), digest_size=6).digest(), "big")


def make_id(prefix: int, seq: int, counter: int) -> UUID:
    """The id of the `counter`-th thing made in step `seq`."""
    return UUID(int=prefix << 80 | _FIXED | seq << 31 | counter)


def parts(id: UUID) -> tuple[int, int]:
    """The step and the counter in an id."""
    return id.int >> 31 & _LOW, id.int & _LOW


class IdSource:
    """Makes the ids of one step."""

    def __init__(self, case: str, seq: int) -> None:
        """Start counting."""
        self.prefix = case_prefix(case)
        self._base = self.prefix << 80 | _FIXED | (seq & _LOW) << 31
        self._count = 0

    def __call__(self) -> UUID:
        """The next id."""
        self._count += 1
        return UUID(int=self._base | self._count)
