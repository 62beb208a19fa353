"""`init` and `serve`: an office from nothing, and its server."""

from __future__ import annotations

import click

from api.shell import table
from api.shell.group import office
from engine import demonstration


@click.command("init")
@click.option("--demo", is_flag=True, help="Load the demonstration office: units, windows, matters, people.")
def init(demo: bool) -> None:
    """Create or upgrade the database and deploy the processes that come with it.

    May be run again at any time: it keeps what is there.
    """
    with office() as opened:
        opened.initialise(demo=demo)
    click.echo("The office is ready: yichuang serve")


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes.")
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True, help="Threads in each.")
@click.option(
    "--clock/--no-clock", default=True, show_default=True, help="Keep the time; --no-clock where yichuang worker does."
)
def serve(host: str, port: int, workers: int, threads: int, clock: bool) -> None:
    """Serve pages, API and the deadlines' clock, until it is stopped (Ctrl-C)."""
    # Late: `init` needs no server.
    from api import settings
    from api.provider import Terms
    from api.shell.server import run

    # Before anything is started: a worker that finds it wrong can tell nobody.
    Terms.of(settings.read())
    with office() as opened:
        opened.catalogue.windows()
        welcome = _log_ins() if opened.is_demonstration else ""
    if not clock and opened.database.is_embedded:
        raise click.UsageError("Nobody else keeps the time of an office on the embedded database.")
    run(host, port, workers=workers, threads=threads, clock=clock, welcome=welcome)


def _log_ins() -> str:
    """With whom one can log in to the demonstration office."""
    lines = ((login.username, login.role, login.unit) for login in demonstration.logins())
    people = table.rows(("USERNAME", "ROLE", "UNIT"), lines)
    return f"Demonstration office. Everybody's password is {demonstration.PASSWORD}\n{people}"
