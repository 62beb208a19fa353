"""`docs/trying.md` shows a scenario that is met."""

from __future__ import annotations

import re
from pathlib import Path

from engine.trial import load, run
from tests.processes.ordinary import processes

PAGE = Path(__file__).parents[2] / "docs" / "trying.md"


def test_the_scenario_of_the_page_is_met() -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    trial = run(processes(), load(found[1]))
    assert [str(check) for check in trial.checks if not check.met] == []
