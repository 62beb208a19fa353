"""`try`: a process in memory, by scenarios that are written down or by hand, without deploying it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from api.problems.findings import finding
from api.shell import table
from api.shell.group import json_option, write_json
from api.shell.rehearsing import rehearse
from api.shell.sources import files_argument, sources
from engine.assessment import split
from engine.definitions import line_of, read
from engine.definitions.model import Process, SourceFile
from engine.trial import Scenario, Trial, Trials, coverage, read_file, run


@click.command("try")
@files_argument
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="S.yaml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Play this scenario; may be given several times.",
)
@click.option("--process", "key", metavar="KEY", help="By hand: the process that runs, where the set has several.")
@json_option
def try_process(files: tuple[Path, ...], scenarios: tuple[Path, ...], key: str | None, as_json: bool) -> None:
    """Run a process in memory, on a clock of its own, without deploying it.

    With --scenario it plays scenarios and says which path they took, whether what they expect came, and which flows
    they took together; without it, on a terminal, you do the case by hand: choose a task, a message or time to pass,
    and take the ordinary answers by Enter. Elsewhere it plays the scenarios among the files. A folder stands for the
    files in it, with its scenarios/. Ends with exit code 1 where something did not come as expected.
    """
    set_files, among = split(sources(files))
    chosen = [SourceFile(name=path.name, content=path.read_bytes()) for path in scenarios]
    by_hand = not chosen and not as_json and sys.stdin.isatty()
    if not by_hand and not (chosen or among):
        raise click.UsageError("Give a scenario with --scenario, or run this on a terminal.")
    reading = read(set_files)
    if not reading.ok:
        if as_json:
            write_json({"problems": [finding(problem) for problem in reading.problems]})
        else:
            for problem in reading.problems:
                click.echo(line_of(problem), err=True)
        sys.exit(1)
    processes = {process.key: process for process in reading.processes}
    trials = Trials(processes)
    if by_hand:
        done = rehearse(trials.begin(Scenario(name="by hand", process=key)))
    else:
        done = _play(trials, processes, [read_file(source) for source in chosen or among], as_json)
    if not done:
        sys.exit(1)


def _play(trials: Trials, processes: Mapping[str, Process], scenarios: Sequence[Scenario], as_json: bool) -> bool:
    """Play scenarios; whether all came as expected."""
    played: list[Trial] = []
    for scenario in scenarios:
        played.append(run(trials, scenario))
        if not as_json:
            _tell(played[-1])
    covered = coverage(processes, played)
    ok = all(trial.ok for trial in played)
    if as_json:
        told = [trial.to_json() for trial in played]
        write_json({"ok": ok, "trials": told, "coverage": [one.to_json() for one in covered]})
    else:
        click.echo("Flows taken:")
        for one in covered:
            missed = f"; missed: {', '.join(one.missed)}" if one.missed else ""
            click.echo(f"  {one.process}: {one.taken} of {one.total}{missed}")
    return ok


def _tell(trial: Trial) -> None:
    file = f" ({trial.scenario.file})" if trial.scenario.file else ""
    click.echo(table.printable(f"{'met' if trial.ok else 'FAILED'}: {trial.scenario.name}{file}"))
    click.echo(f"  path: {' → '.join(trial.path)}")
    end = f" at {trial.end}" if trial.end else ""
    click.echo(f"  {trial.status}{end}, {trial.at:%Y-%m-%d %H:%M}")
    click.echo(f"  expectations: {sum(check.met for check in trial.checks)} of {len(trial.checks)} met")
    for check in trial.checks:
        if not check.met:
            click.echo(table.printable(f"  line {check.line}: {check}"))
