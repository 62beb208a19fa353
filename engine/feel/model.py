"""FEEL's values that are neither text, number nor time: ranges, functions, and offsets of the host's.

The rest are Python's own: ``None``, ``bool``, ``Decimal``, ``str``, ``list`` and ``dict``.
"""

from __future__ import annotations

import datetime as python
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from engine.feel.scope import Runtime

#: any value of FEEL's; which, only its type tells
Value: TypeAlias = Any

_Instant = TypeVar("_Instant", python.date, python.datetime)


@dataclass(frozen=True, slots=True)
class Range:
    """A range of numbers, strings, dates, times or durations (DMN 1.5 §10.3.2.7).

    A missing endpoint is None. A range written as a unary test keeps its operator, as ``(< 10)`` and
    ``(null..10)`` hold the same values and yet are not equal.
    """

    start: Value
    end: Value
    start_included: bool
    end_included: bool
    operator: str | None = None

    def __str__(self) -> str:
        from engine.feel.writing import write_value

        return write_value(self)


class FeelFunction:
    """A function value. What Python sees of it is its name alone.

    A base to be subclassed, like `Offset`: as an abstract class of Python's it would be asked for much more slowly.
    """

    #: for error messages
    name: str = "function"

    def call(self, runtime: Runtime, arguments: list[Value], names: tuple[str, ...] | None) -> Value:
        """Invoke it; by FEEL's rules arguments that do not fit give None."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<FEEL function {self.name}>"


class Offset:
    """A distance in time that only the host can measure, such as ten working days.

    FEEL adds it to and subtracts it from dates and dates with times: ``case.due - working_days(2)``.
    """

    def add_to(self, instant: _Instant) -> _Instant:
        """The instant that lies this much later."""
        raise NotImplementedError

    def subtract_from(self, instant: _Instant) -> _Instant:
        """The instant that lies this much earlier."""
        raise NotImplementedError
