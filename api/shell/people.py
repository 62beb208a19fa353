"""`user` and `token`: who may work in the office, and their programs."""

from __future__ import annotations

import sys

import click

from api.shell import table
from api.shell.group import json_option, office, write_json
from engine.office import passwords
from engine.office.people import FIRST
from engine.office.person import Scope
from engine.roles import Role

_PASSWORD = click.option(
    "--password",
    envvar="YICHUANG_PASSWORD",
    help="The new password; asked for, or read from standard input, where it is left out. Others on this machine "
    "can see the arguments of commands.",
)

_FIRST = click.option(
    "--first",
    is_flag=True,
    help="Make a random first password and print it: whoever has it chooses another with it, within 7 days.",
)


@click.group()
def user() -> None:
    """People of the office."""


@user.command("add")
@click.argument("username")
@click.option("--name", required=True, help="The person's name.")
@click.option(
    "--unit",
    "units",
    multiple=True,
    required=True,
    metavar="CODE:ROLE",
    help="Unit and role (clerk, leader, designer, auditor, admin, worker); may be given more than once.",
)
@_PASSWORD
@_FIRST
@click.option("--no-password", is_flag=True, help="The person logs in through the office's identity provider alone.")
def add_user(
    username: str, name: str, units: tuple[str, ...], password: str | None, first: bool, no_password: bool
) -> None:
    """Let somebody in. The account of a worker (role worker) has no password: it works with tokens only."""
    memberships = [_membership(text) for text in units]
    logs_in = any(role != Role.WORKER for _, role in memberships)
    if first and logs_in:
        secret: str | None = passwords.first()
    elif no_password and logs_in:
        secret = passwords.nobodys()
    else:
        secret = password if password is not None or not logs_in else _ask()
    with office() as opened:
        opened.people.add(username, name, secret, memberships, first=first)
    click.echo(f"Added {username}.")
    if first and logs_in:
        click.echo(_told(secret))


@user.command("list")
@json_option
def list_users(as_json: bool) -> None:
    """List everybody."""
    with office() as opened:
        people = opened.people.list()
    if as_json:
        return write_json(people)
    lines = (
        (p["username"], p["name"], " ".join(f"{u['unit']}:{u['role']}" for u in p["units"]), p["disabled"] and "yes")
        for p in people
    )
    click.echo(table.rows(("USERNAME", "NAME", "UNITS", "DISABLED"), ((a, b, c, d or "") for a, b, c, d in lines)))


@user.command("passwd")
@click.argument("username")
@_PASSWORD
@_FIRST
def change_password(username: str, password: str | None, first: bool) -> None:
    """Give a person another password."""
    secret = passwords.first() if first else password if password is not None else _ask()
    with office() as opened:
        opened.people.passwd(username, secret, first=first)
    click.echo(f"Changed the password of {username}.")
    if first:
        click.echo(_told(secret))


@user.command("disable")
@click.argument("username")
def disable_user(username: str) -> None:
    """Keep a person out from now on; the tokens are revoked."""
    with office() as opened:
        administrator_left = opened.people.disable(username)
    click.echo(f"Disabled {username}.")
    if not administrator_left:
        click.echo(
            "Nobody administers the office any more: add an administrator with "
            "`yichuang user add NAME --name … --unit UNIT:admin`.",
            err=True,
        )


@click.group()
def token() -> None:
    """Tokens with which programs act as a person."""


@token.command("new")
@click.argument("username", metavar="USER")
@click.option("--days", type=int, default=365, show_default=True, help="How long it is valid.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may be used for; may be given more than once. All that the person may do where it is left out.",
)
@json_option
def new_token(username: str, days: int, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a token. It is shown this once."""
    with office() as opened:
        made = opened.people.new_token(username, days=days, scopes=scopes)
    if as_json:
        return write_json(made)
    click.echo(made["token"])
    click.echo(f"Valid until {table.instant(made['expires'])}. It cannot be shown again.", err=True)


@token.command("revoke")
@click.argument("text", metavar="TOKEN")
def revoke_token(text: str) -> None:
    """Make a token worthless."""
    with office() as opened:
        opened.people.revoke_token(text)
    click.echo("Revoked.")


def _membership(text: str) -> tuple[str, str]:
    unit, colon, role = text.partition(":")
    if not (unit and colon and role):
        raise click.BadParameter(f"{text!r} is not CODE:ROLE, such as housing:clerk.", param_hint="--unit")
    return unit, role


def _told(secret: str | None) -> str:
    return f"First password, good for {FIRST.days} days and for choosing another alone: {secret}"


def _ask() -> str:
    """A new password: typed twice in a terminal, else one line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")
