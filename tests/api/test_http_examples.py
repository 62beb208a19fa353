"""The examples of the API document: each was said to a server, or by one, and fits what the document says of it.

`RECORD_EXAMPLES=1 pytest tests/api/test_http_examples.py` takes them anew.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from lxml import etree
from werkzeug.test import TestResponse

from api.calling import Operation
from api.calls import BASE, GROUPS
from api.openapi import path_of
from api.schemas import examples
from engine.export import FORMATS
from tests.api.calling import Caller
from tests.api.test_http_rights import REASON, TABLE, example_of, path, task

#: Longer texts are cut, and longer lists.
LONGEST, MOST = 160, 2
#: Longer files are cut.
LONGEST_FILE = 6000
#: What is no text, or whatever somebody handed in.
NO_TEXT = {"application/octet-stream", "application/pdf", "application/vnd.sqlite3", "multipart/form-data"}


@pytest.fixture
def document(app: Flask) -> Any:
    """The API document."""
    return app.test_client().get("/openapi.json").json


def test_every_call_has_examples_of_what_it_reads_and_answers(document: Any) -> None:
    def check(where: str, content: dict[str, Any]) -> None:
        shown = content.get("examples", {}).values()
        assert shown, f"{where} has no example"
        for example in shown:
            value = document["components"]["examples"][example["$ref"].rpartition("/")[2]]["value"]
            faults = validator.evolve(schema={**content["schema"], **shared}).iter_errors(value)
            assert [(list(fault.path), fault.message) for fault in faults] == [], where

    shared = {"components": document["components"]}
    validator = Draft202012Validator(shared)
    for call_path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {call_path}"
            for parameter in operation["parameters"]:
                assert parameter["in"] != "path" or "example" in parameter, where
            contents = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in contents:
                for media_type, told in content.get("content", {}).items():
                    if media_type not in NO_TEXT:
                        check(f"{where} {content.get('description', 'body')}", told)


def test_what_is_sent_as_it_is_made_is_shown_as_it_begins(document: Any) -> None:
    shown = {name: told["value"] for name, told in document["components"]["examples"].items()}
    for name in ("export_log-application-jsonl", "read_checkpoint_file-application-jsonl"):
        assert all(isinstance(json.loads(line), dict) for line in shown[name].splitlines()), name
    assert etree.fromstring(shown["export_log-application-xml"].encode()).tag.endswith("log")
    head, *rows = csv.reader(shown["export_log-text-csv"].splitlines())
    assert head[0] == "case" and rows and {len(row) for row in rows} == {len(head)}
    assert shown["export_log-application-json"].keys() >= {"eventTypes", "objectTypes", "events", "objects"}


@pytest.mark.skipif("RECORD_EXAMPLES" not in os.environ, reason="they are recorded where that is asked for")
def test_record_them(callers: dict[str, Caller], document: Any) -> None:
    bodies: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    files: dict[str, dict[str, Any]] = {}
    for group in GROUPS:
        for operation in group.operations:
            described = document["paths"][BASE + path_of(operation.rule)][operation.method.lower()]
            call = f"{operation.method} {operation.rule}"
            example = example_of(callers, call)
            for role in ("clerk", "housing", "leader", "designer", "admin", "auditor", "payments"):
                caller = Recording.like(callers[role])
                answer = _asked(call, example, caller, callers)
                if 200 <= answer.status_code < 300:
                    break
            else:
                raise AssertionError(f"nobody may {operation.name}: {answer.text}")
            if operation.body is not None:
                bodies.setdefault(operation.body.__name__, caller.said or {})
            for media_type, text in _files(operation, answer, example, caller):
                files.setdefault(operation.name, {})[media_type] = text
            if answer.is_json and not isinstance(operation.answers.get(answer.status_code), tuple):
                schema = described["responses"][str(answer.status_code)]["content"]["application/json"]["schema"]
                kind = schema.get("$ref", "").rpartition("/")[2]
                name = operation.name if kind in examples.GENERAL else kind
                if len(json.dumps(answer.json)) > len(json.dumps(answers.get(name, ""))):
                    answers[name] = _short(answer.json)
    told = {"bodies": bodies, "answers": answers, "files": files}
    told = {name: dict(sorted(recorded.items())) for name, recorded in told.items()}
    examples.FILE.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


class Recording(Caller):
    """Notes what it sends."""

    said: Any = None

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        self.said = body
        return super().post(path, body, **headers)

    def put(self, path: str, body: Any = None) -> TestResponse:
        self.said = body
        return super().put(path, body)


def _asked(call: str, example: Any, caller: Recording, callers: dict[str, Caller]) -> TestResponse:
    clerk, housing = callers["clerk"], callers["housing"]
    if call.endswith(("/report", "/return", "/retry")) and "<number>" in call:
        return caller.post(f"{path(example)}/withdraw", REASON)
    if call.endswith("/resume"):
        clerk.post(f"{path(example)}/suspend", {**REASON, "ground": "testing"})
    if call in ("GET /tasks/<id>/draft", "DELETE /tasks/<id>/draft"):
        housing.put(f"{task(example)}/draft", {"data": {"agree": True}})
    if call in ("POST /tasks/<id>/return", "POST /tasks/<id>/withdraw"):
        # The example's case is past what can be gone back over; both answer the case, as a claim does.
        answer = caller.post(f"{task(example)}/claim")
        caller.said = {"reason": "请补充现场照片", "to": "check"} if "return" in call else REASON
        return answer
    if call == "POST /calendar/days/<day>/remove":
        callers["admin"].post("/calendar/days", {"date": "2026-10-09", "kind": "closed", "reason": "台风"})
    if call == "POST /definitions/<key>/versions/<int:n>/retire":
        answer = caller.post("/definitions/two_steps/versions/1/retire", REASON)
        callers["designer"].post("/definitions/two_steps/versions/1/reactivate", REASON)
        return answer
    if call == "POST /definitions/<key>/versions/<int:n>/reactivate":
        callers["designer"].post("/definitions/two_steps/versions/1/retire", REASON)
    if "rating" in call:
        clerk.post(f"{path(example)}/withdraw", REASON)
        said = {"code": example["tracking_code"], "level": 2, "comment": "等了很久"}
        rated = caller.post(f"/track/{example['number']}/rating", said)
        if "track" in call:
            return rated
        if call == "GET /ratings":
            return caller.get("/ratings")
        return caller.post(f"{path(example)}/rating/answer", {"text": "已回访，致歉"})
    if call == "POST /cases/<number>/comments":
        return caller.post(f"{path(example)}/comments", {"text": "请 @housing 看一下申请人的说明"})
    return TABLE[call][0](caller, example)


def _files(operation: Operation, answer: TestResponse, example: Any, caller: Caller) -> Iterator[tuple[str, Any]]:
    """What a call answered that is no view of ours, by media type, in each of its formats that is text."""
    if operation.name == "export_log":
        answers = [caller.get("/export", format=name, case=example["number"]) for name in FORMATS]
    elif isinstance(operation.answers.get(answer.status_code), str | tuple):
        answers = [answer]
    else:
        answers = []
    for one in answers:
        if one.is_json:
            yield one.mimetype, _short(one.json)
        elif one.mimetype == "application/jsonl":
            lines = [_short(json.loads(line), LONGEST_FILE, 3) for line in one.text.splitlines()[:MOST]]
            yield (
                one.mimetype,
                "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines),
            )
        elif one.mimetype not in NO_TEXT:
            yield one.mimetype, _short(one.text, LONGEST_FILE)


def _short(value: Any, longest: int = LONGEST, most: int = MOST) -> Any:
    if isinstance(value, str):
        return value if len(value) <= longest else value[:longest] + "…"
    if isinstance(value, list):
        return [_short(each, longest, most) for each in value[:most]]
    if isinstance(value, dict):
        return {name: _short(each, longest, most) for name, each in value.items()}
    return value
