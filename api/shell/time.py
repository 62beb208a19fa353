"""`tick`: what is due fires, and goes out, once, for cron and for tests."""

from __future__ import annotations

import click

from api.shell.group import instant, json_option, office, write_json

_IDLE = "Nothing was due: a running server or worker fires timers itself, as soon as they are due."


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
        at = opened.clock.now().astimezone(opened.zone)
        fired = opened.clock.tick()
        done = opened.outbox.deliver_due()
    if as_json:
        return write_json({"fired": fired, "delivered": done})
    if now is not None:
        click.echo(f"It is {at:%Y-%m-%d %H:%M} in the office now.")
    told = [f"{n} {one if n == 1 else more}." for n, one, more in _counted(fired, done) if n]
    click.echo(" ".join(told) or _IDLE)


def _counted(fired: int, done: int) -> tuple[tuple[int, str, str], ...]:
    return (fired, "timer fired", "timers fired"), (done, "job done", "jobs done")
