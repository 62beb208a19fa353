"""`verify` and `checkpoint` from the shell."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from api.environment import CHECKPOINTS
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
    assert (told["cases"], told["chains"], told["changed"]) == (3, 1, 4)
    assert working.json("verify", "--against", "kept.jsonl")["against"]["heads"] == 4
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
    # The change of the key is an act of the office.
    assert working.json("checkpoint")["changed"] == 1
    assert working.run("checkpoint", "--prove", "x", "--rotate-key").exit_code == 2
    assert working.run("checkpoint", "-o", "none.jsonl", "--prove", numbers[2]).exit_code == 2
    assert len(CHECKPOINTS.read_text().splitlines()) == 3
    first, rotation, _ = (json.loads(line) for line in CHECKPOINTS.read_text().splitlines())
    assert ("heads" in first, "heads" in rotation) == (True, False)


def test_the_offices_own_chains_are_read_and_proven(working: Shell, numbers: list[str]) -> None:
    assert working.run("history", numbers[0], "--as", "auditor").exit_code == 0
    acts = working.json("history", "--office")["items"]
    assert [act["seq"] for act in acts] == [*range(1, len(acts) + 1)]
    names = [chain["chain"] for chain in working.json("history", "--chains")["items"]]
    assert names[-1] == "office"
    # Each command is a process of its own, and has a chain of its own.
    readings = [working.json("history", "--chain", name)["items"][0] for name in names[:-1]]
    told = sorted((r["actor"], r["about"]["request"], *r["about"].get("given", {}).values()) for r in readings)
    assert told[0] == ("auditor", "yichuang history", numbers[0])
    assert {actor for actor, *_ in told[1:]} == {"system:shell"}
    assert "person.added" in working.out("history", "--office")
    assert "office" in working.out("history", "--chains")
    lines = working.out("history", "--office", "--lines").splitlines()
    assert [json.loads(line)["entry"]["seq"] for line in lines] == [act["seq"] for act in acts]
    assert working.run("history").exit_code == 2
    assert working.run("history", numbers[0], "--office").exit_code == 2
    assert working.run("history", numbers[0], "--lines").exit_code == 2
    assert working.run("history", "--office", "--as", "clerk").exit_code == 1

    told = working.out("verify", "--all")
    assert "3 cases with 3 entries hold." in told
    assert "chains of the office hold." in told
    tamper(update(tables.act).where(tables.act.c.chain == "office", tables.act.c.seq == 2).values(actor="other"))
    result = working.run("verify", "--all")
    assert result.exit_code == 1
    assert "Chain office, entry 2 does not hold" in result.stdout
    assert working.run("verify", "--all", "--as", "clerk").exit_code == 0


def test_an_applicant_is_erased_from_the_shell(working: Shell, numbers: list[str]) -> None:
    assert working.json("erase", "--dry-run") == {"dry_run": True, "items": []}
    result = working.run("erase", "--applicant-of", numbers[0], "--reason", "依申请抹除")
    assert result.exit_code == 1
    assert "not ended" in result.stderr
    assert working.run("erase", "--applicant-of", numbers[0]).exit_code == 2
    assert working.run("erase", "--as", "auditor").exit_code == 1
