"""What an auditor asks that cannot be answered, and histories that somebody has spoilt: it is said what, and where."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from engine import Office
from engine.errors import Invalid
from engine.history.layouts import LAYOUT
from engine.storage import tables
from examples import verify_export
from tests.api.calling import Caller, problem
from tests.api.conftest import app, callers, clerk, furnished, housing, office
from tests.api.test_http_history import case
from tests.cli.conftest import Shell, made, shell, working
from tests.conftest import SetClock
from tests.history.test_verify_command import numbers, tamper

__all__ = ["app", "callers", "case", "clerk", "furnished", "housing", "made", "numbers", "office", "shell", "working"]

_ENTRY = tables.entry.c
_SECOND = _ENTRY.seq == 2
FUTURE, PAST = "2199-01-01T00:00:00+08:00", "2000-01-01T00:00:00+08:00"


def test_a_moment_that_the_case_does_not_have(callers: dict[str, Caller], case: Any) -> None:
    neither = "the number of an entry, or an RFC 3339 time"
    asked: list[tuple[dict[str, str], str, str]] = [
        ({"at": FUTURE}, "/at", "yet to come: it is 2026-03-10T09:00"),
        ({"at": PAST}, "/at", "had not begun then: it began at 2026-03-10T09:00"),
        ({"at": "4"}, "/at", "no entry 4: its entries are numbered from 1 to 3"),
        ({"at": "0"}, "/at", "no entry 0"),
        ({"at": "9" * 18}, "/at", "no entry 9"),
        ({"at": "9" * 5000}, "/at", neither),
        ({"at": "-1"}, "/at", neither),
        ({"at": "2026-03-10"}, "/at", neither),
        ({"at": "1", "to": FUTURE}, "/to", "yet to come"),
        ({"at": "1", "to": "4"}, "/to", "no entry 4"),
        ({"at": "3", "to": "2"}, "/to", "earlier"),
    ]
    for given, pointer, told in asked:
        answer = callers["auditor"].get(f"/cases/{case['number']}/replay", **given)
        assert problem(answer) == (422, "validation")
        (error,) = answer.json["errors"]
        assert (error["pointer"], told in error["message"]) == (pointer, True), error


def test_the_same_in_the_shell(working: Shell, numbers: list[str]) -> None:
    for at, code, told in (
        (FUTURE, 1, "yet to come"),
        (PAST, 1, "had not begun then"),
        ("2", 1, "no entry 2: its entries are numbered from 1 to 1"),
        ("9" * 5000, 2, "is no time"),
        ("lately", 2, "is no time"),
    ):
        result = working.run("replay", numbers[0], "--at", at)
        assert (result.exit_code, told in result.stderr) == (code, True), result.stderr


def _hashed(body: bytes) -> dict[str, Any]:
    """A body as somebody puts it in who knows how entries are hashed."""
    return {"body": body, "hash": hashlib.sha256(body).hexdigest()}


#: What somebody did to the database → from which entry on nothing can be shown, and what is said.
SPOILT: dict[str, tuple[Any, int, str]] = {
    "a gap": (delete(tables.entry).where(_SECOND), 2, "entry 2"),
    "another number": (update(tables.entry).where(_SECOND).values(seq=9), 2, "entry 2"),
    "no beginning": (delete(tables.entry).where(_ENTRY.seq == 1), 1, "entry 1"),
    "no end": (delete(tables.entry).where(_ENTRY.seq == 3), 3, "entry 3"),
    "nothing": (delete(tables.entry), 1, "entry 1"),
    "no JSON": (update(tables.entry).where(_SECOND).values(body=b"{"), 2, "entry 2"),
    "no entry": (update(tables.entry).where(_SECOND).values(body=b"[]"), 2, "entry 2"),
    "no entry, with its hash": (update(tables.entry).where(_SECOND).values(_hashed(b"[]")), 2, "entry 2"),
    "another hash": (update(tables.entry).where(_SECOND).values(hash="0" * 64), 2, "entry 2"),
    "another actor beside it": (update(tables.entry).where(_SECOND).values(actor="somebody"), 2, "entry 2"),
    "no fields, with its hash": (
        update(tables.entry).where(_SECOND).values(_hashed(b'{"seq":2,"v":%d}' % LAYOUT)),
        2,
        "entry 2",
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_history_is_shown_as_far_as_it_goes(
    callers: dict[str, Caller], case: Any, office: Office, clock: SetClock, what: str
) -> None:
    statement, first, told = SPOILT[what]
    with office.database.write() as connection:
        connection.execute(statement)
    auditor, number = callers["auditor"], case["number"]
    clock.pass_time(hours=1)
    for at in range(1, first):
        assert auditor.get(f"/cases/{number}/replay", at=at).json["seq"] == at
    last: list[dict[str, Any]] = [{}, {"at": "2026-03-10T09:30:00+08:00"}]
    for moment in [*({"at": at} for at in range(first, 4)), *last]:
        answer = auditor.get(f"/cases/{number}/replay", **moment)
        assert problem(answer) == (422, "validation")
        assert told in answer.json["detail"].lower(), answer.json
    proof = auditor.post(f"/cases/{number}/verify").json
    assert (proof["ok"], proof["entries"], proof["first_bad"]["seq"]) == (False, first - 1, first)
    played = office.history.playback(number, by=office.people.person("auditor"))
    assert (len(played["frames"]), (played["fault"] or {}).get("seq")) == (first - 1, first)


@pytest.mark.parametrize("what", ["no JSON", "no entry", "no fields, with its hash"])
def test_where_an_entry_cannot_be_read_it_is_named(
    callers: dict[str, Caller], case: Any, office: Office, what: str
) -> None:
    with office.database.write() as connection:
        connection.execute(SPOILT[what][0])
    auditor, named = callers["auditor"], f"Entry 2 of {case['number']} cannot be read"
    asked: list[tuple[str, dict[str, Any]]] = [
        (f"/cases/{case['number']}/history", {}),
        ("/history", {}),
        ("/conformance", {"process": "two_steps"}),
    ]
    for path, given in asked:
        answer = auditor.get(path, **given)
        assert problem(answer) == (422, "validation"), path
        assert named in answer.json["detail"]
    for format in ("jsonl", "csv", "xes", "ocel2"):
        with pytest.raises(Invalid, match=named):
            list(office.exports.write(format, by=office.people.person("auditor")))


def test_an_entry_put_after_the_last_is_found(callers: dict[str, Caller], case: Any, office: Office) -> None:
    """It hangs on nothing, so all that follows from the entries before it is as it should be."""
    with office.database.write() as connection:
        last = connection.execute(select(tables.entry).where(_ENTRY.seq == 3)).one()._mapping
        connection.execute(insert(tables.entry).values({**last, "seq": 4, "actor": "leader"}))
    proof = callers["auditor"].post(f"/cases/{case['number']}/verify").json
    assert (proof["ok"], proof["entries"], proof["first_bad"]["seq"]) == (False, 3, 4)


def test_a_history_with_a_gap_from_the_shell_to_its_proof_elsewhere(
    working: Shell, numbers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    number = numbers[0]
    working.file("look.json", {"finding": "齐全"})
    working.out("complete", task_of(working, number), "--data", "look.json", "--as", "clerk")
    working.file("agree.json", {"agree": True})
    working.out("complete", task_of(working, number), "--data", "agree.json", "--as", "housing")
    tamper(delete(tables.entry).where(_SECOND))
    assert working.json("replay", number, "--at", "1")["seq"] == 1
    for at in ("2", "3"):
        refused = working.run("replay", number, "--at", at)
        assert (refused.exit_code, "Entry 2 does not hold" in refused.stderr) == (1, True), refused.stderr
        assert "entry 3 stands in its place" in refused.stderr
    proven = working.run("verify", number)
    assert (proven.exit_code, "entry 2 is missing" in proven.output) == (1, True), proven.output
    working.out("export", "--format", "jsonl", "--case", number, "-o", "case.jsonl")
    assert verify_export.main(["case.jsonl"]) == 1
    assert f"case {number}, entry 2 is missing" in capsys.readouterr().out


def task_of(shell: Shell, number: str) -> str:
    return str(shell.json("show", number)["tasks"][0]["id"])


def test_an_entry_that_cannot_be_read_ends_an_export_in_the_shell(working: Shell, numbers: list[str]) -> None:
    tamper(update(tables.entry).where(tables.entry.c.case_id == 1).values(body=b"{"))
    refused = working.run("export", "--format", "csv")
    assert refused.exit_code == 1
    assert f"Entry 1 of {numbers[0]} cannot be read" in refused.stderr


def test_the_checkpoints_of_another_office_in_the_shell(working: Shell, numbers: list[str], tmp_path: Path) -> None:
    # given one that began from the same database, with keys of its own
    other = Office(f"sqlite:///{tmp_path}/var/yichuang.db", keyring=f"sqlite:///{tmp_path}/other.db")
    other.keyring.upgrade()
    other.checkpoints.make(tmp_path / "theirs.jsonl")
    other.close()
    theirs = (tmp_path / "theirs.jsonl").read_bytes()
    for command in (("verify", "--against", "theirs.jsonl"), ("checkpoint", "-o", "theirs.jsonl")):
        refused = working.run(*command)
        assert (refused.exit_code, "another office" in refused.stderr) == (1, True), refused.stderr
    assert (tmp_path / "theirs.jsonl").read_bytes() == theirs


def test_a_case_of_another_unit(callers: dict[str, Caller], working: Shell, numbers: list[str]) -> None:
    """It is as if there were none."""
    for command in ("history", "replay", "verify"):
        refused = working.run(command, numbers[0], "--as", "housing")
        none = working.run(command, "20260310-H01-9999-X", "--as", "housing")
        assert (refused.exit_code, none.exit_code) == (1, 1)
        assert refused.stderr.replace(numbers[0], "") == none.stderr.replace("20260310-H01-9999-X", "")
    refused = working.run("export", "--format", "jsonl", "--case", numbers[0], "--as", "housing")
    assert (refused.exit_code, refused.stdout) == (1, "")
    seen = callers["clerk"].start()["number"]
    for asked in ("history", "replay", "inclusion"):
        assert callers["housing"].get(f"/cases/{seen}/{asked}").status_code in (403, 404)
    assert seen not in callers["housing"].get("/history").get_data(as_text=True)
    assert callers["housing"].get("/export", format="jsonl", case=seen).status_code == 403
