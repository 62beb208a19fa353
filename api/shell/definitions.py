"""`lint`, `soundness`, `deploy`, `definitions`, `diff`, `migrate`: for designers."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from api.problems.findings import finding
from api.shell import table
from api.shell.group import as_option, json_option, office, person, write_json
from api.shell.sources import files_argument, sources
from engine import soundness, versions
from engine.assessment import assess, split
from engine.definitions import line_of, read
from engine.definitions.model import Problem
from engine.office.definitions import DefinitionInvalid
from engine.office.views import MoveView, VersionInUseView


@click.command("lint")
@files_argument
@json_option
def lint(files: tuple[Path, ...], as_json: bool) -> None:
    """Check a set of files as a deployment would, without a database.

    Whether they can be read and run, whether cases can get stuck, what likely does not do as it is meant, and
    whether scenarios are met. A folder stands for the files in it, with its scenarios/. Ends with exit code 1 where
    there is an error.
    """
    assessed = assess(sources(files))
    _tell(assessed.problems, as_json)
    if not assessed.ok:
        sys.exit(1)


@click.command("soundness")
@files_argument
@json_option
def check_soundness(files: tuple[Path, ...], as_json: bool) -> None:
    """Tell whether cases can get stuck, with the path that shows it.

    The part of `lint` that looks at the control flow alone. A folder stands for the files in it. Ends with exit code
    1 where there is an error.
    """
    reading = read(split(sources(files))[0])
    if not reading.ok:
        _tell(reading.problems, as_json)
        sys.exit(1)
    processes = {process.key: process for process in reading.processes}
    faults = soundness.faults(processes)
    if as_json:
        write_json({"problems": [finding(problem) for problem in soundness.problems(processes, faults)]})
    else:
        click.echo(soundness.text(faults), nl=False)
    if any(fault.severity == "error" for fault in faults):
        sys.exit(1)


@click.command("deploy")
@files_argument
@click.option("--dry-run", is_flag=True, help="Check against the database, and deploy nothing.")
@as_option(required=False)
@json_option
def deploy(files: tuple[Path, ...], dry_run: bool, username: str | None, as_json: bool) -> None:
    """Check and deploy a set of files as the next version of each process in it.

    A folder stands for the files in it, with its scenarios/. Processes whose content is the same keep their version.
    Nothing is deployed where cases can get stuck or a scenario is not met.
    """
    with office() as opened:
        try:
            made = opened.definitions.deploy(sources(files), by=person(opened, username), dry_run=dry_run)
        except DefinitionInvalid as error:
            if as_json:
                write_json({"problems": [finding(problem) for problem in error.problems]})
                sys.exit(1)
            raise
    if as_json:
        return write_json({"definitions": made["definitions"], "warnings": made["warnings"]})
    for warning in made["warnings"]:
        click.echo(line_of(Problem(**warning)), err=True)
    heads = ("KEY", "VERSION", "DIGEST")
    click.echo(table.rows(heads, ((d["key"], d["version"], d["digest"][:12]) for d in made["definitions"])))
    if dry_run:
        click.echo("Nothing was deployed: this was a dry run.")
    elif not made["created"]:
        click.echo("Nothing is new: these versions were there already.")


@click.command("definitions")
@click.argument("key", required=False)
@click.argument("version", required=False, type=click.IntRange(min=1))
@as_option(required=False)
@json_option
def list_definitions(key: str | None, version: int | None, username: str | None, as_json: bool) -> None:
    """List the processes that are deployed, all versions of the process KEY, or where the cases on its VERSION are.

    CASES are the running cases on a version, IN IT those that are in it now: at its start a case is bound to all
    processes that it may come to. IN IT is left empty where more than ten thousand run.
    """
    with office() as opened:
        by = person(opened, username)
        if key is not None and version is not None:
            return _show_use(opened.definitions.in_use(key, version, by=by), as_json)
        if key is not None:
            return _show_versions(opened.definitions.get(key, by=by), as_json)
        found = opened.definitions.list(by=by)
        inside = opened.definitions.inside(by=by)
    if as_json:
        return write_json({"items": found, "next": None})
    heads = ("KEY", "NAME", "VERSION", "BEGIN ON", "CASES", "IN IT", "DEPLOYED", "BY")
    lines = (
        (
            d["key"],
            d["name"],
            d["version"],
            d["current"] or "none",
            d["cases"],
            "" if inside is None else sum(inside.get(d["key"], {}).values()),
            table.instant(d["deployed"]),
            d["deployed_by"],
        )
        for d in found
    )
    click.echo(table.rows(heads, lines))


def _show_use(view: VersionInUseView, as_json: bool) -> None:
    if as_json:
        return write_json(view)
    click.echo(f"{view['cases']} running cases, {view['inside']} of them in {view['key']}")
    lines = (
        (one["element"], one["tokens"], one["duration"]["count"], f"{one['duration']['mean'] / 3600:.1f}")
        if one["duration"]
        else (one["element"], one["tokens"], 0, "")
        for one in view["elements"]
    )
    click.echo(table.rows(("ELEMENT", "TOKENS", "COMPLETED", "MEAN HOURS"), lines))


@click.command("retire")
@click.argument("key")
@click.argument("version", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Why: it goes into the office's chain.")
@as_option(required=False)
@json_option
def retire(key: str, version: int, reason: str, username: str | None, as_json: bool) -> None:
    """Let no case begin on a VERSION of the process KEY any more; those that run on it go on."""
    with office() as opened:
        made = opened.definitions.retire(key, version, reason, by=person(opened, username))
    if as_json:
        return write_json(made)
    click.echo(f"No case begins on version {version} of {key} any more.")


@click.command("reactivate")
@click.argument("key")
@click.argument("version", type=click.IntRange(min=1))
@click.option("--reason", required=True, help="Why: it goes into the office's chain.")
@as_option(required=False)
@json_option
def reactivate(key: str, version: int, reason: str, username: str | None, as_json: bool) -> None:
    """Let cases begin on a VERSION of the process KEY again."""
    with office() as opened:
        made = opened.definitions.reactivate(key, version, reason, by=person(opened, username))
    if as_json:
        return write_json(made)
    click.echo(f"Cases may begin on version {version} of {key} again.")


def _show_versions(definition: dict[str, Any], as_json: bool) -> None:
    if as_json:
        return write_json(definition)
    heads = ("VERSION", "CASES", "DEPLOYED", "BY", "DIGEST", "FILES", "")
    lines = (
        (
            v["version"],
            v["cases"],
            table.instant(v["deployed"]),
            v["deployed_by"],
            v["digest"][:12],
            len(v["files"]),
            "begin on" if v["version"] == definition["current"] else "retired" if v["retired"] else "",
        )
        for v in definition["versions"]
    )
    click.echo(f"{definition['key']}  {definition['name']}")
    click.echo(table.rows(heads, lines))


@click.command("diff")
@click.argument("key")
@click.argument("old", metavar="V1", type=click.IntRange(min=1))
@click.argument("new", metavar="V2", type=click.IntRange(min=1))
@as_option(required=False)
@json_option
def compare(key: str, old: int, new: int, username: str | None, as_json: bool) -> None:
    """Compare version V1 of the process KEY with its version V2, element by element."""
    with office() as opened:
        changes = opened.definitions.diff(key, old, new, by=person(opened, username))
    if as_json:
        return write_json({"changes": [change.to_json() for change in changes]})
    click.echo(versions.text(changes), nl=False)


@click.command("migrate")
@click.argument("key")
@click.option("--to", required=True, type=click.IntRange(min=1), help="Version that the cases go to.")
@click.option("--from", "old", type=click.IntRange(min=1), help="Only cases on this version.")
@click.option("--map", "renamed", metavar="OLD=NEW", multiple=True, help="An element with another id there.")
@click.option("--case", "cases", metavar="NUMBER", multiple=True, help="Only this case; may be given again.")
@click.option("--dry-run", is_flag=True, help="Say what can move, and move nothing.")
@as_option(required=False)
@json_option
def migrate(
    key: str,
    to: int,
    old: int | None,
    renamed: tuple[str, ...],
    cases: tuple[str, ...],
    dry_run: bool,
    username: str | None,
    as_json: bool,
) -> None:
    """Move running cases to another version of the process KEY.

    A case can move where nothing that it has begun or completed is changed or gone there. Ends with exit code 1 where
    a case has to stay.
    """
    mapping = dict(_pair(text) for text in renamed)
    with office() as opened:
        by = person(opened, username)
        made = opened.definitions.migrate(
            key, to, by=by, old=old, mapping=mapping, cases=list(cases) or None, dry_run=dry_run
        )
    if as_json:
        write_json(made)
    else:
        lines = [(v["number"], v["from"] or "", v["to"], _result(v), _because(v)) for v in made["cases"]]
        if lines:
            click.echo(table.rows(("CASE", "FROM", "TO", "RESULT", "BECAUSE"), lines))
        verb = "can move" if dry_run else "moved"
        click.echo(f"{made['can_move' if dry_run else 'moved']} {verb}, {made['refused']} cannot.")
    if made["refused"]:
        sys.exit(1)


def _pair(text: str) -> tuple[str, str]:
    old, sign, new = text.partition("=")
    if not (old and sign and new):
        raise click.BadParameter("write OLD=NEW", param_hint="--map")
    return old, new


def _result(view: MoveView) -> str:
    return "moved" if view["moved"] else "can move" if view["can_move"] else "stays"


def _because(view: MoveView) -> str:
    return "; ".join(": ".join(filter(None, (one["element"], one["reason"]))) for one in view["because"])


def _tell(problems: Iterable[Problem], as_json: bool) -> None:
    found = [finding(problem) for problem in problems]
    if as_json:
        return write_json({"problems": found})
    for problem in problems:
        click.echo(line_of(problem))
    click.echo(_summary(found))


def _summary(problems: list[dict[str, object]]) -> str:
    if not problems:
        return "No problems."
    count = {severity: sum(p["severity"] == severity for p in problems) for severity in ("error", "warning", "note")}
    return ", ".join(f"{n} {severity}{'s' if n > 1 else ''}" for severity, n in count.items() if n)
