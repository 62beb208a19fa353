"""An office with as many cases as are wanted, every one of which can be proven and replayed.

The office handles some hundred cases of all types itself, each to some stage; `copies` makes all others of these. One
case in ten waits for one and the same group, a thousand for another, and one in twenty is open somewhere else.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Table, func, select

from benchmarks.scale import bulk
from benchmarks.scale.copies import TABLES, Applicant, Copier, Row
from benchmarks.scale.originals import LARGE, SMALL, Handling, SetClock
from engine import Office
from engine.sealing import Keyring
from engine.storage import tables
from engine.storage.upsert import insert_or_update

#: Open tasks of the small group, and of the large one at the most.
FEW, MANY = 1_000, 100_000

#: Cases of one applicant.
_EACH = 3
#: Cases that are made at once; a multiple of `_EACH`.
_BATCH = 999


@dataclass(frozen=True)
class Originals:
    """How many of them are handled: ended ones, open ones, and for each of the two groups."""

    closed: int = 400
    open: int = 60
    each: int = 20


@dataclass(frozen=True)
class Made:
    """What was made."""

    cases: int
    entries: int
    tasks: int
    #: Open tasks by unit, for the two groups.
    groups: dict[str, int]
    #: Seconds that the originals took, the copies, and the indexes.
    handling: float
    copying: float
    finishing: float

    def to_json(self) -> dict[str, Any]:
        """As it stands in results."""
        return {**asdict(self), **{k: round(v, 1) for k, v in asdict(self).items() if isinstance(v, float)}}


def fill(
    office: Office,
    clock: SetClock,
    cases: int,
    *,
    originals: Originals = Originals(),
    processes: int | None = None,
    told: Callable[[int], None] = lambda made: None,
) -> Made:
    """Fill a demonstration office that has no cases yet.

    :param clock: the office's, which says the present.
    :param told: is told how many cases there are.
    """
    begun = time.monotonic()
    until = clock.at
    handled = list(Handling(office, clock, until).originals(originals.closed, originals.open, originals.each))
    clock.at = until
    with office.database.read() as connection:
        copiers = [Copier(office, connection, each.number) for each in handled]
        known, last = connection.execute(select(func.count(), func.max(tables.case.c.id))).one()
        serials = {(row.day, row.window): row.last for row in connection.execute(select(tables.serial))}
    large, small = min(MANY, cases // 10), min(FEW, cases // 10)
    wanted = {"open": cases // 20, LARGE: large, SMALL: small}
    wanted["closed"] = cases - sum(wanted.values())
    # Some of the cases that the office has handled are of no kind: they only count.
    wanted["closed"] -= known - len(handled)
    shares = _shares([each.kind for each in handled], wanted)
    copied = time.monotonic()
    counted: Counter[str] = Counter()
    workshop = _Workshop(copiers, office.keyring)
    into = (*TABLES, tables.applicant)
    keys = office.keyring.tables[1]
    with (
        workshop.open(processes or os.cpu_count() or 1) as make,
        bulk.writing(office.keyring.database, [keys]) as keyring,
        bulk.writing(office.database, into) as writer,
    ):
        batches = _batches(_planned(copiers, shares, serials), first=last + 1)
        done = known
        for rows in make(batches):
            for table, written in rows.items():
                (keyring if table is keys else writer).write(table, written)
            counted.update({table.name: len(written) for table, written in rows.items()})
            done += len(rows[tables.case])
            told(done)
        finishing = time.monotonic()
    with office.database.write() as connection:
        for (day, window), serial in serials.items():
            statement = insert_or_update(connection, tables.serial).values(day=day, window=window, last=serial)
            connection.execute(statement.on_conflict_do_update(index_elements=["day", "window"], set_={"last": serial}))
    ended = time.monotonic()
    with office.database.read() as connection:
        task = tables.task.c
        groups = {
            unit: connection.execute(select(func.count()).where(task.unit == unit, task.status == "open")).scalar_one()
            for unit in (LARGE, SMALL)
        }
        tasks = connection.execute(select(func.count()).select_from(tables.task)).scalar_one()
        entries = connection.execute(select(func.count()).select_from(tables.entry)).scalar_one()
    return Made(
        cases=done,
        entries=entries,
        tasks=tasks,
        groups=groups,
        handling=copied - begun,
        copying=finishing - copied,
        finishing=ended - finishing,
    )


def _shares(kinds: list[str], wanted: dict[str, int]) -> list[int]:
    """How many copies each original gets: together with the originals, as many as are wanted of each kind."""
    of = Counter(kinds)
    shares, seen = [], Counter[str]()
    for kind in kinds:
        left = max(wanted[kind] - of[kind], 0)
        shares.append(left // of[kind] + (seen[kind] < left % of[kind]))
        seen[kind] += 1
    return shares


def _planned(
    copiers: list[Copier], shares: list[int], serials: dict[tuple[str, str], int]
) -> Iterator[tuple[int, int, float]]:
    """Which original is copied next, with which serial of the day, and how much later: day by day."""
    days = defaultdict(list)
    for place, copier in enumerate(copiers):
        days[copier.day].append(place)
    for day in sorted(days):
        for turn in range(max(shares[place] for place in days[day])):
            for place in days[day]:
                if turn < shares[place]:
                    key = (f"{day:%Y%m%d}", copiers[place].window)
                    serials[key] = serials.get(key, 0) + 1
                    yield place, serials[key], (turn + 1) / (shares[place] + 1)


Batch = tuple[int, list[tuple[int, int, float]]]


def _batches(planned: Iterator[tuple[int, int, float]], first: int) -> Iterator[Batch]:
    while some := list(islice(planned, _BATCH)):
        yield first, some
        first += len(some)


class _Workshop:
    """Processes that make copies."""

    _here: _Workshop

    def __init__(self, copiers: list[Copier], keyring: Keyring) -> None:
        self._copiers, self._keyring = copiers, keyring
        self._keys = keyring.tables[1]
        # Its key is read here: no process of its own opens the keyring.
        keyring.hash("name", "")

    def open(self, processes: int) -> _Workshop:
        """Begin."""
        _Workshop._here = self
        self._pool = multiprocessing.get_context("fork").Pool(processes)
        # Not more than the writer can take.
        self._ahead = threading.Semaphore(4 * processes)
        return self

    def __enter__(self) -> Callable[[Iterator[Batch]], Iterator[dict[Table, list[Row]]]]:
        return self._made

    def __exit__(self, *error: object) -> None:
        self._pool.terminate()
        self._pool.join()

    def _made(self, batches: Iterator[Batch]) -> Iterator[dict[Table, list[Row]]]:
        def slowly() -> Iterator[Batch]:
            for batch in batches:
                self._ahead.acquire()
                yield batch

        for rows in self._pool.imap(_make, slowly()):
            yield {_BY_NAME.get(name, self._keys): written for name, written in rows.items()}
            self._ahead.release()

    def make(self, batch: Batch) -> dict[str, list[Row]]:
        """The rows of a batch, by the names of their tables."""
        first, copies = batch
        rows: dict[str, list[Row]] = defaultdict(list)
        applicant: Applicant | None = None
        for place, (copier, serial, shift) in enumerate(copies):
            if place % _EACH == 0:
                applicant = Applicant.made((first + place) // _EACH, self._keyring)
                rows[tables.applicant.name].append((applicant.id, applicant.identity))
                rows[self._keys.name].append((applicant.id, applicant.key))
            assert applicant is not None
            for table, made in self._copiers[copier].copy(first + place, serial, shift, applicant).items():
                rows[table.name] += made
        return dict(rows)


_BY_NAME = {table.name: table for table in (*TABLES, tables.applicant)}


def _make(batch: Batch) -> dict[str, list[Row]]:
    return _Workshop._here.make(batch)
