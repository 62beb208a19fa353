"""The errors of decision models; each says where in the file it lies."""

from __future__ import annotations

from engine.errors import YichuangError


class DmnError(YichuangError):
    """The decision model cannot be read or evaluated."""

    problem = "definition-invalid"

    def __init__(self, message: str, *, line: int | None = None, element: str | None = None) -> None:
        """:param line: line of the file, from 1

        :param element: id of the DMN element, or its name when it has none
        """
        self.message = message
        self.line = line
        self.element = element
        place = "" if line is None else f"line {line}: "
        super().__init__(f"{place}{message}" + ("" if element is None else f" ({element})"))
