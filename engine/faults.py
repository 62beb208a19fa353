"""Gathering what is wrong with an input, so that it is told all at once and not fault by fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.errors import FieldError, Invalid

Judged = TypeVar("Judged")


class Faults:
    """What several judges find wrong with one input."""

    def __init__(self, found: Sequence[FieldError] = ()) -> None:
        """
        :param found: what is known to be wrong already.
        """
        self.found = list(found)

    def noting(self, judge: Callable[[], Judged]) -> Judged | None:
        """What `judge` makes of its part of the input, or None where it finds faults, which are noted."""
        try:
            return judge()
        except Invalid as error:
            if not error.errors:
                raise
            self.note(error.errors)
            return None

    def note(self, faults: Sequence[FieldError]) -> None:
        """Add what somebody found. Of a place that is known to be wrong no more is said: its value says nothing."""
        self.found += [fault for fault in faults if not self._known(fault.pointer)]

    def refuse(self) -> None:
        """Refuse the input where something is wrong with it.

        :raises Invalid: with all that was found, in that order.
        """
        if self.found:
            raise Invalid(errors=self.found)

    def _known(self, pointer: str) -> bool:
        return any(pointer == one.pointer or pointer.startswith(f"{one.pointer}/") for one in self.found)
