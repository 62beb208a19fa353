"""What the next page says about what has just been done or refused."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from flask import session


class Notice(TypedDict):
    """One message over a page."""

    kind: Literal["done", "refused"]
    text: str
    #: Where a form goes that undoes what was done.
    undo: NotRequired[str]


def done(text: str, *, undo: str | None = None) -> None:
    """Says that something has been done, and offers to undo it where there is a way."""
    _add({"kind": "done", "text": text, "undo": undo} if undo else {"kind": "done", "text": text})


def refused(text: str) -> None:
    """Says that something could not be done, and why."""
    _add({"kind": "refused", "text": text})


def take() -> list[Notice]:
    """The messages that wait; each is shown once."""
    waiting: list[Notice] = session.pop("notices", [])
    return waiting


def _add(notice: Notice) -> None:
    session["notices"] = [*session.get("notices", []), notice]
