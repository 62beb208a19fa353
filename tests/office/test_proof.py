"""Tampering is found, and its place is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, delete, update

from engine import Office
from engine.storage import tables
from tests.conftest import MORNING, SetClock
from tests.office.at_work import accept, do_named, matter_of_type

_ENTRY, _CASE = tables.entry, tables.case


def _reword(connection: Connection) -> None:
    body = connection.execute(_ENTRY.select().where(_ENTRY.c.seq == 3)).one().body
    connection.execute(update(_ENTRY).where(_ENTRY.c.seq == 3).values(body=body.replace(b'"clerk"', b'"other"')))


def _rehash(connection: Connection) -> None:
    import hashlib

    body = connection.execute(_ENTRY.select().where(_ENTRY.c.seq == 3)).one().body
    body = body.replace(b'"clerk"', b'"other"')
    values = {"body": body, "hash": hashlib.sha256(body).hexdigest(), "actor": "other"}
    connection.execute(update(_ENTRY).where(_ENTRY.c.seq == 3).values(**values))


@pytest.mark.parametrize(
    ("tamper", "seq"),
    [
        (_reword, 3),
        (_rehash, 4),
        (lambda c: c.execute(update(_ENTRY).where(_ENTRY.c.seq == 2).values(actor="other")), 2),
        (lambda c: c.execute(delete(_ENTRY).where(_ENTRY.c.seq == 2)), 2),
        (lambda c: c.execute(delete(_ENTRY).where(_ENTRY.c.seq == 4)), 4),
        (lambda c: c.execute(update(_CASE).values(status="completed")), 5),
        (lambda c: c.execute(update(_CASE).values(agent="other")), 5),
        (lambda c: c.execute(update(_CASE).values(due=None)), 5),
        (lambda c: c.execute(update(_CASE).values(wake_at=None)), 5),
    ],
)
def test_a_change_behind_the_offices_back_is_found(
    embedded_office: Office, tamper: Callable[[Connection], object], seq: int
) -> None:
    office, auditor = embedded_office, embedded_office.people.person("auditor")
    case = accept(office, matter_of_type(office, "joint"))
    for _ in range(3):
        case = do_named(office, case, case["tasks"][0]["element"])
    assert case["version"] == 4
    assert office.history.verify(case["number"], by=auditor)["ok"]

    with office.database.write() as connection:
        tamper(connection)

    proof = office.history.verify(case["number"], by=auditor)
    assert not proof["ok"]
    assert proof["first_bad"]["seq"] == seq, proof


@pytest.mark.parametrize(
    "statement",
    [
        "update task set status = cast(status as blob)",
        "update task set unit = cast(unit as blob)",
        "update case_file set number = cast(number as blob)",
        "update case_unit set unit = cast(unit as blob)",
        "update entry set actor = cast(actor as blob) where seq = 2",
    ],
)
def test_a_text_that_was_made_a_blob_hides_nothing(embedded_office: Office, statement: str) -> None:
    office, auditor = embedded_office, embedded_office.people.person("auditor")
    case = accept(office, matter_of_type(office, "joint"))
    do_named(office, case, "check_materials")
    with office.database.write() as connection:
        connection.exec_driver_sql(statement)

    _, proofs = office.history.survey(by=auditor)
    assert [proof["ok"] for proof in proofs] == [False]


def test_a_difference_between_versions_of_the_programs_says_so(
    embedded_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, auditor = embedded_office, embedded_office.people.person("auditor")
    case = accept(office, matter_of_type(office, "joint"))
    do_named(office, case, "check_materials")

    def first_bad() -> Any:
        return office.history.verify(case["number"], by=auditor)["first_bad"]

    monkeypatch.setattr("engine.office.proof.ENGINE", "yichuang/9.0 SpiffWorkflow/9.0")
    assert first_bad() is None
    monkeypatch.setattr("engine.office.replay.digest", lambda value: "0" * 64)
    assert first_bad()["seq"] == 1
    assert "executed by yichuang/" in first_bad()["reason"]
    assert "again by yichuang/9.0 SpiffWorkflow/9.0" in first_bad()["reason"]
    monkeypatch.undo()
    monkeypatch.setattr("engine.office.replay.digest", lambda value: "0" * 64)
    assert "executed by" not in first_bad()["reason"]


def test_a_clock_of_another_zone_makes_the_same_history(embedded_template: Path, tmp_path: Path) -> None:
    """What is asked of the calendar is recorded with the instant: it must be the same words in a replay."""
    shutil.copy(embedded_template / "office.db", tmp_path / "office.db")
    clock = SetClock(MORNING.astimezone(ZoneInfo("Asia/Shanghai")))
    office = Office(f"sqlite:///{tmp_path}/office.db", keyring=f"sqlite:///{tmp_path}/keyring.db", clock=clock)
    office.keyring.upgrade()
    case = accept(office, matter_of_type(office, "joint"))
    do_named(office, case, "check_materials")

    assert office.history.verify(case["number"], by=office.people.person("auditor"))["ok"]
    office.close()
