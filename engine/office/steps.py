"""The way of every command on a case: rights, memory, what is due, the entity tag, the state; then one step.

One step is one transaction: the state, the open tasks, the history entry, the next wake-up and the memory
of the request are committed together or not at all. Two steps that race for one case collide at the case's
sequence number; the loser starts again from what the winner left.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.exc import IntegrityError

from engine.calendar import Calendar, RecordedCalendar
from engine.errors import CaseClosed, CaseSuspended, Conflict, Invalid, StaleVersion, YichuangError
from engine.execution import Execution, Program
from engine.handling import (
    Applied,
    Case,
    Command,
    Handling,
    Issuer,
    RecordedIssuer,
    RecordedUnits,
    apply,
    is_concerned,
)
from engine.history.canonical import digest
from engine.history.chain import Entry
from engine.history.kinds import Kind
from engine.office import subscriptions
from engine.office.archive import Archive, Collision, Loaded, NotAtHand
from engine.office.context import ATTEMPTS, PASSING, Context
from engine.office.envelope import Envelope
from engine.office.issuing import issuer_of
from engine.office.once import Once, require_readable
from engine.office.past import before
from engine.office.person import Person
from engine.office.programs import Binding
from engine.office.release import ENGINE
from engine.office.rights import Rights, none_to_see
from engine.storage import tables
from engine.storage.prepared import Prepared

log = logging.getLogger("yichuang.calendar")

#: Who acts where nobody does: the office's clock.
CLOCK = "system:clock"

#: How many timers of one case fire before it is another's turn: a cycle without a pause must not hold up all.
MOST_FIRED = 1000

_TICK = timedelta(microseconds=1)

#: What a step is answered with.
Answer = TypeVar("Answer", bound=Mapping[str, Any])

_UNIT = tables.unit.c
_UNIT_NAMED = Prepared(
    select(func.min(_UNIT.code).label("code")).where(
        (_UNIT.code == bindparam("name")) | (_UNIT.name == bindparam("name"))
    )
)


def in_sight(rights: Rights, loaded: Loaded, what: str) -> None:
    """Refuse where a case is not the person's to see."""
    rights.require_sight(loaded.units, loaded.holders, what)


class Steps:
    """Runs commands on the cases of one office."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.archive = Archive(context.programs)
        # Units that were named by their codes: codes never change and units never go, so nobody asks twice.
        self._codes: set[str] = set()

    def run(
        self,
        *,
        by: Person,
        find: Callable[[Connection], Loaded | None],
        what: str,
        allow: Callable[[Rights, Loaded], None],
        decide: Callable[[Loaded, datetime], Command],
        answer: Callable[[Loaded, datetime], Answer] | None,
        once: Once | None = None,
        check_version: Callable[[Loaded], None] = lambda loaded: None,
        beside: Callable[[Connection, Loaded, Command], Answer | None] = lambda connection, loaded, command: None,
        see: Callable[[Rights, Loaded, str], None] = in_sight,
        leaves: bool = False,
    ) -> Answer:
        """Run one command to its commit.

        :param find: gives the case, by the archive.
        :param what: what was looked for, for the message where there is none.
        :param allow: raises where the person may not do this.
        :param decide: checks the state at that instant and gives the command.
        :param answer: what to answer after the step, personal fields still sealed; None where `beside` gives it.
        :param check_version: raises where the caller's entity tag is stale.
        :param beside: writes what follows from the step besides, in its transaction.
        :param see: raises where the person may not know of what was looked for.
        :param leaves: whether `decide` leaves something behind outside the database, which is to be there once.
        :raises Conflict: where others were faster, `ATTEMPTS` times.
        """

        said: Envelope | None = None

        def look(connection: Connection, found: Loaded | None) -> tuple[Loaded, dict[str, Any] | None, datetime]:
            loaded = self.seen(found, what, by=by, see=see)
            with _Unchanged(self.archive, loaded):
                allow(self._context.rights(by), loaded)
                require_readable(once)
                known = self._context.recall(connection, by, once) if asks else None
                return loaded, known, self._context.now(connection)

        def say(loaded: Loaded) -> None:
            # Before anything is written: others wait for their turn to write.
            nonlocal said
            if answer is not None:
                said = self._context.enveloped(answer(loaded, now))

        def write(connection: Connection, loaded: Loaded) -> None:
            nonlocal said
            if (given := beside(connection, loaded, command)) is not None:
                said = self._context.enveloped(given)
            assert said is not None
            self._context.remember(connection, by, once, said.sealed, now)

        # Most requests are new. One that is not collides where its answer is kept, or is refused, and comes again.
        for asks in (leaves, *[True] * (ATTEMPTS - 1)):
            try:
                with self._context.database.glance() as connection:
                    loaded, known, now = look(connection, find(connection))
            except NotAtHand as case:
                with self._context.database.read() as connection:
                    loaded, known, now = look(connection, self.archive.read(connection, case.id))
            if known is not None:
                self.keep(loaded)
                return cast(Answer, self._context.enveloped(known))
            due_fired = False
            try:
                self.fire_due(loaded, now)
                due_fired = True
                with _Unchanged(self.archive, loaded):
                    check_version(loaded)
                    command = decide(loaded, now)
                self._step(loaded, command, now, write, before=say)
            except (Collision, IntegrityError):
                continue
            except YichuangError as error:
                if once is not None and not asks and not isinstance(error, PASSING):
                    continue
                if due_fired:
                    self._context.remember_refusal(by, once, error)
                raise
            self.keep(loaded)
            return cast(Answer, said)
        raise Conflict

    def seen(
        self, loaded: Loaded | None, what: str, *, by: Person, see: Callable[[Rights, Loaded, str], None] = in_sight
    ) -> Loaded:
        """A case that was looked for, if it is there and the person may know of it.

        :param what: what was looked for, for the message where there is none.
        :param see: raises where the person may not know of it.
        :raises NotFound: where there is none for this person.
        """
        if loaded is None:
            raise none_to_see(what)
        with _Unchanged(self.archive, loaded):
            see(self._context.rights(by), loaded, what)
        return loaded

    def fire_due(self, loaded: Loaded, now: datetime) -> int:
        """Fire what is due in a case, each timer a step of its own. Gives how many fired.

        :raises Collision: where the case has gone on meanwhile.
        """
        fired = 0
        while fired < MOST_FIRED and not loaded.case.closed and not loaded.case.suspended:
            timers = loaded.execution.timers
            first = min(timers, key=lambda timer: timer.due, default=None)
            if first is None or first.due > now:
                break
            command = Command(
                kind=Kind.TIMER_FIRED, actor=CLOCK, input={}, process=first.process, element=first.element
            )
            self._step(loaded, command, now, lambda connection, loaded: None)
            fired += 1
        return fired

    def do(
        self, loaded: Loaded, command: Command, now: datetime, with_it: Callable[[Connection, Loaded], None]
    ) -> None:
        """Do what nobody asks for by a request, after what is due, and commit with it what `with_it` writes.

        :raises Collision: where the case has gone on meanwhile.
        """
        self.fire_due(loaded, now)
        self._step(loaded, command, now, with_it)

    def recount(self, loaded: Loaded, stood: list[list[str]], edition: int, now: datetime) -> bool:
        """Count a case's limit and timers anew by the calendar in force; no step where nothing moves by it.

        :param stood: between which instants the clock stood still.
        :param edition: of the calendar whose change is the reason.

        :raises Collision: where the case has gone on meanwhile.
        """
        self.fire_due(loaded, now)
        if loaded.case.closed:
            return False
        input: dict[str, Any] = {"edition": edition, "stood": stood}
        command = Command(kind=Kind.CASE_RECOUNTED, actor=CLOCK, input=input)
        try:
            concerned = is_concerned(self._handling(loaded, self._context.calendar), command, now)
        except Invalid as error:
            # Its own timers cannot be computed any more, and stay; the limit is still the law's.
            concerned = True
            input["timers_kept"] = error.detail
            log.warning("timers stay as they were", extra={"fields": {"case": loaded.case.number}})
        if concerned:
            self._step(loaded, command, now, lambda connection, loaded: None)
        return concerned

    def try_move(self, loaded: Loaded, command: Command, following: Program, now: datetime) -> None:
        """Take a copy of a case to another version, to see whether it goes. Nothing changes.

        :raises YichuangError: where it does not, or what came of it cannot be stored and read again.
        """
        case = replace(loaded.case, work=dict(loaded.case.work))
        handling = self._handling(replace(loaded, case=case), self._context.calendar)
        handling.execution = Execution.restore(loaded.program, loaded.execution.dump())
        handling.following = following
        assert case.last_at is not None
        apply(handling, command, max(now, case.last_at + _TICK))
        moved = handling.running
        if Execution.restore(following, moved.dump()).projection() != moved.projection():
            raise Invalid("stored and read again, it is another")

    def move(self, loaded: Loaded, command: Command, following: Program, binding: Binding, now: datetime) -> None:
        """Take a case to another version.

        :param binding: of the versions that `following` is compiled from.

        :raises Collision: where the case has gone on meanwhile.
        """

        def rebind(connection: Connection, loaded: Loaded) -> None:
            self._context.programs.keep(connection, binding)
            self.archive.rebind(connection, loaded, binding)

        self._step(loaded, command, now, rebind, following)

    def subscribe(self, connection: Connection, loaded: Loaded) -> None:
        """Write what a case waits for as it is, without a step."""
        assert loaded.case.last_at is not None
        handling = self._handling(loaded, self._context.calendar)
        nothing = Applied(outcome={}, closed={}, changed=frozenset(), limit_moved=False)
        subscriptions.write(connection, loaded.id, handling, nothing, loaded.case.last_at, None)

    def _step(
        self,
        loaded: Loaded,
        command: Command,
        now: datetime,
        with_it: Callable[[Connection, Loaded], None],
        following: Program | None = None,
        before: Callable[[Loaded], None] = lambda loaded: None,
    ) -> None:
        """Apply a command and commit what it did, with what `with_it` writes.

        All is computed first, so that the writing transaction only writes.

        :param before: is shown the case after the step, and writes nothing.
        :raises Collision: where the case has gone on meanwhile.
        """
        began = time.perf_counter()
        case = loaded.case
        known, known_jobs = frozenset(case.work), frozenset(case.jobs)
        assert case.last_at is not None
        at = max(now, case.last_at + _TICK)
        previous = case.head
        in_force = self._context.editions.in_force
        handling = self._handling(loaded, in_force.calendar)
        handling.following = following
        subscribed = loaded.program.subscribes
        applied = apply(handling, command, at)
        loaded.execution, loaded.program = handling.running, handling.program
        state = case.digest(digest(loaded.execution.projection()))
        entry = Entry.record(
            case=case.number,
            seq=case.seq,
            at=at,
            actor=command.actor,
            kind=command.kind,
            process=command.process,
            element=command.element,
            input=command.input,
            outcome=applied.outcome,
            state=state,
            previous=previous,
            engine=ENGINE,
        )
        case.head = entry.hash
        before(loaded)
        with self._context.database.write() as connection:
            if handling.calendar.answers:
                self._context.editions.hold(connection, in_force.edition)
            self.archive.advance(connection, loaded, applied, known, known_jobs, entry, state)
            if subscribed or loaded.program.subscribes or applied.signals:
                loaded.subscribed = subscriptions.write(connection, loaded.id, handling, applied, at, loaded.subscribed)
            with_it(connection, loaded)
        self._context.on_step(command.kind, time.perf_counter() - began)

    def _handling(self, loaded: Loaded, calendar: Calendar) -> Handling:
        return Handling(
            case=loaded.case,
            program=loaded.program,
            execution=loaded.execution,
            calendar=RecordedCalendar(calendar),
            units=RecordedUnits(self._unit),
            issuer=RecordedIssuer(self._issuer),
            past=lambda seq: before(self._context, loaded.id, seq),
        )

    def _unit(self, name: str) -> str | None:
        """Code of the unit that has this code or this name."""
        if name in self._codes:
            return name
        with self._context.database.glance() as connection:
            code = unit_named(connection, name)
        if code == name:
            self._codes.add(code)
        return code

    def _issuer(self, case: Case) -> Issuer:
        with self._context.database.read() as connection:
            return issuer_of(connection, case)

    def keep(self, loaded: Loaded) -> None:
        """Leave a case that was loaded, and is as it is stored, for the next step.

        The last thing to do with it: from here on another thread may have it, and change it.
        """
        self.archive.keep(loaded)


class _Unchanged:
    """A block of checks: they change nothing, so what was loaded is as good as before if they refuse."""

    __slots__ = ("_archive", "_loaded")

    def __init__(self, archive: Archive, loaded: Loaded) -> None:
        self._archive = archive
        self._loaded = loaded

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, YichuangError):
            self._archive.keep(self._loaded)


def match(if_match: int | None, version: int) -> None:
    """Refuse where the caller read an older version than the one that is there.

    :raises StaleVersion: then.
    """
    if if_match is not None and if_match != version:
        raise StaleVersion


def unit_named(connection: Connection, name: str) -> str | None:
    """Code of the unit that has this code or this name."""
    row = _UNIT_NAMED.first(connection, {"name": name})
    return None if row.code is None else str(row.code)


def require_running(loaded: Loaded) -> None:
    """Refuse on a case that has ended or is suspended."""
    if loaded.case.closed:
        raise CaseClosed(f"The case {loaded.case.number} has ended: it is {loaded.case.status}.")
    if loaded.case.suspended:
        raise CaseSuspended


def require_open(loaded: Loaded) -> None:
    """Refuse on a case that has ended."""
    if loaded.case.closed:
        raise CaseClosed(f"The case {loaded.case.number} has ended: it is {loaded.case.status}.")
