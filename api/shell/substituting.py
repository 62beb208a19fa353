"""`substitute`: who does a colleague's tasks while they are away."""

from __future__ import annotations

import click

from api.shell import table
from api.shell.group import actor, as_option, json_option, office, write_json


@click.group()
def substitute() -> None:
    """Who stands in for whom while they are away."""


@substitute.command("list")
@json_option
def list_substitutions(as_json: bool) -> None:
    """List the substitutions that are not over."""
    with office() as opened:
        found = opened.substitutions.list()
    if as_json:
        return write_json(found)
    lines = (
        (s["id"], s["username"], s["substitute"], s["since"], s["until"], "yes" if s["active"] else "") for s in found
    )
    click.echo(table.rows(("ID", "AWAY", "SUBSTITUTE", "FIRST DAY", "LAST DAY", "NOW"), lines))


@substitute.command("name")
@click.argument("away", metavar="USER")
@click.argument("substitute", metavar="SUBSTITUTE")
@click.option("--since", required=True, metavar="DATE", help="First day.")
@click.option("--until", required=True, metavar="DATE", help="Last day.")
@as_option(required=False)
@json_option
def name_substitute(away: str, substitute: str, since: str, until: str, username: str | None, as_json: bool) -> None:
    """Let SUBSTITUTE do the tasks that USER has, from the first day to the end of the last."""
    with office() as opened:
        made = opened.substitutions.name(substitute, since, until, username=away, by=actor(opened, username))
    write_json(made) if as_json else click.echo(f"{substitute} stands in for {away}: {made['id']}.")


@substitute.command("end")
@click.argument("id", metavar="ID")
@as_option(required=False)
def end_substitution(id: str, username: str | None) -> None:
    """End a substitution before its time."""
    with office() as opened:
        opened.substitutions.end(id, by=actor(opened, username))
    click.echo("Ended.")
