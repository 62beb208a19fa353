"""Slowing down those who guess: so many failures from one address in a while, and no more are answered."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque

from flask import current_app

from engine.errors import RateLimited

#: Addresses that are remembered; the longest silent are forgotten first.
_MOST_ADDRESSES = 10_000


class Guesses:
    """Failures by address, within this process."""

    def __init__(self, *, most: int, seconds: float) -> None:
        """Allow `most` failures within `seconds`."""
        self._most = most
        self._seconds = seconds
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Raise `RateLimited` where too many guesses came from `address` of late."""
        now = time.monotonic()
        with self._lock:
            failures = self._failures.get(address)
            if failures is None:
                return
            while failures and now - failures[0] > self._seconds:
                failures.popleft()
            if len(failures) >= self._most:
                raise RateLimited

    def failed(self, address: str) -> None:
        """Remember that a guess from `address` was wrong."""
        with self._lock:
            self._failures.setdefault(address, deque(maxlen=self._most)).append(time.monotonic())
            self._failures.move_to_end(address)
            if len(self._failures) > _MOST_ADDRESSES:
                self._failures.popitem(last=False)


def guesses() -> Guesses:
    """The failures that the current application has seen: twenty a minute from one address are let pass."""
    kept: Guesses = current_app.extensions.setdefault("guesses", Guesses(most=20, seconds=60))
    return kept
