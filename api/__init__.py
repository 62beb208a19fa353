"""HTTP and shell: what stands between `engine.Office` and the outside. No rule of handling lives here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.application import create_app as create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    # Late, so that a command of the shell does not load what only a server needs.
    if name == "create_app":
        from api.application import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
