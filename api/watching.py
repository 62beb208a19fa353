"""Tells the office of every request what auditors and administrators read, and what was refused to anybody.

One entry a request, written before the answer leaves: what cannot be recorded is not handed out.
"""

from __future__ import annotations

from flask import Flask, Response, g, request

from api.problems import answers
from api.serving import office
from engine.errors import YichuangError
from engine.office.person import Person

#: Blueprints whose answers say nothing of any case or person: new ones are watched unless they are named here.
_OPEN = frozenset(
    {
        "health",
        "reference",
        "catalogue",
        "calendar",
        "definitions",
        "track",
        "pages.account",
        "pages.definitions",
        "pages.own",
        "pages.tracking",
    }
)

#: Calls that only read, although they are no GET.
_READING = frozenset({"history.verify_case"})


def register(app: Flask) -> None:
    """Watch every request of `app`."""
    app.after_request(_watch)


def _watch(response: Response) -> Response:
    person: Person | None = g.get("person")
    if person is None or request.url_rule is None:
        return response
    asked = f"{request.method} {request.url_rule.rule}"
    given = {**request.args, **{name: str(value) for name, value in (request.view_args or {}).items()}}
    refused: str | None = g.get("refused")
    try:
        if refused is not None:
            office().watch.refused(person, asked, given, refused)
        elif _reads(response):
            office().watch.read(person, asked, given)
    except YichuangError as error:
        response.close()
        return answers.refusal(error)
    return response


def _reads(response: Response) -> bool:
    reading = request.method in ("GET", "HEAD") or request.endpoint in _READING
    return reading and response.status_code < 400 and request.blueprint is not None and request.blueprint not in _OPEN
