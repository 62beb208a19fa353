"""The scripted day, as a newcomer runs it: against a served office, on either database, and cut off half-way."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.endurance.served import Served

#: For what the script does by itself, whatever database the office is on.
on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SCRIPT = Path(__file__).parents[2] / "examples" / "a_day_at_the_window.py"


def run(served: Served, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script to its end."""
    command = [sys.executable, str(SCRIPT), "--url", served.url, *arguments]
    return subprocess.run(
        command, env=served.environment, cwd=served.folder, capture_output=True, text=True, timeout=600, check=False
    )


def rows(text: str) -> dict[str, list[str]]:
    """The table's rows by case number."""
    table = text[text.index("NUMBER") :].splitlines()[1:]
    return {row.split()[0]: row.split() for row in table}


def test_a_day_ends_as_planned_and_its_repetition_does_nothing_twice(served: Served) -> None:
    served.start()
    served.wait()

    first = run(served, "--each", "1", "--day", "one")
    assert first.returncode == 0, first.stderr
    cases = rows(first.stdout)
    assert sorted(row[1] for row in cases.values()) == [
        "instant", "joint", "joint", "promised", "reported", "returned",
    ]  # fmt: skip
    assert {row[2] for row in cases.values() if row[1] == "returned"} == {"returned"}
    assert {row[2] for row in cases.values() if row[1] != "returned"} == {"completed"}

    again = run(served, "--each", "1", "--day", "one", "--quiet")
    assert again.returncode == 0, again.stderr
    assert rows(again.stdout) == cases

    office = served.office()
    auditor = office.people.person("auditor")
    assert {case["number"] for case in office.cases.list(by=auditor, limit=100)["items"]} == cases.keys()
    for number, row in cases.items():
        assert office.history.verify(number, by=auditor) == {"ok": True, "entries": int(row[3]), "first_bad": None}
    office.close()


@on_one_database
def test_a_day_that_was_cut_off_goes_on(served: Served) -> None:
    tokens = str(served.tokens())
    served.start()
    served.wait()

    command = [sys.executable, str(SCRIPT), "--url", served.url, "--tokens", tokens, "--each", "1", "--day", "cut"]
    for lines in (3, 17, 40):
        with subprocess.Popen(command, env=served.environment, stdout=subprocess.PIPE, text=True) as script:
            assert script.stdout is not None
            for _ in range(lines):
                assert script.stdout.readline()
            time.sleep(0.01)
            script.kill()

    last = run(served, "--tokens", tokens, "--each", "1", "--day", "cut")
    assert last.returncode == 0, last.stderr
    office = served.office()
    assert {case["number"] for case in office.cases.list(by=office.people.person("auditor"))["items"]} == rows(
        last.stdout
    ).keys()
    office.close()


@on_one_database
def test_without_a_server_the_day_says_so(served: Served) -> None:
    told = run(served, "--tokens", str(served.tokens()), "--patience", "0.1")

    assert told.returncode == 1
    assert "does not answer" in told.stderr
    assert "Traceback" not in told.stderr
