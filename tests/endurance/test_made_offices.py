"""Offices that are made by copying cases: every case in them is one that the office could have handled."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.scale import checking
from benchmarks.scale.generator import Originals, fill
from benchmarks.scale.originals import LARGE, SMALL, SetClock
from engine import Office
from engine.storage import tables

#: A Thursday afternoon in Beijing.
PRESENT = datetime(2026, 4, 16, 7, 0, tzinfo=UTC)


def test_copies_are_cases_like_any_other(database_url: str, tmp_path: Path) -> None:
    """Each proves and replays, can be gone on with, and no two have anything of their own in common."""
    clock = SetClock(PRESENT)
    office = Office(database_url, keyring=f"sqlite:///{tmp_path}/keyring.db", clock=clock)
    office.keyring.upgrade()
    made = fill(office, clock, 120, originals=Originals(closed=4, open=2, each=1), processes=1)
    auditor, clerk = office.people.person("auditor"), office.people.person(LARGE)
    with office.database.read() as connection:
        numbers = list(connection.execute(select(tables.case.c.number).order_by(tables.case.c.id)).scalars())
        hashes = Counter(connection.execute(select(tables.entry.c.hash)).scalars())
        applicants = connection.execute(select(func.count()).select_from(tables.applicant)).scalar_one()

    assert made.cases == len(numbers) == len(set(numbers)) == 120
    assert made.groups == {LARGE: 12, SMALL: 12}
    assert hashes.total() == made.entries
    assert set(hashes.values()) == {1}
    assert applicants > 30
    for number in numbers[:: len(numbers) // 20]:
        proof = office.history.verify(number, by=auditor)
        assert proof["ok"], proof
    checking.check(office, sample=10)

    assert office.clock.tick() == 0, "nothing is due at the present"
    tasks = office.tasks.list(by=clerk)["items"]
    assert len(tasks) == 12
    task = tasks[-1]
    before = office.cases.get(task["case"], by=clerk)
    office.cases.comment(task["case"], "查过", by=clerk)
    again = office.cases.start(
        before["matter"], {**before["applicant"]}, {}, by=office.people.person("clerk"), window="H01"
    )
    assert again["number"] not in numbers
    for number in (task["case"], again["number"]):
        assert office.history.verify(number, by=auditor)["ok"]

    applicant = office.cases.get(numbers[-1], by=auditor)["applicant"]
    by_name = office.cases.list(by=auditor, q=applicant["name"])["items"]
    by_document = office.cases.list(by=auditor, q=applicant["id_number"])["items"]
    assert numbers[-1] in {case["number"] for case in by_name}
    assert len(by_name) <= 3, "an applicant has three cases at the most"
    assert by_name == by_document, "they are found by what was sealed for them"
    office.close()
