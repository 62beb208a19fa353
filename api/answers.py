"""From a view of the office to the answer: JSON, entity tags and the place of what was made."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import orjson
from flask import Response, request, url_for
from werkzeug.http import dump_options_header

from api import log
from api.preconditions import etag
from engine.office.envelope import Envelope
from engine.office.views import CaseView, Page, TaskView


def json(view: Any, status: int = 200) -> Response:
    """Any view as JSON."""
    # What nobody has looked at yet is JSON already.
    body = view.json() if isinstance(view, Envelope) else orjson.dumps(view)
    return Response(body, status=status, mimetype="application/json")


def case(view: CaseView, status: int = 200) -> Response:
    """A case after a step, or as it is: with its entity tag, and where it can be read."""
    log.about_case(view["number"])
    response = json(view, status)
    response.headers["ETag"] = etag(view["version"])
    place = "Location" if status == 201 else "Content-Location"
    response.headers[place] = _before_number(request.script_root) + quote(view["number"])
    return response


@lru_cache(8)
def _before_number(_root: str) -> str:
    """The path of a case up to its number, under the root of the application: to build a URL takes as long as a query.

    :param _root: of the request that is answered.
    """
    return url_for("cases.read_case", number="-").removesuffix("-")


def task(view: TaskView) -> Response:
    """A task, with its entity tag."""
    log.about_case(view["case"])
    response = json(view)
    response.headers["ETag"] = etag(view["version"])
    return response


def page(view: Page) -> Response:
    """A page of a list."""
    return json(view)


def listing(items: Sequence[Any]) -> Response:
    """A list that is short enough to be answered whole, in the form of a last page."""
    return json({"items": items, "next": None})


def attach(response: Response, name: str) -> None:
    """Say that an answer is to be saved as a file of that name (RFC 6266, and RFC 8187 for names beyond ASCII)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()
    options = {"filename": plain or "file"}
    if plain != name:
        options["filename*"] = "UTF-8''" + quote(name, safe="!#$&+-.^_`|~")
    response.headers["Content-Disposition"] = dump_options_header("attachment", options)
