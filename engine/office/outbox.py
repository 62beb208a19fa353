"""The jobs that the office does itself, by its connectors: at least once outwards, exactly once in the case.

A connector is a worker like others: it locks the job, does it, and hands in what came of it. If it dies in between, the
lock runs out, and the job is done again with the same id.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import zip_longest
from typing import Any

from engine.connectors import FIELDS, Connectors, Done, Failed, Refused, Thrown
from engine.connectors.fields import MAIL
from engine.connectors.http import LONGEST_TIMEOUT
from engine.connectors.outcomes import Outcome
from engine.errors import CaseClosed, CaseSuspended, Conflict, Invalid, JobNotHeld, TaskAlreadyCompleted, Unavailable
from engine.office.jobs import Jobs, JobView
from engine.office.mails import Letter, Mails
from engine.office.person import EVERYWHERE, Membership, Person, Role
from engine.storage import points

log = logging.getLogger("yichuang.outbox")

#: Who does the office's own work outside.
OUTBOX = Person(username="system:outbox", name="", memberships=(Membership(EVERYWHERE, Role.WORKER),))

#: Seconds for which a job is locked: longer than any connector takes.
LOCK_SECONDS = 2 * LONGEST_TIMEOUT

#: Jobs that a server does at a time, and seconds between two looks for more.
AT_ONCE, PAUSE = 4, 1.0

TOPICS = tuple(sorted(FIELDS))

#: The case has gone on without the result: it is dropped, and where the job is still needed it is done again.
_TOO_LATE = (TaskAlreadyCompleted, JobNotHeld, CaseSuspended, CaseClosed, Conflict)


class Outbox:
    """Does the jobs of one office that have a connector, and mails its notices."""

    def __init__(self, jobs: Jobs, mails: Mails, connectors: Connectors) -> None:
        self._jobs = jobs
        self._mails = mails
        self._connectors = connectors.by_topic

    def due(self, limit: int = 100) -> Sequence[str]:
        """Ids of the jobs and notices that may go out now, in turn, of each kind those that waited longest first."""
        in_turn = zip_longest(self._jobs.waiting(TOPICS, limit), self._mails.waiting(limit))
        return [id for pair in in_turn for id in pair if id is not None][:limit]

    def deliver(self, id: str) -> bool:
        """Do one job, unless another is at it, and hand in what came of it. Gives whether it was done here."""
        worker = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        job = self._jobs.take(id, worker, LOCK_SECONDS, by=OUTBOX)
        letter = self._mails.take(id, worker, LOCK_SECONDS, by=OUTBOX) if job is None else None
        try:
            if job is not None:
                case = job["case"]
                self._do(job, worker)
            elif letter is not None:
                case = letter.case
                self._mail(letter, worker)
            else:
                return False
        except _TOO_LATE as error:
            log.info("a result came too late", extra={"fields": {"case": case, "problem": error.problem}})
        return True

    def deliver_due(self) -> int:
        """Do all that is due, one after the other. Gives how many there were."""
        done = 0
        while any(delivered := [self.deliver(id) for id in self.due()]):
            done += sum(delivered)
        return done

    def run(self, stop: threading.Event) -> None:
        """Do what is due until `stop` is set, several at a time; survives a database that is away for a while."""
        under_way: dict[str, Future[bool]] = {}
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="outbox") as pool:
            while not stop.is_set():
                for id in [id for id, future in under_way.items() if future.done()]:
                    _told(under_way.pop(id))
                try:
                    free = AT_ONCE - len(under_way)
                    waiting = self.due(AT_ONCE + len(under_way)) if free else []
                    for id in [id for id in waiting if id not in under_way][:free]:
                        under_way[id] = pool.submit(self.deliver, id)
                except Unavailable as error:
                    log.warning("the outbox waits for the database", extra={"fields": {"cause": error.detail}})
                except Exception:
                    log.exception("the outbox could not look for work")
                stop.wait(PAUSE)

    def _outcome(self, topic: str, id: str, case: str, given: Mapping[str, Any]) -> Outcome:
        """What comes of sending something."""
        try:
            points.reached(points.SEND)
            outcome = self._connectors[topic](id, given)
            points.reached(points.SENT)
        except Exception as error:
            log.exception("a connector failed", extra={"fields": {"case": case, "topic": topic}})
            outcome = Failed(f"The connector failed: {type(error).__name__}.")
        return outcome

    def _mail(self, letter: Letter, worker: str) -> None:
        id, mails = letter.id, self._mails
        if letter.to is None:
            mails.failed(id, worker, "The applicant was erased.", by=OUTBOX, final=True)
            return
        given = {"to": letter.to, "subject": letter.subject, "text": letter.text}
        match self._outcome(MAIL, id, letter.case, given):
            case Done():
                mails.sent(id, worker, by=OUTBOX)
            case Failed(message, after):
                mails.failed(id, worker, message, by=OUTBOX, after=after)
            case Thrown(_, message) | Refused(message):
                mails.failed(id, worker, message, by=OUTBOX, final=True)

    def _do(self, job: JobView, worker: str) -> None:
        id, jobs = job["id"], self._jobs
        match self._outcome(job["topic"], id, job["case"], job["data"]):
            case Done(data):
                try:
                    jobs.complete(id, worker, dict(data), by=OUTBOX)
                except Invalid as error:
                    faults = "; ".join(f"{fault.pointer} {fault.message}" for fault in error.errors) or error.detail
                    jobs.fail(id, worker, f"The answer cannot be kept: {faults}"[:1000], retries=0, by=OUTBOX)
            case Thrown(code, message):
                jobs.throw(id, worker, code, message, {}, by=OUTBOX)
            case Failed(message, after):
                jobs.fail(id, worker, message, retry_after=after, by=OUTBOX)
            case Refused(message):
                jobs.fail(id, worker, message, retries=0, by=OUTBOX)


def _told(future: Future[bool]) -> None:
    """Say what went wrong where nobody else does."""
    error = future.exception()
    if isinstance(error, Unavailable):
        log.warning("the outbox waits for the database", extra={"fields": {"cause": error.detail}})
    elif error is not None:
        log.error("a job could not be done", exc_info=error)
