"""`history` and `replay`: reading a case, and seeing it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
import orjson

from api.shell import table
from api.shell.group import as_option, instant, json_option, office, reader, write_json
from engine import Office
from engine.office.person import Person


@click.command("history")
@click.argument("number")
@as_option(required=False)
@json_option
def show_history(number: str, username: str | None, as_json: bool) -> None:
    """Show the history of a case."""
    with office() as opened:
        entries = list(_entries(opened, number, reader(opened, username, number=number)))
    if as_json:
        return write_json({"items": entries, "next": None})
    heads = ("SEQ", "AT", "ACTOR", "KIND", "ELEMENT", "HASH")
    lines = ((e["seq"], table.instant(e["at"]), e["actor"], e["kind"], e["element"], e["hash"][:12]) for e in entries)
    click.echo(table.rows(heads, lines))


@click.command("replay")
@click.argument("number")
@click.option("--at", metavar="SEQ|TIME", help="After this entry, or as it was at this time (RFC 3339).")
@click.option("--to", metavar="SEQ|TIME", help="A later moment: what has changed from --at to it.")
@as_option(required=False)
@json_option
def replay_case(number: str, at: str | None, to: str | None, username: str | None, as_json: bool) -> None:
    """Re-execute the history of a case and show the state that comes out."""
    with office() as opened:
        by = reader(opened, username, number=number, at=at, to=to)
        state = opened.history.replay(number, by=by, at=_moment(at, opened), to=_moment(to, opened))
    if as_json:
        return write_json(state)
    if to is not None:
        heads = ("FIELD", "BEFORE", "AFTER")
        lines = ((c["field"], _shown(c, "before"), _shown(c, "after")) for c in state["changes"])
        click.echo(f"From entry {state['since']['seq']} to entry {state['seq']}:")
        return click.echo(table.rows(heads, lines))
    facts = {
        "after entry": state["seq"],
        "at": table.instant(state["at"]),
        "status": state["status"],
        "type": state["type"],
        "due": table.instant(state["due"]),
        "tokens": ", ".join(token["element"] for token in state["tokens"]),
    }
    click.echo(table.pairs({name: value for name, value in facts.items() if value is not None}))


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
    return int(at) if at.isdecimal() else instant(at, opened)


def _shown(change: Any, side: str) -> str:
    return orjson.dumps(change[side]).decode() if side in change else ""
