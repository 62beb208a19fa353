"""Yichuang's engine: the handling of cases on BPMN. It knows nothing of HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.office import Office as Office

__all__ = ["Office", "dmn", "feel"]


def __getattr__(name: str) -> Any:
    # Late, so that who wants only FEEL does not load a database driver.
    if name == "Office":
        from engine.office import Office

        return Office
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
