"""The scenarios that come with the six definitions: each is met, and together they take every flow."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definitions import SourceFile
from engine.trial import Trials, check_scenarios, coverage, read_file, run
from tests.processes.ordinary import FOLDER, processes

FILES = sorted(FOLDER.glob("*/scenarios/*.yaml"))


def source(path: Path) -> SourceFile:
    return SourceFile(name=path.name, content=path.read_bytes())


def test_each_definition_has_scenarios() -> None:
    assert {path.parents[1].name for path in FILES} == set(processes())


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parents[1].name}-{path.stem}" for path in FILES])
def test_a_scenario_is_met(path: Path) -> None:
    trial = run(processes(), read_file(source(path)))
    assert [str(check) for check in trial.checks if not check.met] == []
    assert trial.checks, "a scenario without expectations tests nothing"
    assert trial.status in ("completed", "returned", "withdrawn")


def test_together_they_take_every_flow() -> None:
    trials = Trials(processes())
    played = [run(trials, read_file(source(path))) for path in FILES]
    assert {found.process: found.missed for found in coverage(processes(), played)} == dict.fromkeys(processes(), ())


def test_a_scenario_that_is_left_out_is_seen_in_the_flows() -> None:
    trials = Trials(processes())
    played = [run(trials, read_file(source(path))) for path in FILES if path.stem != "withdrawn"]
    missed = {found.process: found.missed for found in coverage(processes(), played)}
    assert missed["one_window"] == ("withdrawn_by_applicant_to_withdrawn",)


def test_they_are_checked_when_the_set_is_deployed() -> None:
    assert check_scenarios(processes(), [source(path) for path in FILES]) == []
