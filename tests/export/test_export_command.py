"""`yichuang export`, and the same over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from examples import verify_export
from tests.api.calling import Caller, problem
from tests.api.conftest import app, callers, furnished, office
from tests.cli.conftest import Shell, made, shell, working

__all__ = ["app", "callers", "furnished", "made", "office", "shell", "working"]


@pytest.fixture
def number(working: Shell) -> str:
    """Number of a case, beside another one."""
    start = ("start", "9900101001", "--data", "opening.json", "--as", "clerk")
    working.out(*start)
    return str(working.json(*start)["number"])


def test_from_the_case_to_its_proof_by_the_shell(
    working: Shell, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    working.out("export", "--format", "jsonl", "--case", number, "-o", "case.jsonl")
    key = working.json("checkpoint")["public_key"]
    (working.folder / "inclusion.json").write_text(working.out("checkpoint", "--prove", number))
    assert verify_export.main(["case.jsonl", "--inclusion", "inclusion.json", "--key", key]) == 0
    assert f"entry 1 of case {number}" in capsys.readouterr().out


def test_what_is_wrong_is_said(working: Shell, number: str) -> None:
    assert working.out("export", "--format", "csv").count("\n") == 3
    assert working.out("export", "--format", "csv", "--since", "2020-01-01").count("\n") == 3
    assert working.out("export", "--format", "csv", "--since", "2199-01-01T00:00:00Z").count("\n") == 1
    assert working.run("export", "--format", "pdf").exit_code == 2
    assert working.run("export").exit_code == 2
    assert working.run("export", "--format", "csv", "--since", "lately").exit_code == 2
    refused = working.run("export", "--format", "csv", "--as", "clerk", "-o", "log.csv")
    assert refused.exit_code == 1
    assert not (working.folder / "log.csv").exists()
    working.out("export", "--format", "ocel2", "-o", "log.sqlite")
    assert (working.folder / "log.sqlite").read_bytes().startswith(b"SQLite format 3\0")


def test_over_http_it_is_a_file(callers: dict[str, Caller]) -> None:
    number = callers["clerk"].start()["number"]
    types: dict[str, Any] = {
        "xes": ("application/xml", "yichuang.xes"),
        "ocel2": ("application/json", "yichuang.ocel.json"),
        "ocel2-sqlite": ("application/vnd.sqlite3", "yichuang.ocel.sqlite"),
        "csv": ("text/csv", "yichuang.csv"),
        "jsonl": ("application/jsonl", "yichuang.jsonl"),
    }
    for format, (media_type, name) in types.items():
        answer = callers["auditor"].get("/export", format=format)
        assert (answer.status_code, answer.mimetype) == (200, media_type)
        assert name in answer.headers["Content-Disposition"]
        assert answer.is_streamed
        assert number.encode() in answer.data
    entry = json.loads(callers["auditor"].get("/export", format="jsonl", case=number).data)["entry"]
    assert (entry["case"], entry["seq"]) == (number, 1)


def test_over_http_what_is_wrong_is_said(callers: dict[str, Caller]) -> None:
    for wrong in ({}, {"format": "pdf"}, {"format": "csv", "since": "2026-01-01"}, {"format": "csv", "x": 1}):
        assert problem(callers["auditor"].get("/export", **wrong)) == (422, "validation")
    assert problem(callers["admin"].get("/export", format="csv", identities="true")) == (403, "forbidden")
    assert callers["auditor"].get("/export", format="csv", identities="true").status_code == 200
