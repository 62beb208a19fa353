"""One worker: does what the queue hands it, and, where no other worker of the office does, fills the queue.

The sweep looks for cases whose `wake_at` has come and puts each into the queue once (Procrastinate's queueing
lock is the case). Procrastinate tells every worker by LISTEN/NOTIFY, and one of them takes it. Firing is the
embedded clock's own; should two fire one case, the history's key lets one of them through. The office's own work
outside (`Outbox`) goes the same way through a queue of its own, so that a slow host holds up no timer; there the job's
lock lets one of two through.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

import psycopg
from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import DeleteJobCondition, Status

from engine.errors import Unavailable
from engine.office.office import Office
from engine.worker import queue

log = logging.getLogger("yichuang.worker")

#: Seconds between two sweeps: a timer waits no longer for the queue than this.
PAUSE = 0.25

#: Seconds after which a worker asks again whether it may sweep, and tries again to reach the database.
ASK_AGAIN = 1.0

#: Seconds after which a case that is still due is handed out again: its worker may have died.
AGAIN_AFTER = 5.0

#: Cases that wait in the queue at a time: seconds of work for many workers, and few enough to be looked through.
MOST_QUEUED = 1000

#: Seconds without a sign of life after which a worker is taken for dead, and between two looks for such.
SILENCE, LOOK = 10.0, 30.0

#: The advisory lock whose holder sweeps; PostgreSQL lets go of it when the connection ends.
_SWEEPING = 20030903

_LOST = (Unavailable, ConnectorException, psycopg.OperationalError, OSError, TimeoutError)


class Worker:
    """A worker of one office on PostgreSQL.

    :param concurrency: how many cases it fires at a time, each in a thread; and as many jobs beside them.
    """

    def __init__(self, office: Office, concurrency: int = 2) -> None:
        if office.database.is_embedded:
            raise ValueError("workers need PostgreSQL; on the embedded database the server keeps the time")
        self._office = office
        self._concurrency = concurrency
        #: What this worker has put into the queue: case → its `wake_at` then, and when that was.
        self._handed: dict[int, tuple[datetime, float]] = {}
        #: Jobs that it has put into the queue, and when that was.
        self._handed_jobs: dict[str, float] = {}

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; survives a database that is away, however long."""
        while not stop.is_set():
            try:
                self._office.check_ready()
                asyncio.run(self._work(stop))
            except* _LOST as lost:
                first = lost.exceptions[0]
                cause = getattr(first, "detail", type(first).__name__)
                log.warning("the worker waits for the database", extra={"fields": {"cause": cause}})
                stop.wait(ASK_AGAIN)
            except* Exception:
                log.exception("the worker starts again")
                stop.wait(ASK_AGAIN)

    async def _work(self, stop: threading.Event) -> None:
        app = queue.app(self._office.database, 2 * self._concurrency + 5)

        @app.task(name="fire", queue="timers")
        def fire(case: int) -> None:
            self._office.clock.wake(case)

        @app.task(name="deliver", queue="jobs")
        def deliver(job: str) -> None:
            self._office.outbox.deliver(job)

        def working(queue: str) -> Awaitable[None]:
            return app.run_worker_async(
                queues=[queue],
                concurrency=self._concurrency,
                fetch_job_polling_interval=ASK_AGAIN,
                delete_jobs=DeleteJobCondition.ALWAYS,
                install_signal_handlers=False,
                update_heartbeat_interval=SILENCE / 4,
                stalled_worker_timeout=SILENCE,
                shutdown_graceful_timeout=SILENCE,
            )

        async with app.open_async():
            await _until_one_ends(working("timers"), working("jobs"), self._sweep(app), _stopped(stop))

    async def _sweep(self, app: App) -> None:
        """Fill the queue while this worker holds the lock; wait for the lock while another does."""
        connecting = psycopg.AsyncConnection.connect(queue.conninfo(self._office.database), autocommit=True)
        async with await connecting as connection:
            while not await _answer(connection, f"select pg_try_advisory_lock({_SWEEPING})"):
                await asyncio.sleep(ASK_AGAIN)
            log.info("this worker sweeps")
            self._handed.clear()
            self._handed_jobs.clear()
            looked = 0.0
            while await _answer(connection, "select 1"):
                await self._hand_out(app)
                await self._hand_out_jobs(app)
                await asyncio.to_thread(self._office.clock.go_on)
                if monotonic() - looked > LOOK:
                    looked = monotonic()
                    await _forget_dead(app)
                await asyncio.sleep(PAUSE)

    async def _hand_out(self, app: App) -> None:
        due = await asyncio.to_thread(self._office.clock.due, len(self._handed))
        now = monotonic()
        known = {
            case: self._handed[case]
            for case, wake_at in due
            if case in self._handed and self._handed[case][0] == wake_at and now - self._handed[case][1] < AGAIN_AFTER
        }
        fresh = [(case, wake_at) for case, wake_at in due if case not in known][: MOST_QUEUED - len(known)]
        if await _put(app, app.tasks["fire"], "case", [case for case, _ in fresh]):
            known |= {case: (wake_at, now) for case, wake_at in fresh}
        self._handed = known

    async def _hand_out_jobs(self, app: App) -> None:
        due = await asyncio.to_thread(self._office.outbox.due)
        now = monotonic()
        known = {job: when for job, when in self._handed_jobs.items() if now - when < AGAIN_AFTER}
        fresh = [job for job in due if job not in known]
        if await _put(app, app.tasks["deliver"], "job", fresh):
            known |= dict.fromkeys(fresh, now)
        self._handed_jobs = known


async def _put(app: App, task: Any, name: str, values: Sequence[Any]) -> bool:
    """Put what is to be done into the queue, but for what waits in it; False where another sweep came between.

    :param name: of the task's parameter.
    """
    if not values:
        return True
    waiting = {job.queueing_lock for job in await app.job_manager.list_jobs_async(task=task.name, status="todo")}
    locks = {f"{name} {value}": value for value in values}
    jobs = [
        task.configure(queueing_lock=lock).job.evolve(task_kwargs={name: value})
        for lock, value in locks.items()
        if lock not in waiting
    ]
    if jobs:
        try:
            await app.job_manager.batch_defer_jobs_async(jobs)
        except AlreadyEnqueued:
            return False
    return True


async def _forget_dead(app: App) -> None:
    """Take out of the queue what died with its worker: its case is handed out anew anyway."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE):
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)


async def _until_one_ends(*works: Awaitable[Any]) -> None:
    """Run them together, stop all when one ends, and raise what went wrong in any."""
    tasks = [asyncio.ensure_future(work) for work in works]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


async def _stopped(stop: threading.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.1)


async def _answer(connection: psycopg.AsyncConnection[Any], question: Any) -> Any:
    row = await (await connection.execute(question)).fetchone()
    return row[0] if row else None
