"""Many simulated cases in small: each is proven, and replays to what it is; `make cases` does it with ten thousand."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.endurance.many_cases import ManyCases


def test_every_simulated_case_is_proven_and_replays_to_what_it_is(embedded_template: Path, tmp_path: Path) -> None:
    shutil.copy(embedded_template / "office.db", tmp_path / "office.db")
    many = ManyCases(tmp_path, seed=3, made=True)
    try:
        many.go(40, changes=2)
        cases, entries = many.check(jobs=1)
        assert cases == 40 and entries > 5 * cases
        assert sum(many.compare(number) for number in many.numbers()) == entries
        types, statuses = many.tally()
        assert types.keys() >= {"instant", "joint", "promised", "reported", "returned"}
        assert statuses.keys() >= {"open", "completed", "returned"}
        # What is drawn has come about, whatever else the seed brings.
        assert all(many.done[what] for what in ("migrate", "mend", "send_back", "withdraw", "return_", "suspend"))
    finally:
        many.close()
