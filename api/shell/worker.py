"""`worker`: keeps the time of an office on PostgreSQL, beside as many others as wished."""

from __future__ import annotations

import os
import signal
import threading

import click

from api import log
from api.shell.group import office


@click.command("worker")
@click.option(
    "--concurrency", type=click.IntRange(1, 64), default=2, show_default=True, help="Cases fired at the same time."
)
def work(concurrency: int) -> None:
    """Fire timers of an office on PostgreSQL, until it is stopped (Ctrl-C).

    Any number may run, on any machine. The servers need not keep the time then: yichuang serve --no-clock.
    """
    from engine.worker.worker import Worker

    log.configure(os.environ.get("YICHUANG_LOG_LEVEL", "info"))
    stop = threading.Event()
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: stop.set())
    with office() as opened:
        if opened.database.is_embedded:
            raise click.UsageError(
                "Workers need PostgreSQL (YICHUANG_DATABASE_URL); elsewhere yichuang serve keeps the time."
            )
        click.echo("Yichuang 一窗: this worker keeps the time.")
        Worker(opened, concurrency).run(stop)
