"""`verify` and `checkpoint`: proving cases, and what is kept elsewhere so that they can be proven."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from api.environment import CHECKPOINTS, PREFIX
from api.shell import table
from api.shell.group import as_option, json_option, office, person, write_json
from engine import Office
from engine.office.ledger import is_chain
from engine.office.person import Person

_UNSEEN = (
    "What a case's own history shows has been verified. Whether a whole case was removed, or a history cut or written "
    "anew from its beginning, cannot be seen without a checkpoint that was kept elsewhere (--against)."
)
_UNDER = f"{PREFIX}_CHECKPOINTS"
_FILE = click.Path(dir_okay=False, path_type=Path)
_KEPT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("verify")
@click.argument("numbers", nargs=-1, metavar="[NUMBER]...")
@click.option("--all", "all_", is_flag=True, help="Every case of the office, and the office's own chains.")
@click.option("--since", metavar="NUMBER", help="With --all: go on with this case, where a run was broken off.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="With --all: how many processes; one for each processor. Several give way to other work.",
)
@click.option("--against", type=_KEPT, metavar="FILE", help="Checkpoints that were kept: is it all still there?")
@as_option(required=False)
@json_option
def verify_cases(
    numbers: tuple[str, ...],
    all_: bool,
    since: str | None,
    jobs: int | None,
    against: Path | None,
    username: str | None,
    as_json: bool,
) -> None:
    """Prove that the history of cases, and all that follows from it, holds.

    Ends with exit code 1 at the first entry that does not.
    """
    if (all_ and numbers) or not (all_ or numbers or against):
        raise click.UsageError("Name the cases to verify, or give --all or --against.")
    if not all_ and (since or jobs):
        raise click.UsageError("--since and --jobs go with --all.")
    with office() as opened:
        by = person(opened, username)
        kept = opened.checkpoints.against(against) if against is not None else None
        if kept is not None and not kept["ok"]:
            result: dict[str, Any] = {"ok": False, "cases": 0, "entries": 0, "first_bad": kept["first_bad"]}
        elif all_:
            result = _verify(*opened.history.survey(by=by, since=since, jobs=jobs))
            if result["ok"] and opened.watch.concerns(by):
                result |= _verify_chains(opened, by)
        else:
            result = _verify(len(numbers), _each(opened, by, numbers))
    cases, chains = result.pop("cases"), result.pop("chains", 0)
    if as_json:
        write_json(result if kept is None else {**result, "against": kept})
    elif result["ok"]:
        if all_ or numbers:
            click.echo(f"{cases} cases with {result['entries']} entries hold.")
        if chains:
            click.echo(f"{chains} chains of the office hold.")
        click.echo(_UNSEEN if kept is None else _told(kept))
    else:
        bad = result["first_bad"]
        what = "Chain" if is_chain(bad["case"]) else "Case"
        click.echo(f"{what} {bad['case']}, entry {bad['seq']} does not hold: {bad['reason']}")
    if not result["ok"]:
        sys.exit(1)


@click.command("checkpoint")
@click.option(
    "-o",
    "--output",
    "path",
    type=_FILE,
    envvar=_UNDER,
    default=CHECKPOINTS,
    show_default=True,
    help="Append to this file.",
)
@click.option("--prove", "number", metavar="NUMBER", help="Make none; write the proof that a case stands in the last.")
@click.option("--rotate-key", is_flag=True, help="Make none; let a new key sign from now on.")
@json_option
def checkpoint(path: Path, number: str | None, rotate_key: bool, as_json: bool) -> None:
    """Sign where all cases are now, and append that to a file.

    Whoever keeps a copy of the file elsewhere can tell later whether a case was removed or its history cut. The server
    makes a checkpoint every hour by itself.
    """
    if number is not None and rotate_key:
        raise click.UsageError("--prove and --rotate-key do not go together.")
    with office() as opened:
        if number is not None:
            if not path.exists():
                raise click.UsageError(f"There is no file {path}: make a checkpoint first.")
            return write_json(opened.checkpoints.prove(number, path))
        if rotate_key:
            public = opened.checkpoints.rotate(path)
            return write_json({"public_key": public}) if as_json else click.echo(f"The key is now {public}.")
        made = opened.checkpoints.make(path)
    if as_json:
        return write_json(made)
    facts = {name.replace("_", " "): value for name, value in made.items()}
    click.echo(table.pairs({**facts, "file": path}))


def _each(opened: Office, by: Person, numbers: tuple[str, ...]) -> Iterator[Any]:
    for number in numbers:
        yield {"number": number, **opened.history.verify(number, by=by)}


def _verify(count: int, proofs: Iterator[Any]) -> dict[str, Any]:
    cases = entries = 0
    with click.progressbar(
        proofs,
        length=count,
        label="Verifying",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
        # Where a run is broken off, this is the number to go on with.
        item_show_func=lambda proof: proof["number"] if proof else None,
    ) as bar:
        for proof in bar:
            entries += proof["entries"]
            if not proof["ok"]:
                return {"ok": False, "cases": cases, "entries": entries, "first_bad": proof["first_bad"]}
            cases += 1
    return {"ok": True, "cases": cases, "entries": entries, "first_bad": None}


def _verify_chains(opened: Office, by: Person) -> dict[str, Any]:
    """What came of the office's own chains; of their entries none are counted as the cases'."""
    proofs = list(opened.ledger.prove(by=by))
    bad = next((proof["first_bad"] for proof in proofs if not proof["ok"]), None)
    return {"ok": bad is None, "chains": len(proofs), "first_bad": bad}


def _told(kept: Any) -> str:
    return (
        f"Nothing was removed, cut or rewritten that stands in the {kept['checkpoints']} checkpoints, the last of "
        f"{table.instant(kept['last'])} UTC. What came after it cannot be told from them."
    )
