"""The errors a FEEL expression can end in; by FEEL's rules a wrong type is no error but ``null``."""

from __future__ import annotations

from engine.errors import YichuangError


class FeelError(YichuangError):
    """The expression cannot be read or evaluated."""

    problem = "expression-invalid"


class FeelSyntaxError(FeelError):
    """The text is not a FEEL expression."""

    def __init__(self, text: str, position: int, expected: str, found: str) -> None:
        """Say where reading stopped.

        :param text: the whole expression
        :param position: offset in characters, from 0, at which it stopped
        :param expected: what could have stood there
        :param found: what stood there instead
        """
        self.text = text
        self.position = position
        self.line = text.count("\n", 0, position) + 1
        self.column = position - (text.rfind("\n", 0, position) + 1) + 1
        self.expected = expected
        self.found = found
        super().__init__(f"line {self.line}, column {self.column}: expected {expected}, found {found}")


class FeelLimitError(FeelError):
    """A bound was exceeded: steps, nesting, size of a result, a pattern, or time."""


class FeelValueError(FeelError):
    """A value of the host's has no counterpart in FEEL."""
