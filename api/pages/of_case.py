"""The page that a form about a case was sent from: the case's, or that of one of its tasks."""

from __future__ import annotations

from functools import partial

from flask import url_for

from api.pages import case, task
from api.pages.again import Shown


def of_case(number: str, identity: str | None) -> Shown:
    """The page of the task `identity`, or of the case where there is none."""
    if identity:
        return Shown(url_for("pages.task.show", identity=identity), partial(task.show, identity))
    return Shown(url_for("pages.case.show", number=number), partial(case.show, number))
