"""Whether the cases that were made are cases: a sample of them is proven and replayed."""

from __future__ import annotations

import random

from sqlalchemy import func, select

from engine import Office
from engine.storage import tables


def check(office: Office, sample: int) -> int:
    """Prove and replay so many cases, drawn from all. Gives how many entries they have.

    :raises AssertionError: at the first that does not hold, or whose replay leads elsewhere.
    """
    auditor, chance, case = office.people.person("auditor"), random.Random(3), tables.case.c
    with office.database.read() as connection:
        last = connection.execute(select(func.max(case.id))).scalar_one()
        drawn = sorted({chance.randrange(1, last + 1) for _ in range(sample)})
        numbers = list(connection.execute(select(case.number).where(case.id.in_(drawn))).scalars())
    entries = 0
    for number in numbers:
        proof = office.history.verify(number, by=auditor)
        assert proof["ok"], proof
        again = office.history.replay(number, by=auditor)
        stored = office.cases.get(number, by=auditor)
        for name in ("status", "type", "data", "due", "tokens"):
            assert again[name] == stored[name], (number, name)
        entries += proof["entries"]
    return entries
