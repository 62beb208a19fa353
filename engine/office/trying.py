"""A scenario played on processes that are not deployed, with what is deployed of those that they call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from engine.assessment import called_by, with_called
from engine.definitions import text_of
from engine.definitions.model import Process
from engine.office.views import TrialView
from engine.trial import Course, Trials, coverage, load, openings, run


def tried(fresh: Iterable[Process], deployed: Mapping[str, Process], scenario: str) -> TrialView:
    """Play a scenario (YAML), in memory.

    :raises ScenarioError: where it cannot be read.
    :raises NotFound: where there is no process of that key, or it is not said which is meant.
    :raises DefinitionError: where the processes cannot be executed.
    """
    given = load(scenario)
    mine = {process.key: process for process in fresh}
    known = {**deployed, **mine}
    roots = [*mine, *([given.process] if given.process in known.keys() - mine.keys() else [])]
    processes = with_called(roots, known)
    trials, course = Trials(processes), Course()
    trial = run(trials, given, course)
    assert course.case is not None
    root = trials.root(given.process)
    return {
        "process": root,
        "ok": trial.ok,
        "status": trial.status,
        "checks": trial.to_json()["checks"],
        "stations": [asdict(station) for station in course.stations],
        "open": openings(course.case),
        "coverage": [one.to_json() for one in coverage(mine, [trial])],
        "diagrams": [_diagram(processes[key]) for key in (root, *sorted(called_by([root], known)))],
    }


def _diagram(process: Process) -> dict[str, str]:
    source = next(file for file in process.files if file.name == process.file)
    return {"key": process.key, "name": process.file, "xml": text_of(source)}
