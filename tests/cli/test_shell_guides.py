"""The guide to the API and the example client, tried on a running server of the demonstration office."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.client import Client, Problem
from tests.api.calling import APPLICANT
from tests.cli.conftest import Shell
from tests.cli.test_shell_serve import COMMAND, Server

ROOT = Path(__file__).parents[2]

#: The guide's commands in their order: the word after `sh` (none, or `refused`), and the text.
COMMANDS = re.findall(r"^```sh ?(\w*)\n(.*?)^```", (ROOT / "docs" / "api.md").read_text("utf-8"), re.M | re.S)


@pytest.fixture
def demonstration(embedded_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of the demonstration office with the packaged processes."""
    shutil.copytree(embedded_template, tmp_path / "var")
    (tmp_path / "var" / "office.db").rename(tmp_path / "var" / "yichuang.db")
    (tmp_path / "processes").symlink_to(ROOT / "processes")
    monkeypatch.chdir(tmp_path)
    running = Server(tmp_path)
    yield running
    running.stop()


def test_the_guide_can_be_followed_line_by_line(demonstration: Server, tmp_path: Path) -> None:
    known = {"PATH": f"{COMMAND.parent}:{os.environ['PATH']}", "LANG": "C.UTF-8"}
    assert len(COMMANDS) > 12
    for kind, command in COMMANDS:
        script = command.replace("http://127.0.0.1:8000", demonstration.url) + '\necho; echo "$TOKEN" "$URL"'
        done = subprocess.run(["bash", "-c", script], env=known, cwd=tmp_path, capture_output=True, text=True)
        *answer, variables = done.stdout.strip().splitlines()
        if "curl" in command:
            told = json.loads(answer[-1])
            problem = told.get("type", "") if "status" in told and "title" in told else ""
            assert bool(problem) == (kind == "refused"), (command, told)
            known |= names_in(told)
        known["TOKEN"], known["URL"] = variables.split()


def names_in(answer: dict[str, Any]) -> dict[str, str]:
    """What a reader of the guide keeps from an answer: the case's number and the id of its first task."""
    if "results" in answer:
        answer = answer["results"][0]["case"]
    kept = {"CASE": answer["number"]} if "number" in answer else {}
    if answer.get("tasks"):
        kept["TASK"] = answer["tasks"][0]["id"]
    return kept


def test_the_client_carries_a_case_to_its_end(demonstration: Server, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    token = shell.json("token", "new", "clerk")["token"]
    client = Client(demonstration.url, token)

    case = client.accept("0100101001", APPLICANT, {}, window="H01", key="visit-1")
    assert client.accept("0100101001", APPLICANT, {}, window="H01", key="visit-1") == case
    assert [found["number"] for found in client.items("/cases", status="open", limit=1)] == [case["number"]]

    inbox = subprocess.run(
        [sys.executable, ROOT / "examples" / "client.py", demonstration.url],
        env={**os.environ, "YICHUANG_TOKEN": token},
        capture_output=True,
        text=True,
        check=True,
    )
    assert case["number"] in inbox.stdout
    assert "核对材料" in inbox.stdout

    for _ in range(20):
        if not case["tasks"]:
            break
        needed = {"reply_text": "准予登记"} if case["tasks"][0]["element"] == "reply" else {}
        case = client.complete(case["tasks"][0], **needed)
    assert case["status"] == "completed"

    with pytest.raises(Problem) as refused:
        client.post(f"/cases/{case['number']}/withdraw", {"reason": "太迟"})
    assert (refused.value.name, refused.value.status) == ("case-closed", 409)
