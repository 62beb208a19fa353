"""The deadlines' clock: wakes the cases whose timers are due, and counts them anew when the calendar changes."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from engine.errors import Unavailable
from engine.office.archive import Collision
from engine.office.context import Context
from engine.office.post import Post
from engine.office.recounting import Recounting
from engine.office.steps import Steps
from engine.storage import tables

log = logging.getLogger("yichuang.clock")

#: Seconds between two sweeps while nothing is due: a timer is never later than this, plus its own step.
PAUSE = 1.0

#: How long a case whose firing failed is left alone.
RETRY_AFTER = timedelta(minutes=1)

#: Cases woken in one sweep.
BATCH = 500


class Timekeeper:
    """Fires what is due in one office."""

    def __init__(self, context: Context, steps: Steps, post: Post) -> None:
        self._context = context
        self._steps = steps
        self._post = post
        self._recounting = Recounting(context, steps)
        #: Cases whose last firing failed, and when they may be tried again: one broken case holds up no other.
        self._resting: dict[int, datetime] = {}

    def now(self) -> datetime:
        """The instant that it is in the office."""
        return self._context.clock.now()

    def mark_demonstration(self, connection: Connection) -> None:
        """Make this a demonstration office, in a writing transaction: its clock may be put forward from now on."""
        self._context.clock.mark_demonstration(connection)

    def advance(self, to: datetime) -> None:
        """Put a demonstration office's clock forward, for good. See `OfficeClock.advance`."""
        self._context.clock.advance(to)

    def tick(self, limit: int | None = None) -> int:
        """Fire every timer that is due now, the earliest first. Gives how many fired.

        Then what a change of the calendar asks for is done, between whose batches timers fire too.

        :param limit: most cases to wake; no recount then.
        """
        fired = self._fire(limit)
        while limit is None and self.go_on():
            fired += self._fire(limit)
        return fired

    def go_on(self) -> bool:
        """Recount, deliver messages and signals, forget old requests: a batch of each. Gives whether more is to do."""
        return self.recount() | self._post.go_on() | self._context.forget()

    def recount(self) -> bool:
        """Go on with what a change of the calendar asks for, by one batch of cases. Gives whether more is to do."""
        return self._recounting.go_on(lambda case: log.exception("a recount failed", extra={"fields": {"case": case}}))

    def _fire(self, limit: int | None) -> int:
        fired, woken = 0, 0
        now = self.now()
        while limit is None or woken < limit:
            due = [case for case, _ in self._due(now, len(self._resting)) if self._resting.get(case, now) <= now]
            if not due:
                break
            for case in due[: None if limit is None else limit - woken]:
                fired += self._wake(case, now)
                woken += 1
        return fired

    def due(self, beyond: int = 0) -> list[tuple[int, datetime]]:
        """Cases (row ids) with something due now, the earliest first, each with the instant of that.

        :param beyond: how many more than `BATCH` to give, for whoever knows that many already.
        """
        return self._due(self.now(), beyond)

    def wake(self, id: int) -> int:
        """Fire what is due now in one case. Gives how many fired; none while it rests after a failure."""
        now = self.now()
        return self._wake(id, now) if self._resting.get(id, now) <= now else 0

    def run(self, stop: threading.Event) -> None:
        """Tick until `stop` is set; survives a database that is away for a while."""
        while not stop.is_set():
            try:
                self.tick()
            except Unavailable as error:
                log.warning("the clock waits for the database", extra={"cause": error.detail})
            except Exception:
                log.exception("a sweep of the clock failed")
            stop.wait(PAUSE)

    def _due(self, now: datetime, beyond: int) -> list[tuple[int, datetime]]:
        case = tables.case.c
        query = select(case.id, case.wake_at).where(case.wake_at <= now).order_by(case.wake_at).limit(BATCH + beyond)
        with self._context.database.read() as connection:
            return [(row.id, row.wake_at) for row in connection.execute(query)]

    def _wake(self, id: int, now: datetime) -> int:
        try:
            with self._context.database.read() as connection:
                loaded = self._steps.archive.by_id(connection, id)
            if loaded is None:
                return 0
            fired = self._steps.fire_due(loaded, now)
            self._steps.keep(loaded)
            self._resting.pop(id, None)
            return fired
        except Collision:
            # Somebody else's step fired it, or the next sweep will.
            return 0
        except Unavailable:
            raise
        except Exception:
            log.exception("a timer could not fire", extra={"case": id})
            self._resting[id] = now + RETRY_AFTER
            return 0
