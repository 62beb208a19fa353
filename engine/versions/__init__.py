"""Versions of a process compared. Not for storing them (`engine.office`), nor for moving cases between them."""

from engine.versions.difference import Change, Changed, diff, text

__all__ = ["Change", "Changed", "diff", "text"]
