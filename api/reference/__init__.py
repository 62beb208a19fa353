"""Documentation that the server itself gives: the API document, the same to read, and a page for each problem.

Rendered here rather than by a browser library: it needs no script, so it works under the strictest content
security policy, and nothing is fetched from elsewhere.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from flask import Blueprint, Response, render_template

from api import calls, openapi
from api.problems.types import PROBLEM_TYPES
from api.reference.reading import fields_of, groups_of, prose, words
from engine.errors import NotFound

reference = Blueprint(
    "reference", __name__, template_folder="templates", static_folder="static", static_url_path="/reference-assets"
)
reference.add_app_template_filter(prose, "prose")
reference.add_app_template_filter(words, "schema_words")
reference.add_app_template_filter(fields_of, "schema_fields")

#: Enough for these pages: a style sheet of our own, and nothing else.
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"


@cache
def _document() -> dict[str, Any]:
    return openapi.document(calls.GROUPS, calls.BASE)


@reference.get("/openapi.json")
def api_document() -> Response:
    """The API document."""
    return Response(orjson.dumps(_document(), option=orjson.OPT_INDENT_2), mimetype="application/json")


@reference.get("/docs")
def read_api_document() -> Response:
    """The API document as a page."""
    document = _document()
    page = render_template("reference/api.html", document=document, groups=groups_of(document))
    return _page(page)


@reference.get("/problems/")
def list_problems() -> Response:
    """All problem types as a page."""
    return _page(render_template("reference/problems.html", problems=PROBLEM_TYPES.values()))


@reference.get("/problems/<name>")
def read_problem(name: str) -> Response:
    """One problem type as a page."""
    if name not in PROBLEM_TYPES:
        raise NotFound(f"There is no problem type {name}.")
    return _page(render_template("reference/problem.html", problem=PROBLEM_TYPES[name]))


def _page(page: str) -> Response:
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response
