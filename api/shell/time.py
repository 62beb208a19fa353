"""`tick`: what is due fires, and goes out, once, for cron and for tests."""

from __future__ import annotations

import click

from api.shell.group import instant, json_option, office, write_json


@click.command("tick")
@click.option(
    "--now",
    metavar="TIME",
    help="Put a demonstration office's clock forward to this time, for good; the office's zone without an offset.",
)
@json_option
def tick(now: str | None, as_json: bool) -> None:
    """Fire every timer that is due, do the office's own work outside, and stop."""
    with office() as opened:
        if now is not None:
            opened.clock.advance(instant(now, opened))
        fired = opened.clock.tick()
        done = opened.outbox.deliver_due()
    if as_json:
        return write_json({"fired": fired, "delivered": done})
    click.echo(f"{fired} timers fired." + (f" {done} jobs done." if done else ""))
