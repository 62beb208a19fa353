"""Cases kept in memory between two steps, so that a step need not read and restore what the last one left."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

#: How many are kept; the one unused for longest goes first.
CAPACITY = 500

T = TypeVar("T")


class Live(Generic[T]):
    """Loaded cases by row id, each good for one last entry only: its sequence number and hash.

    Taking one removes it, so that no two threads ever have the same, and one whose step failed is not put
    back: the stored state is what counts.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[int, tuple[int, str, T]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, case: int, seq: int, head: str) -> T | None:
        """The case as it was after the entry numbered `seq` with the hash `head`, if it is here."""
        with self._lock:
            kept = self._kept.pop(case, None)
        return kept[2] if kept is not None and kept[:2] == (seq, head) else None

    def put(self, case: int, seq: int, head: str, loaded: T) -> None:
        """Keep a case as it is after that entry was committed."""
        with self._lock:
            self._kept[case] = (seq, head, loaded)
            if len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
