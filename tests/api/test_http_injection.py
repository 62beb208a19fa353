"""What is meant for a database, a file system or an unpacker stays what it is: text, or a refusal."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.api.calling import Caller, opening, problem

#: What closes a string or an expression of a query, sorts by a column of others, or leaves a folder.
HOSTILE = (
    "' OR '1'='1",
    '"; DROP TABLE "case"; --',
    "due) UNION SELECT password FROM person --",
    "%",
    "../../../etc/passwd",
    "$sealed",
)


@pytest.fixture
def document(app: Flask) -> Any:
    """The API document."""
    return app.test_client().get("/openapi.json").json


def test_no_filter_sort_or_path_reaches_the_query_that_it_is_part_of(
    document: Any, callers: dict[str, Caller], clerk: Caller
) -> None:
    number = clerk.start()["number"]
    known = {"number": number, "key": "one_window", "code": "9900101001"}
    asked = refused = 0
    for path, calls in document["paths"].items():
        if "get" not in calls or not path.startswith("/api/v1/"):
            continue
        names = [given["name"] for given in calls["get"].get("parameters", ()) if given["in"] == "query"]
        plain = re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], "1"), path).removeprefix("/api/v1")
        for name in names:
            for hostile in HOSTILE:
                answer = callers["auditor"].get(plain, **{name: hostile})
                asked += 1
                refused += _is_calm(answer, plain, name, hostile)
        for hostile in HOSTILE if "{" in path else ():
            inside = re.sub(r"\{\w+\}", hostile.replace("/", "%2F"), path).removeprefix("/api/v1")
            answer = callers["auditor"].get(inside)
            asked += 1
            refused += _is_calm(answer, inside, "", hostile)
    assert asked > 300 and refused > asked / 2
    # A search is for that text, and finds nobody; a wildcard of the database is none of ours.
    for hostile in HOSTILE:
        assert clerk.get("/cases", q=hostile).json["items"] == []
    assert [case["number"] for case in clerk.get("/cases").json["items"]] == [number]
    assert callers["auditor"].post(f"/cases/{number}/verify").json["ok"]


def _is_calm(answer: TestResponse, path: str, name: str, hostile: str) -> bool:
    """Whether it was refused; nothing but a refusal or an answer is calm."""
    assert answer.status_code in (200, 400, 403, 404, 405, 409, 422), (path, name, hostile, answer.text)
    text = answer.text if answer.mimetype == "application/problem+json" else ""
    assert "operationalerror" not in text.lower() and "select " not in text.replace(hostile, "").lower(), (
        path,
        name,
        text,
    )
    return answer.status_code != 200


def test_a_body_is_never_unpacked(clerk: Caller) -> None:
    packed = gzip.compress(b'{"matter": "' + b"x" * 50_000_000 + b'"}')
    answer = clerk._client.post(
        "/api/v1/cases",
        data=packed,
        headers={**clerk.headers, "Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    assert problem(answer) == (400, "malformed")
    assert clerk.post("/cases", opening()).status_code == 201
