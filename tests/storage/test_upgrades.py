"""Offices that earlier versions have made: each is brought to this version, proven, replayed, and goes on.

The first was made with revision 0009; `made/make.py` makes another before a release.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select, text

from engine import Office
from engine.errors import YichuangError
from engine.history.layouts import LAYOUT
from engine.sealing import is_sealed
from engine.storage import schema, tables
from tests.office.at_work import accept, applicant, do, matter_of_type, to_the_end
from tests.soak.simulated import BEGIN, MATTER, Clock, opened

MADE = sorted((Path(__file__).parent / "made").glob("*.tar.gz"))


@pytest.mark.parametrize("made", MADE, ids=lambda path: path.name)
def test_an_office_of_an_earlier_version_is_upgraded_proven_and_goes_on(made: Path, tmp_path: Path) -> None:
    with tarfile.open(made) as packed:
        packed.extractall(tmp_path, filter="data")
    clock = Clock()
    clock.at = BEGIN + timedelta(days=60)
    office = opened(tmp_path, clock)
    with office.database.read() as connection:
        assert schema.current(connection) == made.name.partition(".")[0]
    office.upgrade()
    office.check_ready()

    audit = office.people.person("audit")
    with office.database.read() as connection:
        before = dict(connection.execute(select(tables.case.c.number, tables.case.c.seq)).all())
    count, proofs = office.history.survey(by=audit, jobs=1)
    proven = list(proofs)
    assert count >= 5 and all(proof["ok"] for proof in proven), proven
    assert all(proof["ok"] for proof in office.ledger.prove(by=audit))
    assert office.checkpoints.against(tmp_path / "checkpoints.jsonl")["ok"]
    for number, seq in before.items():
        assert office.history.replay(number, by=audit)["seq"] == seq

    # Its cases go on, and new ones come in.
    assert office.clock.tick() > 0
    lan = office.people.person("lan")
    office.cases.start(MATTER, applicant(990), {"invoice": "later"}, by=lan)
    at_work = [t for t in office.tasks.list(by=lan)["items"] if office.cases.get(t["case"], by=lan)["status"] == "open"]
    assert at_work
    for task in at_work[:3]:
        office.tasks.complete(task["id"], {}, by=lan)
    proven = list(office.history.survey(by=audit, jobs=1)[1])
    assert len(proven) >= count + 1 and all(proof["ok"] for proof in proven), proven
    reasons = reasons_of(office, before)
    assert reasons, "an office whose entries say why something was done"
    for number in before:
        with suppress(YichuangError):
            office.cases.withdraw(
                number, "不再办理", by=office.people.person(office.cases.get(number, by=audit)["agent"])
            )
    proven = list(office.history.survey(by=audit, jobs=1)[1])
    assert all(proof["ok"] for proof in proven), proven
    # Those of then stand as they were written; those of now are sealed.
    later = [reason for reason in reasons_of(office, before) if reason not in reasons]
    assert later and all(layout == LAYOUT and is_sealed(reason) for layout, reason in later)
    assert all(layout == LAYOUT or isinstance(reason, str) for layout, reason in reasons)

    # A backup of it is as good.
    office.backups.make(tmp_path / "backup", keys=tmp_path / "keys", checkpoints=tmp_path / "checkpoints.jsonl")
    (tmp_path / "other").mkdir()
    other = opened(tmp_path / "other", clock)
    assert other.backups.restore(tmp_path / "backup", keys=tmp_path / "keys")["cases"] == count + 1
    other.close()
    office.close()


def test_what_was_decided_before_it_was_noted_is_found_in_the_histories(office: Office) -> None:
    clerk, audit = office.people.person("clerk"), office.people.person("auditor")
    ended = to_the_end(office, accept(office, matter_of_type(office, "instant"), serial=1))
    # Those that wait for their replies, one of which is then returned and one taken back; and one with nothing decided.
    waits, anew, back, fresh = (accept(office, matter_of_type(office, "instant"), serial=n) for n in (2, 3, 4, 5))
    for case in (waits, anew, back):
        while case["decided"] is None:
            case |= do(office, case["tasks"][0])
    office.cases.return_(anew["number"], "不予办理", by=clerk)
    last = office.returns.last_of(back["number"], by=clerk)
    assert last is not None
    do(office, office.returns.withdraw(last, "写错了", by=clerk)["tasks"][0])
    office.returns.withdraw(office.returns.last_of(back["number"], by=clerk) or "", "又写错了", by=clerk)
    numbers = [case["number"] for case in (ended, waits, anew, back, fresh)]
    noted = [office.cases.get(number, by=audit)["decided"] for number in numbers]
    assert [bool(at) for at in noted] == [True, True, False, False, False]
    # given the office as the revision before had it
    with office.database.write() as connection:
        limit = "(select due from case_file where id = case_id)"
        never = "sort_due > '9999-01-01T00:00:00.000000Z'"
        accepted = "created_at >= (select accepted_at from case_file where id = case_id)"
        connection.execute(text(f"update task set sort_due = {limit} where due is null and {never} and {accepted}"))
        connection.execute(text("alter table case_file drop column decided_at"))
        connection.execute(text("update alembic_version set version_num = '0023'"))
    # when it is upgraded
    office.upgrade()
    # then each row says again what its history says
    with office.database.read() as connection:
        rows = connection.execute(select(tables.case.c.number, tables.case.c.decided_at)).all()
    assert {row.number for row in rows if row.decided_at} == set(numbers[:2])
    proofs = [office.history.verify(number, by=audit) for number in numbers]
    assert all(proof["ok"] for proof in proofs), proofs


def reasons_of(office: Office, numbers: Iterable[str]) -> list[tuple[int, Any]]:
    """The reasons in the entries of cases as they are recorded, each with the layout that it was written in."""
    case, entry = tables.case.c, tables.entry.c
    query = select(entry.body).join(tables.case, case.id == entry.case_id).where(case.number.in_(list(numbers)))
    with office.database.read() as connection:
        bodies = [orjson.loads(body) for body in connection.execute(query).scalars()]
    return [(body["v"], body["input"]["reason"]) for body in bodies if "reason" in body["input"]]


def test_there_is_an_office_to_upgrade() -> None:
    assert MADE
