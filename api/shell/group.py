"""How every command behaves: exit codes, messages instead of tracebacks, and the office that it works on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from typing import Any, TypeVar

import click
import orjson

from engine import Office
from engine.definitions import line_of
from engine.errors import NotFound, Unavailable, YichuangError
from engine.office.ledger import SHELL
from engine.office.person import Membership, Person, Role

_Command = TypeVar("_Command", bound=Callable[..., Any])

#: In whose name the shell reads: whoever may open the database's file reads everything in it anyway.
OPERATOR = Person(
    username=SHELL,
    name="操作员",
    memberships=(Membership("", Role.AUDITOR), Membership("", Role.DESIGNER)),
)


class Refusals(click.Group):
    """A group whose commands end with a message and exit code 1 where the engine refuses."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it refuses goes to standard error."""
        try:
            return super().invoke(ctx)
        except YichuangError as error:
            refuse(error)
        except (BrokenPipeError, KeyboardInterrupt):
            ctx.exit(1)


class Shell(Refusals):
    """The group of all commands: each one's module is loaded when it is called, not for any other command."""

    def __init__(self, *arguments: Any, places: Mapping[str, str], **options: Any) -> None:
        """
        :param places: name of a command → where it is defined, as ``module:attribute`` below this package.
        """
        super().__init__(*arguments, **options)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in order."""
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, if there is one."""
        if cmd_name not in self._places:
            return None
        module, _, attribute = self._places[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"{__package__}.{module}"), attribute)
        return command


def refuse(error: YichuangError) -> None:
    """Say what was refused and why, and end with exit code 1."""
    problems = getattr(error, "problems", ())
    for problem in problems:
        click.echo(line_of(problem), err=True)
    click.echo(f"yichuang: {error.detail}", err=True)
    for field in error.errors:
        click.echo(f"  {field.pointer or '/'}: {field.message}", err=True)
    if isinstance(error, Unavailable):
        click.echo("  Where the office was never set up, or by an older version: yichuang init", err=True)
    sys.exit(1)


@contextmanager
def office() -> Iterator[Office]:
    """The office that the environment names, for the length of a command."""
    opened = Office.from_environment()
    try:
        yield opened
    finally:
        opened.close()


def person(opened: Office, username: str | None) -> Person:
    """Who acts: the person of `--as`, or the operator of this machine."""
    if username is None:
        return OPERATOR
    try:
        return opened.people.person(username)
    except NotFound:
        raise NotFound(f"There is no person {username!r} in this office, or it is disabled.") from None


def actor(opened: Office, username: str | None) -> Person | None:
    """Who changes the office itself: the person of `--as`, or nobody where it is the machine's own shell."""
    return None if username is None else person(opened, username)


def reader(opened: Office, username: str | None, **given: object) -> Person:
    """Who reads, recorded with what was asked for: parameters that are None were not given."""
    by = person(opened, username)
    asked = f"yichuang {click.get_current_context().info_name}"
    opened.watch.read(by, asked, {name: str(value) for name, value in given.items() if value is not None})
    return by


def as_option(*, required: bool) -> Callable[[_Command], _Command]:
    """`--as USER`: in whose name, and with whose rights."""
    told = "Act as this person, with that person's rights."
    return click.option("--as", "username", metavar="USER", required=required, help=told)


def instant(text: str, opened: Office) -> datetime:
    """A time as somebody typed it; in the office's zone where it names no offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time such as 2026-01-05T09:00:00+08:00.") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=opened.zone)


json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON with the API's field names.")


def write_json(value: Any) -> None:
    """A value as JSON on standard output."""
    plain = dict(value) if isinstance(value, Mapping) else value
    click.echo(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode())
