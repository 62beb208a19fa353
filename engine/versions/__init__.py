"""Versions of a process compared. Not for storing them, nor for moving cases (`engine.office`)."""

from engine.versions.difference import Change, Changed, diff, text

__all__ = ["Change", "Changed", "diff", "text"]
