"""What the designer's checks find, as API and shell write it."""

from __future__ import annotations

from typing import Any


def finding(problem: Any) -> dict[str, Any]:
    """A finding of the designer's checks with the API's field names."""
    names = ("file", "line", "column", "element", "rule", "severity", "message")
    return {name: getattr(problem, name) for name in names}
