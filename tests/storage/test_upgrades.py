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
from sqlalchemy import select

from engine import Office
from engine.errors import YichuangError
from engine.history.layouts import LAYOUT
from engine.sealing import is_sealed
from engine.storage import schema, tables
from tests.office.at_work import applicant
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


def reasons_of(office: Office, numbers: Iterable[str]) -> list[tuple[int, Any]]:
    """The reasons in the entries of cases as they are recorded, each with the layout that it was written in."""
    case, entry = tables.case.c, tables.entry.c
    query = select(entry.body).join(tables.case, case.id == entry.case_id).where(case.number.in_(list(numbers)))
    with office.database.read() as connection:
        bodies = [orjson.loads(body) for body in connection.execute(query).scalars()]
    return [(body["v"], body["input"]["reason"]) for body in bodies if "reason" in body["input"]]


def test_there_is_an_office_to_upgrade() -> None:
    assert MADE
