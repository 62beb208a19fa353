"""From an exception to the answer: the only place where an error becomes HTTP."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import orjson
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from api import log
from api.problems.findings import finding
from api.problems.types import NAME_OF_STATUS, PROBLEM_TYPES, ProblemType
from engine.errors import Forbidden, YichuangError
from engine.office.rights import Unseen

#: Makes a page of a problem for a browser; see `show_as_page`.
PageOfProblem = Callable[[dict[str, Any]], str]

#: Bytes of a body that is too large which are read and thrown away.
_MOST_DRAINED = 64 * 2**20

_PAGE = "yichuang.page_of_problem"


def document(error: YichuangError) -> dict[str, Any]:
    """The members of the problem+json document (RFC 9457 §3.1) that says what `error` says."""
    notice(error)
    kind = PROBLEM_TYPES.get(error.problem, PROBLEM_TYPES["internal"])
    body = _members(kind, error.detail)
    if error.errors:
        body["errors"] = [{"pointer": e.pointer, "message": e.message} for e in error.errors]
    problems = getattr(error, "problems", None)
    if problems is not None:
        body["problems"] = [finding(p) for p in problems]
    return body


def notice(error: YichuangError) -> None:
    """Note that something that is there was refused to whoever asks, for the office's record."""
    if isinstance(error, Forbidden | Unseen):
        g.refused = error.problem


def register(app: Flask) -> None:
    """Let every error of `app`, foreseen or not, be answered as a problem."""
    app.register_error_handler(YichuangError, refusal)
    app.register_error_handler(HTTPException, _of_werkzeug)
    app.register_error_handler(Exception, _unforeseen)


def refusal(error: YichuangError) -> Response:
    """The answer to a request that is refused with an error."""
    return _answer(document(error))


def show_as_page(app: Flask, page: PageOfProblem) -> None:
    """Let browsers that ask for a page outside ``/api/`` get one, made by `page` from the problem's members."""
    app.extensions[_PAGE] = page


def _members(kind: ProblemType, detail: str) -> dict[str, Any]:
    return {
        "type": kind.uri,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "request_id": g.get("request_id"),
    }


def _of_werkzeug(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        # A redirect of the routing, not an error.
        return cast(Response, error.get_response(request.environ))
    kind = PROBLEM_TYPES[NAME_OF_STATUS.get(status, "malformed" if status < 500 else "internal")]
    response = _answer(_members(kind, kind.meaning))
    for name, value in error.get_headers(request.environ):
        if name == "Allow":
            response.headers[name] = value
    return response


def _unforeseen(error: Exception) -> Response:
    log.unforeseen(error)
    kind = PROBLEM_TYPES["internal"]
    return _answer(_members(kind, kind.meaning))


def _answer(body: dict[str, Any]) -> Response:
    kind = PROBLEM_TYPES[body["type"].rpartition("/")[2]]
    g.problem = kind.name
    page: PageOfProblem | None = current_app.extensions.get(_PAGE)
    if page is not None and _wants_page():
        response = Response(page(body), status=kind.status, mimetype="text/html")
    else:
        response = Response(orjson.dumps(body), status=kind.status, mimetype="application/problem+json")
    if kind.name == "too-large":
        response.call_on_close(partial(_drain, request.environ))
    if kind.retry_after is not None:
        response.headers["Retry-After"] = str(kind.retry_after)
    if kind.name == "unauthorised":
        response.headers["WWW-Authenticate"] = 'Bearer realm="yichuang"'
    return response


def _drain(environ: dict[str, Any]) -> None:
    """Read what the client is still sending, within bounds: who sees the connection close cannot read the answer.

    The answer is out by then: who waits for it before sending the rest gets it.
    """
    if not environ.get("wsgi.input_terminated"):
        return
    stream, left = environ["wsgi.input"], _MOST_DRAINED
    while left > 0 and (chunk := stream.read(min(left, 2**16))):
        left -= len(chunk)


def _wants_page() -> bool:
    if request.path.startswith("/api/"):
        return False
    accepted = request.accept_mimetypes
    return accepted["text/html"] > max(accepted["application/problem+json"], accepted["application/json"])
