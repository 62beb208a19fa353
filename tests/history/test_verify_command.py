"""`verify` and `checkpoint` from the shell."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from api.settings import CHECKPOINTS
from engine import Office
from engine.storage import tables
from tests.cli.conftest import Shell, made, shell, working

__all__ = ["made", "shell", "working"]


@pytest.fixture
def numbers(working: Shell) -> list[str]:
    """Numbers of three cases of one entry."""
    start = ("start", "9900101001", "--data", "opening.json", "--as", "clerk")
    return [str(working.json(*start)["number"]) for _ in range(3)]


def tamper(*statements: Any) -> None:
    """Change the database that the shell works on."""
    office = Office.from_environment()
    with office.database.write() as connection:
        for statement in statements:
            connection.execute(statement)
    office.close()


def test_a_run_that_was_broken_off_goes_on(working: Shell, numbers: list[str]) -> None:
    tamper(update(tables.case).where(tables.case.c.number == numbers[0]).values(agent="other"))
    result = working.run("verify", "--all")
    assert result.exit_code == 1
    assert numbers[0] in result.stdout
    assert working.json("verify", "--all", "--since", numbers[1], "--jobs", "1")["entries"] == 2
    assert working.run("verify", "--all", "--since", "none").exit_code == 1
    assert working.run("verify", numbers[1], "--since", numbers[1]).exit_code == 2


def test_what_was_kept_elsewhere_shows_what_is_gone(working: Shell, numbers: list[str]) -> None:
    told = working.json("checkpoint", "-o", "kept.jsonl")
    assert (told["cases"], told["changed"]) == (3, 3)
    assert working.json("verify", "--against", "kept.jsonl")["against"]["heads"] == 3
    assert "Nothing was removed" in working.out("verify", "--all", "--against", "kept.jsonl")

    id = select(tables.case.c.id).where(tables.case.c.number == numbers[1]).scalar_subquery()
    rows = [delete(t).where(t.c.case_id == id) for t in (tables.entry, tables.task, tables.case_unit)]
    tamper(*rows, delete(tables.case).where(tables.case.c.number == numbers[1]))
    assert "without a checkpoint" in working.out("verify", "--all")
    result = working.run("verify", "--all", "--against", "kept.jsonl")
    assert result.exit_code == 1
    assert numbers[1] in result.stdout
    assert "removed" in result.stdout
    result = working.run("checkpoint", "-o", "kept.jsonl")
    assert result.exit_code == 1
    assert numbers[1] in result.stderr


def test_checkpoints_lie_beside_the_database_unless_told_otherwise(working: Shell, numbers: list[str]) -> None:
    assert "var/checkpoints.jsonl" in working.out("checkpoint")
    assert working.json("checkpoint", "--prove", numbers[2])["head"][0] == numbers[2]
    assert working.json("checkpoint", "--rotate-key").keys() == {"public_key"}
    assert working.json("checkpoint")["changed"] == 0
    assert working.run("checkpoint", "--prove", "x", "--rotate-key").exit_code == 2
    assert working.run("checkpoint", "-o", "none.jsonl", "--prove", numbers[2]).exit_code == 2
    assert len(CHECKPOINTS.read_text().splitlines()) == 3
    first, rotation, _ = (json.loads(line) for line in CHECKPOINTS.read_text().splitlines())
    assert ("heads" in first, "heads" in rotation) == (True, False)
