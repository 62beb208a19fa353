"""Proving many cases, in processes of their own that give way to everybody else's work.

Each case is proven as it is at one moment. The processes open the office for themselves and only read.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, select

from engine.calendar import Calendar
from engine.errors import FieldError, Invalid
from engine.materials import Store
from engine.office.clock import OfficeClock, SystemClock
from engine.office.context import Context
from engine.office.person import Person
from engine.office.proof import Proof
from engine.office.sight import visible
from engine.office.views import CaseProof, FirstBad
from engine.sealing import Keyring
from engine.storage import Database, tables
from engine.storage.stored import lying, text_of

#: Cases that a process proves between two reports.
BATCH = 25

#: How much the processes stand back for others (nice).
NICENESS = 10

#: Tables whose rows belong to a case.
_BELONGING = (
    tables.entry,
    tables.task,
    tables.case_unit,
    tables.material,
    tables.rating,
    tables.job,
    tables.subscription,
    tables.notice,
    tables.mention,
)


class Chosen(NamedTuple):
    """A case that is to be proven."""

    id: int
    number: str


class Survey:
    """Proofs of the cases of one office."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def choose(self, by: Person, since: str | None) -> list[Chosen]:
        """The cases that the person may see, in the order in which they came in.

        :param since: number of the case to begin with.
        :raises Invalid: where there is no such case.
        """
        case = tables.case.c
        with self._context.database.read() as connection:
            # A number in which a byte was changed may be no text any more; it is proven nevertheless.
            query = select(case.id, lying(connection, case.number))
            rows = connection.execute(query.where(visible(self._context, by, case)).order_by(case.id))
            chosen = [Chosen(row.id, text_of(row.number)) for row in rows]
        if since is None:
            return chosen
        for place, one in enumerate(chosen):
            if one.number == since:
                return chosen[place:]
        raise Invalid(errors=[FieldError("/since", f"there is no case {since}")])

    def prove(self, chosen: Sequence[Chosen], jobs: int) -> Iterator[CaseProof]:
        """A proof of each case, in their order.

        :param jobs: how many processes share the work; 1 does it here.
        """
        if jobs == 1 or len(chosen) <= BATCH:
            yield from (prove(self._context, one) for one in chosen)
            return
        batches = (chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH))
        with ProcessPoolExecutor(
            jobs, multiprocessing.get_context("spawn"), initializer=_open, initargs=_address(self._context)
        ) as pool:
            waiting = [pool.submit(_prove, batch) for batch in islice(batches, 2 * jobs)]
            try:
                while waiting:
                    yield from _next(pool, waiting, batches)
            finally:
                pool.shutdown(cancel_futures=True)

    def orphan(self) -> CaseProof | None:
        """See `orphan`."""
        with self._context.database.read() as connection:
            return orphan(connection)


def orphan(connection: Connection) -> CaseProof | None:
    """The first case whose row is gone while something of it is still there."""
    for table in _BELONGING:
        gone = table.c.case_id.not_in(select(tables.case.c.id))
        id = connection.execute(select(table.c.case_id).where(gone).limit(1)).scalar()
        if id is None:
            continue
        entry = tables.entry.c
        body = connection.execute(select(entry.body).where(entry.case_id == id).limit(1)).scalar()
        number = _number(body) or f"(row {id})"
        reason = f"the case's row is gone, but the table {table.name} still has rows of it"
        return {
            "number": number,
            "ok": False,
            "entries": 0,
            "first_bad": {"case": number, "seq": 1, "reason": reason},
        }
    return None


def prove(context: Context, chosen: Chosen) -> CaseProof:
    """Prove one case."""
    with context.database.read() as connection:
        holding, fault = Proof(context, connection, chosen.id).run()
    first_bad: FirstBad | None = None if fault is None else {"case": chosen.number, "seq": holding + 1, "reason": fault}
    return {"number": chosen.number, "ok": fault is None, "entries": holding, "first_bad": first_bad}


def _next(
    pool: Executor, waiting: list[Future[list[CaseProof]]], batches: Iterator[Sequence[Chosen]]
) -> list[CaseProof]:
    """What the oldest batch came to; another one takes its place, so that the pool is never handed all at once."""
    proofs = waiting.pop(0).result()
    waiting += [pool.submit(_prove, batch) for batch in islice(batches, 1)]
    return proofs


def _number(body: bytes | None) -> str | None:
    try:
        return str(orjson.loads(body or b"")["case"])
    except (ValueError, TypeError, KeyError):
        return None


# -- in the processes -----------------------------------------------------------------------------------

_here: list[Context] = []


def _address(context: Context) -> tuple[str, str, str, Path]:
    url, keyring = context.database.url, context.keyring.url
    return (
        url.render_as_string(hide_password=False),
        keyring.render_as_string(hide_password=False),
        context.calendar.zone.key,
        context.store.folder.absolute(),
    )


def _open(url: str, keyring: str, zone: str, materials: Path) -> None:
    os.nice(NICENESS)
    # Ctrl-C ends the process that shares out the work, and with it these.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    database = Database(url)
    clock, calendar = OfficeClock(database, SystemClock()), Calendar(zone=zone)
    _here[:] = [Context(database, Keyring(keyring), clock, calendar, Store(materials))]


def _prove(batch: Sequence[Chosen]) -> list[CaseProof]:
    (context,) = _here
    return [prove(context, chosen) for chosen in batch]
