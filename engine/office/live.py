"""Executions kept in memory between two steps, so that a step need not restore what the last one left."""

from __future__ import annotations

import threading
from collections import OrderedDict

from engine.execution import Execution

#: How many are kept; the one unused for longest goes first.
CAPACITY = 500


class Live:
    """Executions by case, each good for one sequence number only.

    Taking one removes it, so that no two threads ever have the same, and one whose step failed is not put
    back: the stored state is what counts.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[int, tuple[int, Execution]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, case: int, seq: int) -> Execution | None:
        """The execution of a case as it was after step `seq`, if it is here."""
        with self._lock:
            kept = self._kept.pop(case, None)
        return kept[1] if kept is not None and kept[0] == seq else None

    def put(self, case: int, seq: int, execution: Execution) -> None:
        """Keep the execution of a case after step `seq` was committed."""
        with self._lock:
            self._kept[case] = (seq, execution)
            if len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
