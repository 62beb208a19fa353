"""Refusals in words, with a way on: as a page, or as JSON for a page's script."""

from __future__ import annotations

from typing import Any

from flask import Response, g, jsonify, make_response, redirect, request, url_for

from api.pages.look import in_language, render, t, words
from api.pages.session import FormNotOurs, NotRecent
from api.problems.answers import notice
from api.problems.types import PROBLEM_TYPES
from engine.errors import YichuangError
from engine.office.four_eyes import SameHands

_TOLD_APART: dict[type[YichuangError], str] = {
    FormNotOurs: "form-not-ours",
    SameHands: "same-hands",
    NotRecent: "not-recent",
}


def refused(error: YichuangError) -> Response:
    """A refusal on one of our paths: for a script as JSON, else as a page; log-in where nobody is logged in."""
    notice(error)
    status = PROBLEM_TYPES[error.problem].status
    if request.is_json or request.accept_mimetypes.best == "application/json":
        answer = jsonify(explanation(error))
        answer.status_code = status
        return answer
    if isinstance(error, NotRecent) and request.method == "GET":
        return make_response(redirect(url_for("pages.account.show", next=request.path, anew=1)))
    if status == 401 and request.method == "GET":
        return make_response(redirect(url_for("pages.account.show", next=request.path)))
    return make_response(render("error", problem=_problem(error), status=status, request_id=None), status)


def problem_page(members: dict[str, Any]) -> str:
    """The page of a problem that arose outside our own paths, from the members of its JSON document."""
    problem = str(members["type"]).rpartition("/")[2]
    return render("error", problem=problem, status=members["status"], request_id=members.get("request_id"))


def offer(label: str, href: str) -> None:
    """Names a way on, for whatever this request may be refused with."""
    g.setdefault("ways_on", []).append({"label": label, "href": href})


def explanation(error: YichuangError) -> dict[str, Any]:
    """A refusal as a page's script shows it."""
    problem = _problem(error)
    return {
        "problem": problem,
        "title": words("problem.title", problem),
        "detail": words("problem.way", problem, error.detail),
        "links": g.get("ways_on", []),
        "errors": [{"pointer": e.pointer, "message": in_language(e.message)} for e in error.errors],
    }


def _problem(error: YichuangError) -> str:
    """The problem's name; a page tells apart why a person may not do something."""
    return next((name for kind, name in _TOLD_APART.items() if isinstance(error, kind)), error.problem)


def sentence(error: YichuangError) -> str:
    """A refusal in two sentences: what it is, and the way on."""
    problem = _problem(error)
    title = words("problem.title", problem)
    return t("problem.sentence", title=title, way=words("problem.way", problem, error.detail))
