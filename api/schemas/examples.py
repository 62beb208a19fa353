"""Examples for the API document: what was really sent to a server and answered by it, recorded by the tests."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from api.problems.types import PROBLEM_TYPES

FILE = Path(__file__).with_name("examples.json")

#: Types of answers that say too little to share one example: each call has its own.
GENERAL = frozenset({"Listing"})

#: What stands in the paths of calls.
IN_PATHS: dict[str, Any] = {
    "number": "20260310-H01-0001-7",
    "id": "5d7bd4e93c1f0a82",
    "key": "promised",
    "n": 1,
    "name": "promised.bpmn",
    "code": "0100301001",
    "day": "2026-10-08",
}


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """What was recorded: `bodies`, `answers` and `files`.

    `bodies` go by the names of their models, `answers` by their types or, where these say little, by their calls,
    and `files`, as far as they are text, by call and media type.
    """
    if not FILE.exists():
        return {"bodies": {}, "answers": {}, "files": {}}
    told: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return told


def problem(name: str) -> dict[str, Any]:
    """A problem of that name, as it is answered."""
    kind = PROBLEM_TYPES[name]
    told = {
        "type": kind.uri,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.meaning,
        "request_id": "5a0c0d3f9be1c2d4",
    }
    if name == "validation":
        told["errors"] = [{"pointer": "/reason", "message": "This field is required."}]
    if name == "definition-invalid":
        message = "the form “stall” is neither in the set nor deployed: add the .form file whose id this is"
        told["problems"] = [
            {
                "file": "permit.bpmn",
                "line": 12,
                "column": 5,
                "element": "check",
                "rule": "unknown-form",
                "severity": "error",
                "message": message,
            }
        ]
    return told
