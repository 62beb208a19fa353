"""Somebody who can write to the database's file changes what they like: each change is found, at its case."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine import Office
from engine.errors import Invalid
from engine.storage import tables
from tests.history.tamper import tamper
from tests.office.at_work import accept, do, do_named, matter_of_type, to_the_end
from tests.office.test_undertakings import undertaken

#: Tables whose rows belong to a case, and what they are sorted by.
BELONGING = {"case_file": "id", "entry": "case_id, seq", "task": "id", "case_unit": "case_id, unit"}

#: How many random changes are tried.
ROUNDS = 300
SEED = 20260310


@pytest.fixture
def at_work(embedded_office: Office, clock: Any) -> Office:
    """An office with a case that ended, one with departments at work, one suspended, one just accepted, and one against
    an undertaking."""
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    to_the_end(office, accept(office, matter_of_type(office, "instant")))
    case = accept(office, matter_of_type(office, "joint"), serial=902)
    while len(case["tasks"]) == 1:
        case = do_named(office, case, case["tasks"][0]["element"])
    do(office, case["tasks"][0])
    suspended = accept(office, matter_of_type(office, "promised"), serial=903)
    while suspended["due"] is None:
        suspended = do(office, suspended["tasks"][0])
    clock.pass_time(hours=3)
    office.reminders.remind(suspended["number"], "快些", by=clerk)
    office.cases.prioritise(suspended["number"], "加急", 80, by=office.people.person("leader"))
    office.cases.suspend(suspended["number"], ground="testing", reason="检验", by=clerk)
    accept(office, matter_of_type(office, "instant"), serial=904)
    undertaken(office, serial=905)
    return office


@pytest.fixture
def file(at_work: Office, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The database's file, opened past the office."""
    with closing(sqlite3.connect(tmp_path / "office.db", isolation_level=None)) as connection:
        yield connection


def first_bad(office: Office) -> Any:
    """What `verify --all` finds first."""
    _, proofs = office.history.survey(by=office.people.person("auditor"), jobs=1)
    return next((proof["first_bad"] for proof in proofs if not proof["ok"]), None)


def rows_of(file: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return file.execute(f"select rowid, * from {table} order by {BELONGING[table]}").fetchall()


def change(value: Any, chance: random.Random) -> Any:
    """A value of the same type with one byte, or one digit, that is not the same."""
    if isinstance(value, int):
        return value + chance.choice((-1, 1))
    content = bytearray(value.encode() if isinstance(value, str) else value)
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(content)


def test_any_byte_of_any_row_of_a_case(at_work: Office, file: sqlite3.Connection) -> None:
    assert first_bad(at_work) is None
    numbers = dict(file.execute("select id, number from case_file"))
    chance = random.Random(SEED)
    columns = [(t.name, c.name) for t in tables.metadata.sorted_tables if t.name in BELONGING for c in t.columns]
    touched = set()
    for round in range(ROUNDS):
        table, column = columns[round % len(columns)]
        names = [info[1] for info in file.execute(f"pragma table_info({table})")]
        full = [r for r in rows_of(file, table) if r[1 + names.index(column)] not in (None, "", b"")]
        for values in chance.sample(full, len(full)):
            row = dict(zip(["rowid", *names], values, strict=True))
            before, after = row[column], change(row[column], chance)
            put = "cast(? as text)" if isinstance(before, str) else "?"
            try:
                file.execute(f'update {table} set "{column}" = {put} where rowid = ?', (after, row["rowid"]))
                break
            except sqlite3.IntegrityError:
                # The place is taken: another row will do.
                continue
        else:
            continue
        bad = first_bad(at_work)
        where = f"{table}.{column} {before!r} -> {after!r}"
        assert bad is not None, where
        owner = row["id"] if table == "case_file" else row["case_id"]
        if column in ("id", "case_id") and table != "task":
            pass  # The row now stands with another case: one of both is named.
        elif column == "number":
            assert bad["case"] != numbers[owner], where
        elif column != "case_id":
            assert bad["case"] == numbers[owner], (where, bad)
        if table == "entry" and column not in ("case_id", "seq"):
            assert bad["seq"] == row["seq"], (where, bad)
        rowid = row["rowid"] if column != "id" or table != "case_file" else after
        file.execute(f'update {table} set "{column}" = ? where rowid = ?', (before, rowid))
        touched.add((table, column))
    assert first_bad(at_work) is None
    missed = set(columns) - touched
    assert {column for _, column in missed} <= {"role"}, missed


def test_a_number_that_is_no_text_any_more(at_work: Office, file: sqlite3.Connection, tmp_path: Path) -> None:
    at_work.checkpoints.make(tmp_path / "kept.jsonl")
    (number,) = file.execute("select number from case_file where id = 2").fetchone()
    broken = number[:-1].encode() + b"\xb7"
    file.execute("update case_file set number = cast(? as text) where id = 2", (broken,))
    assert first_bad(at_work)["case"] == broken.decode(errors="replace")
    assert at_work.checkpoints.against(tmp_path / "kept.jsonl")["first_bad"]["case"] == number
    with pytest.raises(Invalid, match=number):
        at_work.checkpoints.make(tmp_path / "kept.jsonl")


def test_random_tamperings_in_every_way() -> None:
    """A few of those that `make tamper` tries by the thousand."""
    assert tamper(30, SEED).total() == 30


@pytest.mark.parametrize("table", ["entry", "task", "case_unit"])
def test_a_row_taken_out(at_work: Office, file: sqlite3.Connection, table: str) -> None:
    numbers = dict(file.execute("select id, number from case_file"))
    names = [info[1] for info in file.execute(f"pragma table_info({table})")]
    for row in rows_of(file, table)[::3]:
        fields = dict(zip(["rowid", *names], row, strict=True))
        file.execute(f"delete from {table} where rowid = ?", (row[0],))
        bad = first_bad(at_work)
        assert bad is not None, fields
        assert bad["case"] == numbers[fields["case_id"]]
        if table == "entry":
            assert bad["seq"] == fields["seq"]
        marks = ", ".join("?" * len(row))
        quoted = ", ".join(f'"{name}"' for name in names)
        file.execute(f"insert into {table} (rowid, {quoted}) values ({marks})", row)
    assert first_bad(at_work) is None


def test_two_entries_in_each_others_place(at_work: Office, file: sqlite3.Connection) -> None:
    file.execute("update entry set seq = 99 where case_id = 2 and seq = 2")
    file.execute("update entry set seq = 2 where case_id = 2 and seq = 3")
    file.execute("update entry set seq = 3 where case_id = 2 and seq = 99")
    bad = first_bad(at_work)
    assert (bad["case"], bad["seq"]) == (file.execute("select number from case_file where id = 2").fetchone()[0], 2)


def test_a_tail_cut_off(at_work: Office, file: sqlite3.Connection) -> None:
    number, last = file.execute("select number, seq from case_file where id = 2").fetchone()
    file.execute("delete from entry where case_id = 2 and seq > ?", (last - 2,))
    bad = first_bad(at_work)
    assert (bad["case"], bad["seq"]) == (number, last - 1)


def test_a_tail_cut_off_and_the_case_set_back(at_work: Office, file: sqlite3.Connection) -> None:
    number, last = file.execute("select number, seq from case_file where id = 2").fetchone()
    file.execute("delete from entry where case_id = 2 and seq = ?", (last,))
    head = "(select hash from entry where case_id = 2 and seq = ?)"
    file.execute(f"update case_file set seq = seq - 1, head = {head} where id = 2", (last - 1,))
    assert first_bad(at_work)["case"] == number


@pytest.mark.parametrize(
    "statement",
    [
        "update binding set versions = replace(versions, '\"joint\":1', '\"joint\":2')",
        "update binding set root = 'joint'",
        "update applicant set identity = replace(identity, substr(identity, 1, 1), 'x')",
        "delete from applicant",
        "delete from binding",
    ],
)
def test_what_a_case_refers_to(at_work: Office, file: sqlite3.Connection, statement: str) -> None:
    assert first_bad(at_work) is None
    assert file.execute(statement).rowcount
    assert first_bad(at_work) is not None


@pytest.mark.parametrize("left", ["entry", "task", "case_unit"])
def test_a_case_of_which_something_is_left(at_work: Office, file: sqlite3.Connection, left: str) -> None:
    number = file.execute("select number from case_file where id = 2").fetchone()[0]
    file.execute("delete from case_file where id = 2")
    for table in {"entry", "task", "case_unit"} - {left}:
        file.execute(f"delete from {table} where case_id = 2")
    bad = first_bad(at_work)
    assert "gone" in bad["reason"]
    assert bad["case"] == (number if left == "entry" else "(row 2)")


def test_the_same_in_several_processes(
    at_work: Office, file: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.office.survey.BATCH", 3)
    for serial in range(8):
        accept(at_work, matter_of_type(at_work, "instant"), serial=910 + serial)
    auditor = at_work.people.person("auditor")
    count, proofs = at_work.history.survey(by=auditor, jobs=2)
    here = list(at_work.history.survey(by=auditor, jobs=1)[1])
    assert count == 13
    assert list(proofs) == here
    number = here[6]["number"]
    file.execute("update case_file set agent = 'other' where number = ?", (number,))
    assert first_bad(at_work)["case"] == number
    count, proofs = at_work.history.survey(by=auditor, since=here[7]["number"], jobs=2)
    assert count == 6
    assert all(proof["ok"] for proof in proofs)
