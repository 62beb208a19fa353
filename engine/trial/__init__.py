"""Trying processes without deploying them: scenarios in memory, on a clock that only moves when told to.

Not for running cases: nothing is stored, nobody's rights are asked, and no unit need exist.
"""

from engine.trial.course import Course, Station, openings
from engine.trial.reading import ScenarioError
from engine.trial.rehearsal import Rehearsal, Trials
from engine.trial.running import SCENARIOS, Check, Coverage, Trial, check_scenarios, coverage, read_file, run
from engine.trial.scenario import Expected, Scenario, load

__all__ = [
    "SCENARIOS",
    "Check",
    "Course",
    "Coverage",
    "Expected",
    "Rehearsal",
    "Scenario",
    "ScenarioError",
    "Station",
    "Trial",
    "Trials",
    "check_scenarios",
    "coverage",
    "load",
    "openings",
    "read_file",
    "run",
]
