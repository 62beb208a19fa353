"""`lint`, `deploy`, `definitions`: for designers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from api.problems.answers import finding
from api.shell import table
from api.shell.group import as_option, json_option, office, person, write_json
from engine.definitions import line_of, read
from engine.definitions.model import Problem, SourceFile
from engine.office.definitions import DefinitionInvalid

_FILES = click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, path_type=Path)
)
#: What belongs to a definition; anything else in a folder is left alone.
_ENDINGS = {".bpmn", ".dmn", ".form", ".xml", ".json"}


@click.command("lint")
@_FILES
@json_option
def lint(files: tuple[Path, ...], as_json: bool) -> None:
    """Check a set of files as a deployment would, without a database.

    A folder stands for the files in it. Ends with exit code 1 where there is an error.
    """
    reading = read(_sources(files))
    problems = [finding(problem) for problem in reading.problems]
    if as_json:
        write_json({"problems": problems})
    else:
        for problem in reading.problems:
            click.echo(line_of(problem))
        click.echo(_summary(problems))
    if not reading.ok:
        sys.exit(1)


@click.command("deploy")
@_FILES
@click.option("--dry-run", is_flag=True, help="Check against the database, and deploy nothing.")
@as_option(required=False)
@json_option
def deploy(files: tuple[Path, ...], dry_run: bool, username: str | None, as_json: bool) -> None:
    """Check and deploy a set of files as the next version of each process in it.

    A folder stands for the files in it. Processes whose content is the same keep their version.
    """
    with office() as opened:
        try:
            made = opened.definitions.deploy(_sources(files), by=person(opened, username), dry_run=dry_run)
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
@as_option(required=False)
@json_option
def list_definitions(username: str | None, as_json: bool) -> None:
    """List the processes that are deployed."""
    with office() as opened:
        found = opened.definitions.list(by=person(opened, username))
    if as_json:
        return write_json({"items": found, "next": None})
    heads = ("KEY", "NAME", "VERSION", "DEPLOYED", "BY")
    lines = ((d["key"], d["name"], d["version"], table.instant(d["deployed"]), d["deployed_by"]) for d in found)
    click.echo(table.rows(heads, lines))


def _sources(paths: tuple[Path, ...]) -> list[SourceFile]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(child for child in path.iterdir() if child.suffix in _ENDINGS)
        else:
            files.append(path)
    return [SourceFile(name=file.name, content=file.read_bytes()) for file in files]


def _summary(problems: list[dict[str, object]]) -> str:
    if not problems:
        return "No problems."
    count = {severity: sum(p["severity"] == severity for p in problems) for severity in ("error", "warning", "note")}
    return ", ".join(f"{n} {severity}{'s' if n > 1 else ''}" for severity, n in count.items() if n)
