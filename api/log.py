"""Structured logs: one JSON object a line, with nothing personal in it.

What a request carried (body, query, names in its path) and what an exception says are never written: a
database's error message, for one, quotes the values of the statement. Kept are the route's template, the
status, the time taken, and, where known, case number and username.
"""

from __future__ import annotations

import logging
import secrets
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Flask, Response, g, request

from api import metrics
from api.serving import office

_log = logging.getLogger("yichuang.api")


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object; `extra={"fields": {…}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        members: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            members["traceback"] = frames(record.exc_info[1])
        return orjson.dumps(members, default=str).decode()


def configure(level: str) -> None:
    """Send every log of this process to standard error as JSON lines, from `level` up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # They tell of every token that moves, and of each part that they load, at the level of what operators want to read.
    for talkative in ("spiff", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


def frames(error: BaseException) -> list[str]:
    """Where an exception came from: types and places of it and its causes, without what they say."""
    lines: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        kind = type(link)
        lines.append(f"{kind.__module__}.{kind.__qualname__}")
        lines += [f"  {f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(link.__traceback__)]
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return lines


def unforeseen(error: BaseException) -> None:
    """Log an error that nobody foresaw, under the request's id."""
    _log.error("unforeseen error", extra={"fields": {"request_id": g.get("request_id"), "traceback": frames(error)}})


def about_case(number: str) -> None:
    """Say which case this request is about, so that its log line names it. Only numbers that exist."""
    g.case_number = number


def register(app: Flask) -> None:
    """Log and count every request of `app`; those for static files are logged for who looks for a fault."""

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        route = request.url_rule.rule if request.url_rule is not None else ""
        response.headers["X-Request-Id"] = g.get("request_id", "")
        metrics.count(request.method, route, response.status_code, seconds, office().database.connections)
        person = g.get("person")
        fields = {
            "request_id": g.get("request_id"),
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            "problem": g.get("problem"),
            "case": g.get("case_number"),
            "username": person.username if person is not None else None,
        }
        # A page comes with dozens of files: they would bury what was done.
        is_file = request.endpoint == "static" and response.status_code < 400
        level = logging.DEBUG if is_file else logging.INFO
        _log.log(level, "request", extra={"fields": {k: v for k, v in fields.items() if v is not None}})
        return response
