"""The bounds an evaluation runs under.

An expression comes from a designer and may be hostile. All bounds but the last are counted, so that an
expression which exceeds one does so every time, on every machine; the processor time is a backstop.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from engine.feel.errors import FeelLimitError


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How far one evaluation may go. The defaults end a hostile one within 100 ms and 50 MB."""

    #: nodes evaluated in loops and calls, and elements produced or visited by functions
    steps: int = 50_000
    #: characters in one string
    string: int = 200_000
    #: characters of all strings produced
    characters: int = 2_000_000
    #: Python frames under function calls, counted from the nesting of what is called
    depth: int = 500
    #: seconds of the thread's processor time
    seconds: float = 0.06


#: longest expression, in characters
MAX_TEXT = 50_000
#: most words, numbers, strings and symbols of an expression
MAX_TOKENS = 10_000
#: deepest nesting of an expression
MAX_NESTING = 60

DEFAULT = Limits()

_CLOCK_EVERY = 500


class Budget:
    """What is left of the bounds during one evaluation."""

    __slots__ = ("characters", "deadline", "depth", "limits", "next_look", "steps")

    def __init__(self, limits: Limits) -> None:
        """Start full; the clock starts with the first look at it."""
        self.limits = limits
        self.steps = limits.steps
        self.characters = limits.characters
        self.depth = limits.depth
        self.next_look = max(limits.steps - _CLOCK_EVERY, 0)
        self.deadline = 0.0

    def spend(self, steps: int) -> None:
        """Take steps off.

        :raises FeelLimitError: when none are left
        """
        self.steps -= steps
        if self.steps < self.next_look:
            self._look()

    def _look(self) -> None:
        if self.steps < 0:
            raise FeelLimitError(f"the expression needs more than {self.limits.steps} steps")
        self.next_look = max(self.steps - _CLOCK_EVERY, 0)
        # The processor time of this thread: a busy machine does not end an innocent expression.
        now = time.thread_time()
        if not self.deadline:
            self.deadline = now + self.limits.seconds
        elif now > self.deadline:
            raise FeelLimitError(f"the expression runs longer than {self.limits.seconds * 1000:.0f} ms")

    def produce(self, length: int) -> None:
        """Account for a string of so many characters, before it is made.

        :raises FeelLimitError: when it is too long, or all of them together are
        """
        if length > self.limits.string:
            raise FeelLimitError(f"a string longer than {self.limits.string} characters")
        self.characters -= length
        if self.characters < 0:
            raise FeelLimitError(f"the expression makes more than {self.limits.characters} characters of strings")

    def enter(self, frames: int) -> None:
        """Go down by so many frames.

        :raises FeelLimitError: when functions call each other too deep
        """
        self.depth -= frames
        if self.depth < 0:
            raise FeelLimitError("functions call each other too deep")

    def leave(self, frames: int) -> None:
        """Come up again."""
        self.depth += frames
