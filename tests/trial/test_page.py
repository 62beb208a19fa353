"""The scenarios that the documentation shows are met."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.trial import load, run
from tests.processes.ordinary import processes

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["trying.md", "designer.md"])
def test_the_scenario_of_a_page_is_met(page: str) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    trial = run(processes(), load(text))
    assert trial.checks
    assert [str(check) for check in trial.checks if not check.met] == []
