"""A scenario played to its end, what it was expected to show, and which flows scenarios together cover."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.definitions.model import Problem, Process, Reading, SourceFile
from engine.errors import Invalid, NotFound, NotOffered, TaskAlreadyCompleted, YichuangError
from engine.execution import DefinitionError
from engine.trial.probes import flows_of
from engine.trial.reading import ScenarioError
from engine.trial.rehearsal import Rehearsal, Trials, Watch
from engine.trial.scenario import Act, Expected, Scenario, load

#: So long, in seconds of a processor, the scenarios of a set are played; what is left then is refused unplayed. A busy
#: machine refuses nothing that an idle one takes.
MOST_SECONDS = 30

#: Endings of the names of scenario files.
SCENARIOS = (".yaml", ".yml")


@dataclass(frozen=True, kw_only=True)
class Check:
    """One expectation."""

    #: What is looked at: ``status``, ``path``, ``data.decision``, …; of a step that could not be made its verb.
    what: str
    #: Line of the scenario.
    line: int
    expected: Any
    seen: Any

    @property
    def met(self) -> bool:
        """Whether it came as expected."""
        return bool(self.expected == self.seen)

    def __str__(self) -> str:
        return f"{self.what}: expected {_shown(self.expected)}, seen {_shown(self.seen)}"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A scenario that was played."""

    scenario: Scenario
    #: Elements that tokens entered, in order.
    path: tuple[str, ...]
    #: Sequence flows that tokens took, with the keys of their processes.
    flows: frozenset[tuple[str, str]]
    status: str
    end: str | None
    milestones: tuple[str, ...]
    #: When the case came to rest, on the trial's clock.
    at: datetime
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether everything came as expected."""
        return all(check.met for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """For a program that reads it."""
        return {
            "scenario": self.scenario.name,
            "file": self.scenario.file,
            "ok": self.ok,
            "status": self.status,
            "end": self.end,
            "at": self.at.isoformat(),
            "path": list(self.path),
            "milestones": list(self.milestones),
            "checks": [
                {"what": c.what, "line": c.line, "expected": c.expected, "seen": c.seen, "met": c.met}
                for c in self.checks
            ],
        }


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Which sequence flows of one process were taken."""

    process: str
    total: int
    #: Ids of those that were not, in the order of the file.
    missed: tuple[str, ...]

    @property
    def taken(self) -> int:
        """How many were."""
        return self.total - len(self.missed)

    def to_json(self) -> dict[str, Any]:
        """As it is told to programs."""
        return {"process": self.process, "total": self.total, "taken": self.taken, "missed": list(self.missed)}


def run(processes: Mapping[str, Process] | Trials, scenario: Scenario, watch: Watch | None = None) -> Trial:
    """Play a scenario in memory.

    :param watch: is shown the case after each step

    :raises NotFound: when the set does not hold its process
    :raises DefinitionError: when the set cannot be executed
    """
    trials = processes if isinstance(processes, Trials) else Trials(processes)
    case = trials.begin(scenario, watch)
    checks: list[Check] = []
    refused = False
    for act in scenario.steps:
        if act.expected is not None:
            checks += _judge(act.expected, case, act.line)
            continue
        if fault := _do(case, act):
            checks.append(Check(what=_named(act), line=act.line, expected="done", seen=fault))
            refused = True
            break
    if scenario.finish and not refused and (fault := _finish(case)):
        checks.append(Check(what="go-on", line=scenario.line, expected="done", seen=fault))
    if scenario.expected.incident is None and case.execution.incidents:
        incident = case.execution.incidents[0]
        seen = f"{incident.element}: {incident.cause}"
        checks.append(Check(what="incident", line=scenario.line, expected=None, seen=seen))
    checks += _judge(scenario.expected, case, scenario.line)
    return Trial(
        scenario=scenario,
        path=tuple(case.path),
        flows=frozenset(case.flows),
        status=case.case.status,
        end=case.end,
        milestones=tuple(case.milestones),
        at=case.now.astimezone(case.handling.calendar.zone),
        checks=tuple(checks),
    )


def coverage(processes: Mapping[str, Process], trials: Iterable[Trial]) -> list[Coverage]:
    """For each process how many of its sequence flows the trials took together."""
    taken = {flow for trial in trials for flow in trial.flows}
    found = []
    for key, process in processes.items():
        flows = flows_of(process)
        missed = tuple(flow for flow in flows if (key, flow) not in taken)
        found.append(Coverage(process=key, total=len(flows), missed=missed))
    return found


def check_scenarios(reading: Reading | Mapping[str, Process], scenarios: Iterable[SourceFile]) -> list[Problem]:
    """Play scenario files on a read set: a problem for each that cannot be read or does not come as expected.

    :param reading: the set, or the processes by key where those that it calls come from elsewhere
    """
    if isinstance(reading, Reading):
        if not reading.ok:
            return []
        processes: Mapping[str, Process] = {process.key: process for process in reading.processes}
    else:
        processes = reading
    try:
        trials = Trials(processes)
    except YichuangError:
        return []
    found: list[Problem] = []
    until = time.thread_time() + MOST_SECONDS
    for source in scenarios:
        if time.thread_time() > until:
            spent = f"{MOST_SECONDS} seconds of a processor"
            message = f"not played: those before it took more than {spent}; deploy in parts"
            found.append(_problem(source.name, 1, "scenario", message))
            continue
        try:
            trial = run(trials, read_file(source))
        except ScenarioError as error:
            message = f"{error.field}: {error.message}" if error.field else error.message
            found.append(_problem(source.name, error.line, "scenario", message))
        except DefinitionError as error:
            message = f"the process cannot be tried: {error.detail}"
            found.append(_problem(source.name, 1, "scenario", message, error.element))
        except YichuangError as error:
            found.append(_problem(source.name, 1, "scenario", error.detail))
        else:
            found += [_problem(source.name, c.line, "scenario-failed", str(c)) for c in trial.checks if not c.met]
    return found


def read_file(source: SourceFile) -> Scenario:
    """A scenario from a file.

    :raises ScenarioError: when it cannot be read
    """
    try:
        return load(source.content.decode("utf-8-sig"), source.name)
    except UnicodeDecodeError:
        raise ScenarioError("the file is not UTF-8: save it as UTF-8", line=1, file=source.name) from None


def _problem(file: str, line: int, rule: str, message: str, element: str | None = None) -> Problem:
    return Problem(file=file, line=line, element=element, rule=rule, severity="error", message=message)


def _do(case: Rehearsal, act: Act) -> str | None:
    """Make a step; why it cannot be made, if so."""
    try:
        match act.verb:
            case "complete":
                if any(act.what == job.element.id for job in case.jobs):
                    case.work(act.what, act.data)
                else:
                    case.complete(act.what, act.data)
            case "message":
                case.message(act.what, act.data)
            case "wait" if act.wait is not None:
                case.wait(act.wait)
            case "until" if act.until is not None:
                case.until(act.until)
            case "go-on":
                case.go_on(act.what or None)
            case "suspend":
                case.suspend(act.what)
            case "resume":
                case.resume()
            case "extend":
                case.extend(act.days)
    except YichuangError as error:
        return _why(error)
    return None


def _finish(case: Rehearsal) -> str | None:
    try:
        case.go_on()
    except YichuangError as error:
        return _why(error)
    return None


def _why(error: YichuangError) -> str:
    if isinstance(error, Invalid) and error.errors:
        return "; ".join(f"{field.pointer} {field.message}" for field in error.errors)
    if isinstance(error, NotFound | NotOffered | TaskAlreadyCompleted):
        return error.detail
    return f"{error.problem}: {error.detail}"


def _judge(expected: Expected, case: Rehearsal, line: int) -> list[Check]:
    """Compare what is expected with what is seen."""
    checks: list[Check] = []

    def check(what: str, wanted: Any, seen: Any) -> None:
        if wanted is not None:
            checks.append(Check(what=what, line=line, expected=wanted, seen=seen))

    if expected.path is not None:
        missing = _first_missing(expected.path, case.path)
        checks.append(Check(what="path", line=line, expected=None, seen=missing and f"{missing} is not passed in turn"))
    for element in expected.never or ():
        check(f"never {element}", False, element in case.path)
    if expected.open is not None:
        check("open", sorted(expected.open), sorted(task.element.id for task in case.tasks))
    check("status", expected.status, case.case.status)
    check("end", expected.end, case.end)
    check("type", expected.type, case.case.type)
    if expected.milestones is not None:
        check("milestones", list(expected.milestones), list(case.milestones))
    for name, value in expected.data.items():
        seen = _like(value, case.execution.variables.get(name))
        checks.append(Check(what=f"data.{name}", line=line, expected=value, seen=seen))
    if expected.incident is not None:
        check("incident", expected.incident, next((i.element for i in case.execution.incidents), None))
    return checks


def _first_missing(expected: Sequence[str], path: Iterable[str]) -> str | None:
    """The first element that is not passed after those before it."""
    passed = iter(path)
    return next((element for element in expected if element not in passed), None)


def _like(expected: Any, seen: Any) -> Any:
    """Of a context only what is expected of it."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        return {name: _like(value, seen.get(name)) for name, value in expected.items()}
    return seen


def _named(act: Act) -> str:
    return f"{act.verb} {act.what}".strip()


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 300 else text[:300] + "…"
