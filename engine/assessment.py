"""What a designer is told about a set of files: whether it can be read, be run, come to its end, and do as its
scenarios say.

The same for who lints a set, without a database, and for who deploys it. Nothing is stored here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from engine import soundness
from engine.definitions import Lookup, read
from engine.definitions.model import Problem, Process, Severity, SourceFile
from engine.execution import DefinitionError, Program
from engine.trial import SCENARIOS, ScenarioError, check_scenarios, read_file

#: Scenarios of one set.
MAX_SCENARIOS = 100


class Deployed(Lookup, Protocol):
    """What is there already."""

    def processes(self) -> Mapping[str, Process]:
        """The latest version of each process, by key."""
        ...


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What came out of assessing a set."""

    #: By key; empty where the set cannot be read.
    processes: Mapping[str, Process]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether the set may be deployed."""
        return not any(problem.severity == "error" for problem in self.problems)


def assess(
    files: Sequence[SourceFile], *, deployed: Deployed | None = None, is_group: Callable[[str], bool] | None = None
) -> Assessment:
    """Read a set, check its processes, and play its scenarios.

    Each check is made only where those before it found no error: what a diagram with a fault does says little.

    :param deployed: what else the processes of the set may call, and scenarios may begin with
    :param is_group: whether a name is that of a unit; lanes are not compared with units where it is not given
    """
    sources, scenarios = split(files)
    reading = read(sources, known=deployed)
    fresh = {process.key: process for process in reading.processes}
    there = {} if deployed is None or not reading.ok else {**deployed.processes()}
    known = {**there, **fresh}
    problems = list(reading.problems)

    def ok() -> bool:
        return not any(problem.severity == "error" for problem in problems)

    if ok():
        problems += _check_executable(fresh, known)
    if ok():
        problems += _check_flow(fresh, known, is_group)
    if ok():
        problems += _check_scenarios(scenarios, fresh, known, alone=deployed is None)
    return Assessment(processes=fresh, problems=tuple(problems))


def split(files: Iterable[SourceFile]) -> tuple[list[SourceFile], list[SourceFile]]:
    """The files that a process is made of, and the scenarios."""
    sources: list[SourceFile] = []
    scenarios: list[SourceFile] = []
    for file in files:
        (scenarios if file.name.lower().endswith(SCENARIOS) else sources).append(file)
    return sources, scenarios


def called_by(roots: Iterable[str], known: Mapping[str, Process]) -> dict[str, Process]:
    """What processes call, directly or through others; with themselves only where they are called."""
    called: dict[str, Process] = {}
    waiting = [known[root] for root in roots]
    while waiting:
        for key in sorted(waiting.pop().calls - called.keys()):
            called[key] = known[key]
            waiting.append(known[key])
    return called


def with_called(roots: Iterable[str], known: Mapping[str, Process]) -> dict[str, Process]:
    """Processes, and what they call, directly or through others."""
    roots = list(roots)
    return {**{key: known[key] for key in roots}, **called_by(roots, known)}


def _check_executable(fresh: Mapping[str, Process], known: Mapping[str, Process]) -> list[Problem]:
    """What is deployed must start: better refused now, with its element, than when a citizen is waiting."""
    found = []
    for process in fresh.values():
        called = called_by([process.key], known)
        try:
            if process.key in called:
                detail = f"the process {process.key} calls itself, through {' and '.join(sorted(called))}"
                raise DefinitionError(detail, process=process.key)
            Program.compile(process, called)
        except DefinitionError as error:
            element = process.elements.get(error.element or "")
            found.append(
                Problem(
                    file=process.file,
                    line=element.line if element else 1,
                    element=error.element,
                    rule="not-executable-element",
                    severity="error",
                    message=error.detail,
                )
            )
    return found


def _check_flow(
    fresh: Mapping[str, Process], known: Mapping[str, Process], is_group: Callable[[str], bool] | None
) -> list[Problem]:
    """Soundness and advice, on the processes together with those around them, of which nothing is told."""
    callers = {key for key, process in known.items() if process.calls & fresh.keys()}
    around = called_by(fresh, known).keys() | callers
    # Without a file of its own: nobody who sends this set can mend it.
    processes = {**fresh, **{key: replace(known[key], file="") for key in sorted(around - fresh.keys())}}
    found = soundness.check(processes) + soundness.advice(processes, is_group=is_group)
    return [problem for problem in found if problem.file]


def _check_scenarios(
    scenarios: Sequence[SourceFile], fresh: Mapping[str, Process], known: Mapping[str, Process], *, alone: bool
) -> list[Problem]:
    """Play the scenarios, each on the set and what the process that it begins with calls."""
    if len(scenarios) > MAX_SCENARIOS:
        message = f"the set has {len(scenarios)} scenarios, more than {MAX_SCENARIOS}: deploy it in parts"
        return [_problem(scenarios[MAX_SCENARIOS], "too-large", "error", message)]
    found: list[Problem] = []
    played: dict[str | None, list[SourceFile]] = {}
    for source in scenarios:
        root = _begins_with(source)
        if alone and root is not None and root not in known:
            message = f"not played, as the set holds no process {root}: give its files too"
            found.append(_problem(source, "scenario", "note", message))
        else:
            played.setdefault(root if root in known and root not in fresh else None, []).append(source)
    for root, sources in played.items():
        roots = [*fresh] if root is None else [*fresh, root]
        processes = with_called(roots, known)
        found += check_scenarios(processes, sources)
    return found


def _begins_with(source: SourceFile) -> str | None:
    try:
        return read_file(source).process
    except ScenarioError:
        # Who plays it says what is wrong with it.
        return None


def _problem(source: SourceFile, rule: str, severity: Severity, message: str) -> Problem:
    return Problem(file=source.name, line=1, rule=rule, severity=severity, message=message)
