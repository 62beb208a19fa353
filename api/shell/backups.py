"""`backup` and `restore`: a copy of the whole office, and back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from api.environment import CHECKPOINTS
from api.shell import table
from api.shell.group import json_option, office, write_json

_FILE = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("backup")
@click.argument("path", metavar="FILE", type=_FILE)
@click.option("--keyring", "keys", type=_FILE, metavar="F", help="Where to put the keys; FILE.keyring where left out.")
@click.option("--without-keys", is_flag=True, help="Leave the keys out; the keyring is then kept in another way.")
@json_option
def backup(path: Path, keys: Path | None, without_keys: bool, as_json: bool) -> None:
    """Copy the whole office as it is now into FILE, while it is being served.

    The keys that open what is personal are never in FILE: they go into a file of their own, which is to be kept in
    another place.
    """
    if keys is not None and without_keys:
        raise click.UsageError("--keyring and --without-keys do not go together.")
    beside = None if without_keys else keys or _keys_of(path)
    with office() as opened, _bar("Copying") as progress:
        made = opened.backups.make(path, keys=beside, checkpoints=CHECKPOINTS, progress=progress)
    if as_json:
        return write_json({**made, "file": str(path), "keyring": None if beside is None else str(beside)})
    click.echo(table.pairs({**made, "file": path}))
    if beside is not None:
        click.echo(f"The keys are in {beside}. Keep it apart from {path}: whoever has both reads everything.")


@click.command("restore")
@click.argument("path", metavar="FILE", type=_THERE)
@click.option("--keyring", "keys", type=_THERE, metavar="F", help="The keys that were kept; FILE.keyring if need be.")
@click.option("--replace", is_flag=True, help="Give up the office that is in the database now.")
@json_option
def restore(path: Path, keys: Path | None, replace: bool, as_json: bool) -> None:
    """Bring an office back from FILE, into the database that the settings name. Stop the server first.

    Everything is proven before it takes effect: the signature, every row, file, case and chain. Where anything does
    not hold, nothing is changed.
    """
    with office() as opened, _bar("Proving") as progress:
        if keys is None and not opened.backups.has_keys and _keys_of(path).exists():
            keys = _keys_of(path)
        told = opened.backups.restore(path, keys=keys, replace=replace, checkpoints=CHECKPOINTS, progress=progress)
    if as_json:
        return write_json(told)
    click.echo(f"The office is as it was at {table.instant(told['at'])}: {told['cases']} cases, all proven.")
    if told["kept"] is not None:
        click.echo(f"The checkpoints that were here are kept in {told['kept']}: they show what the office has lost.")


def _keys_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.keyring")


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    with click.progressbar(
        length=1, label=label, show_pos=True, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:

        def progress(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        yield progress
