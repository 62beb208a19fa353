"""`history` and `replay`: reading a case, and seeing it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
import orjson

from api import said
from api.shell import table
from api.shell.course import Course
from api.shell.group import as_option, instant, json_option, office, reader, write_json
from engine import Office
from engine.office.ledger import MOST, OFFICE
from engine.office.person import Person

#: Characters of what an act is about that a table shows; `--json` shows all.
_WIDE = 70


@click.command("history")
@click.argument("number", required=False)
@click.option("--office", "of_office", is_flag=True, help="What was done to the office itself, in place of a case.")
@click.option("--chains", "list_chains", is_flag=True, help="List the office's own chains.")
@click.option("--chain", metavar="NAME", help="One of them: who read what, and what was refused, on a day.")
@click.option("--lines", is_flag=True, help="The office's chain as it was recorded, for a proof elsewhere.")
@as_option(required=False)
@json_option
def show_history(
    number: str | None,
    of_office: bool,
    list_chains: bool,
    chain: str | None,
    lines: bool,
    username: str | None,
    as_json: bool,
) -> None:
    """Show the history of a case, or of the office itself."""
    if [number is not None, of_office, list_chains, chain is not None].count(True) != 1:
        raise click.UsageError("Name one case, or give one of --office, --chains and --chain.")
    if lines and not (of_office or chain):
        raise click.UsageError("--lines goes with --office and --chain; for cases: yichuang export --format jsonl.")
    if number is None:
        return _show_chains(OFFICE if of_office else chain, lines, username, as_json)
    with office() as opened:
        entries = list(_entries(opened, number, reader(opened, username, number=number)))
    if as_json:
        return write_json({"items": entries, "next": None})
    heads = ("SEQ", "AT", "ACTOR", "KIND", "ELEMENT", "HASH", "REASON")
    rows = (
        (e["seq"], table.instant(e["at"]), e["actor"], e["kind"], e["element"], e["hash"][:12], said.why(e["input"]))
        for e in entries
    )
    click.echo(table.rows(heads, rows))


@click.command("replay")
@click.argument("number")
@click.option(
    "--at",
    metavar="SEQ|TIME",
    help="After this entry, or as it was then (RFC 3339; the office's zone without an offset).",
)
@click.option("--to", metavar="SEQ|TIME", help="A later moment: what has changed from --at to it.")
@as_option(required=False)
@json_option
def replay_case(number: str, at: str | None, to: str | None, username: str | None, as_json: bool) -> None:
    """Re-execute the history of a case: show its entries with what each changed, and the state that comes out."""
    with office() as opened:
        by = reader(opened, username, number=number, at=at, to=to)
        state = opened.history.replay(number, by=by, at=_moment(at, opened), to=_moment(to, opened))
        if as_json:
            return write_json(state)
        course = Course(opened, number, list(_entries(opened, number, by)), by)
    if to is not None:
        click.echo(f"From entry {state['since']['seq']} to entry {state['seq']}:")
        lines = list(course.changes(state["changes"]))
        return click.echo("\n".join(f"   {line}" for line in lines) or "   nothing")
    click.echo("\n".join([*course.steps(state["seq"]), "", *course.state(state)]))


def _show_chains(chain: str | None, lines: bool, username: str | None, as_json: bool) -> None:
    """One chain of the office, or the list of them."""
    with office() as opened:
        by = reader(opened, username, chain=chain)
        if chain is None:
            found: list[Any] = opened.ledger.chains(by=by)
        elif lines:
            for line in opened.ledger.lines(chain, by=by):
                click.echo(line, nl=False)
            return
        else:
            found = list(_acts(opened, chain, by))
    if as_json:
        return write_json({"items": found, "next": None})
    if chain is None:
        heads = ((c["chain"], c["entries"], c["head"][:12]) for c in found)
        return click.echo(table.rows(("CHAIN", "ENTRIES", "HEAD"), heads))
    acts = ((e["seq"], table.instant(e["at"]), e["actor"], e["kind"], _told(e["about"]), e["hash"][:12]) for e in found)
    click.echo(table.rows(("SEQ", "AT", "ACTOR", "KIND", "ABOUT", "HASH"), acts))


def _acts(opened: Office, chain: str, by: Person) -> Iterator[Any]:
    cursor: str | None = None
    while True:
        page = opened.ledger.entries(chain, by=by, limit=MOST, cursor=cursor)
        yield from page["items"]
        if (cursor := page["next"]) is None:
            return


def _told(about: Any) -> str:
    """What an act is about, in one line that is not too long."""
    text = orjson.dumps(about).decode()
    return text if len(text) <= _WIDE else f"{text[: _WIDE - 1]}…"


def _entries(opened: Office, number: str, by: Person) -> Iterator[Any]:
    cursor: str | None = None
    while True:
        page = opened.history.entries(number, by=by, limit=200, cursor=cursor)
        yield from page["items"]
        if (cursor := page["next"]) is None:
            return


def _moment(at: str | None, opened: Office) -> int | datetime | None:
    """What `--at` means: the number of an entry, or a time."""
    if at is None:
        return None
    return int(at) if at.isdecimal() and len(at) < 19 else instant(at, opened)
