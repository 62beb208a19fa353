"""Messages by correlation key, messages that wait for their case, and signals to many cases.

A message is delivered in the transaction that takes it out of the table, so exactly once. A signal reaches each
case by a step of its own, which notes that it did: what breaks off goes on, and nobody is reached twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypedDict, cast

import orjson
from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from engine.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, NotOffered, Unavailable
from engine.execution.instance import key_text
from engine.forms.messages import both
from engine.handling import Command
from engine.handling.case import ENDINGS
from engine.handling.undertaking import MESSAGE
from engine.history.kinds import Kind
from engine.office import subscriptions
from engine.office.archive import Collision, Loaded
from engine.office.context import ATTEMPTS, Answer, Context
from engine.office.once import Once
from engine.office.opening import Opening
from engine.office.people import People
from engine.office.person import Person
from engine.office.present import Presenter
from engine.office.steps import Steps, require_open
from engine.office.views import CaseView
from engine.storage import tables

log = logging.getLogger("yichuang.post")

#: The longest that a message is kept, and the longest name.
LONGEST, MOST_TEXT = timedelta(days=366), 255

#: Messages and cases of one sweep.
BATCH = 100

_SUB, _MESSAGE, _SIGNAL, _DONE = (
    table.c for table in (tables.subscription, tables.message, tables.signal, tables.signal_delivery)
)
_waiting = (
    select(_SUB.case_id)
    .where(_SUB.kind == "message", _SUB.name == bindparam("name"), _SUB.key == bindparam("key"))
    .distinct()
    .order_by(_SUB.case_id)
)
_first_signal = select(tables.signal).order_by(_SIGNAL.id).limit(1)


class PostView(TypedDict):
    """What became of a message."""

    #: ``delivered``, or ``kept`` until somebody waits for it.
    status: str
    #: Number of the case that has it; null while it is kept for whoever has the key.
    case: str | None
    #: Until when it is kept.
    expires: str | None


class SignalView(TypedDict):
    """A signal that is on its way."""

    name: str
    #: Cases that wait for it now.
    waiting: int


class Post:
    """What reaches cases from outside, by other ways than their numbers."""

    def __init__(self, context: Context, steps: Steps, presenter: Presenter, opening: Opening, people: People) -> None:
        self._context = context
        self._steps = steps
        self._presenter = presenter
        self._opening = opening
        self._people = people

    def send(
        self,
        name: str,
        correlation_key: str | int | float,
        payload: dict[str, Any],
        *,
        by: Person,
        time_to_live: int = 0,
        once: Once | None = None,
    ) -> PostView:
        """Hand a message to the case that waits for it with that key; of several, to the one that came first.

        :param correlation_key: a text or a number, as the definition's ``correlationKey`` gives it.
        :param time_to_live: seconds for which it is kept where nobody waits yet; 0 refuses it then.
        :raises NotOffered: where nobody waits whose case the person carries, and it is not to be kept.
        """
        key = key_text(correlation_key)
        if key is None:
            raise Invalid(
                errors=[FieldError("/correlation_key", f"a text of 1 to {MOST_TEXT} characters, or a number")]
            )

        def delivered(loaded: Loaded, _now: datetime) -> CaseView:
            return cast(CaseView, {"status": "delivered", "case": loaded.case.number, "expires": None})

        for _ in range(ATTEMPTS):
            with self._context.database.read() as connection:
                cases = connection.execute(_waiting, {"name": name, "key": key}).scalars().all()
            for id in cases:
                try:
                    return cast(PostView, self._hand_over(id, name, key, payload, by, once, delivered))
                except (NotFound, Forbidden):
                    continue  # not this person's case: for this person nobody waits there
                except Conflict:
                    break
            else:
                return self._keep(None, name, key, payload, by, time_to_live, once)
        raise Conflict

    def keep_for(
        self,
        number: str,
        name: str,
        payload: dict[str, Any],
        time_to_live: int,
        *,
        by: Person,
        once: Once | None = None,
    ) -> PostView | CaseView:
        """Hand a message to a case, or keep it until the case waits for it. Gives the case, or that it is kept.

        :raises CaseClosed: where the case has ended.
        """
        for _ in range(ATTEMPTS):
            with self._context.database.read() as connection:
                loaded = self._steps.archive.by_number(connection, number)
                if loaded is None:
                    raise NotFound
                rights = self._context.rights(by)
                rights.require_sight(loaded.units, loaded.holders, f"case {number}")
                rights.require_carrying(loaded.case)
                known = self._context.recall(connection, by, once)
                offered, id = name in loaded.execution.waits_for(), loaded.id
            if known is not None:
                return cast(PostView, self._context.unsealed(known))
            require_open(loaded)
            self._steps.keep(loaded)
            if not offered:
                return self._keep(loaded, name, None, payload, by, time_to_live, once)
            try:
                return self._hand_over(id, name, None, payload, by, once, None)
            except Conflict:
                continue
        raise Conflict

    def signal(self, name: str, payload: dict[str, Any], *, by: Person, once: Once | None = None) -> SignalView:
        """Throw a signal: every case that waits for it now catches it, each by a step of its own, soon.

        :raises Forbidden: for all but administrators.
        """
        self._context.rights(by).require_signalling()

        def work(connection: Connection) -> Answer:
            given, at = self._opening.check_data(payload, "/payload"), self._context.now(connection)
            waiting = select(_SUB.case_id).where(_SUB.kind == "signal", _SUB.name == name).distinct()
            count = len(connection.execute(waiting).all())
            subscriptions.throw(connection, _checked(name), given, by.username, at)
            return {"name": name, "waiting": count}

        return cast(SignalView, self._context.remembering(by, once, work))

    # -- what the clock does -----------------------------------------------------------------------------

    def go_on(self) -> bool:
        """Deliver the next batch of what waits. Gives whether there may be more."""
        with self._context.database.read() as connection:
            now = self._context.now(connection)
            messages = connection.execute(_deliverable(now)).all()
            signal = connection.execute(_first_signal).first()
        for row in messages:
            self._guarded(partial(self._offer, row, now), row.id)
        if signal is not None:
            self._broadcast(signal, now)
        return signal is not None or len(messages) == BATCH

    def fill(self, connection: Connection) -> None:
        """Write what open cases wait for that began before this was kept in rows, in a writing transaction."""
        case = tables.case.c
        bare = ~exists().where(_SUB.case_id == case.id)
        query = select(case.id, case.binding, case.last_at).where(case.status.not_in(sorted(ENDINGS)), bare)
        for row in connection.execute(query).all():
            if self._context.programs.program(connection, row.binding).subscribes:
                loaded = self._steps.archive.by_id(connection, row.id)
                assert loaded is not None
                self._steps.subscribe(connection, loaded)

    def _offer(self, row: Row[Any], now: datetime) -> None:
        if row.expires_at <= now:
            self._forget(row.id)
            return
        with self._context.database.read() as connection:
            loaded = self._steps.archive.by_id(connection, row.target)
        if loaded is None or loaded.case.closed:
            self._forget(row.id)
            return
        if row.name not in loaded.execution.waits_for() or (row.key is not None and not self._may(row.sender, loaded)):
            self._steps.keep(loaded)
            with self._context.database.write() as connection:
                seen = update(tables.message).where(_MESSAGE.id == row.id).values(seen=loaded.case.seq)
                connection.execute(seen)
            return

        def taken(connection: Connection, _loaded: Loaded) -> None:
            if not connection.execute(delete(tables.message).where(_MESSAGE.id == row.id)).rowcount:
                raise Collision

        command = _message(row.sender, row.name, row.key, orjson.loads(row.payload))
        self._steps.do(loaded, command, now, taken)
        self._steps.keep(loaded)

    def _broadcast(self, signal: Row[Any], now: datetime) -> None:
        reached = exists().where(_DONE.signal_id == signal.id, _DONE.case_id == _SUB.case_id)
        query = select(_SUB.case_id).where(
            _SUB.kind == "signal", _SUB.name == signal.name, _SUB.since <= signal.at, ~reached
        )
        if signal.case_id is not None:
            query = query.where(_SUB.case_id != signal.case_id)
        with self._context.database.read() as connection:
            cases = connection.execute(query.distinct().order_by(_SUB.case_id).limit(BATCH)).scalars().all()
        for case in cases:
            self._guarded(partial(self._reach, signal, case, now), case)
        if not cases:
            with self._context.database.write() as connection:
                connection.execute(delete(tables.signal_delivery).where(_DONE.signal_id == signal.id))
                connection.execute(delete(tables.signal).where(_SIGNAL.id == signal.id))

    def _reach(self, signal: Row[Any], case: int, now: datetime) -> None:
        delivery = {"signal_id": signal.id, "case_id": case}
        with self._context.database.read() as connection:
            loaded = self._steps.archive.by_id(connection, case)
        assert loaded is not None
        command = Command(
            kind=Kind.SIGNAL_RECEIVED,
            actor=signal.sender,
            input={"name": signal.name, "payload": orjson.loads(signal.payload)},
        )

        def reached(connection: Connection, _loaded: Loaded) -> None:
            connection.execute(insert(tables.signal_delivery), delivery)

        try:
            self._steps.do(loaded, command, now, reached)
        except (Collision, IntegrityError):
            return  # another did it, or the case has gone on: the next look tells
        except Unavailable:
            raise
        except Exception:
            log.exception("a signal could not reach a case", extra={"fields": {"case": case}})
            with self._context.database.write() as connection:
                connection.execute(insert(tables.signal_delivery), delivery)
            return
        self._steps.keep(loaded)

    def _guarded(self, work: Callable[[], None], what: int) -> None:
        try:
            work()
        except (Collision, IntegrityError):
            return  # somebody else was faster: the next sweep sees what is left
        except Unavailable:
            raise
        except Exception:
            log.exception("what was sent could not be delivered", extra={"fields": {"id": what}})

    def _may(self, username: str, loaded: Loaded) -> bool:
        """Whether who sent a message by key carries the case that it would reach."""
        try:
            self._context.rights(self._people.person(username)).require_carrying(loaded.case)
        except (NotFound, Forbidden):
            return False
        return True

    # ----------------------------------------------------------------------------------------------------

    def _hand_over(
        self,
        id: int,
        name: str,
        key: str | None,
        payload: dict[str, Any],
        by: Person,
        once: Once | None,
        answer: Callable[[Loaded, datetime], CaseView] | None,
    ) -> CaseView:
        def decide(loaded: Loaded, _now: datetime) -> Command:
            _refuse_own(name)
            if loaded.case.closed or name not in loaded.execution.waits_for():
                raise Collision  # it has gone on since it was looked for
            return _message(by.username, name, key, self._opening.check_payload(name, payload, loaded))

        return self._steps.run(
            by=by,
            find=lambda connection: self._steps.archive.by_id(connection, id),
            what=f"message {name}",
            allow=lambda rights, loaded: rights.require_carrying(loaded.case),
            decide=decide,
            answer=answer or self._presenter.case,
            once=once,
        )

    def _keep(
        self,
        case: Loaded | None,
        name: str,
        key: str | None,
        payload: dict[str, Any],
        by: Person,
        time_to_live: int,
        once: Once | None,
    ) -> PostView:
        def work(connection: Connection) -> Answer:
            _refuse_own(name)
            given, now = self._opening.check_payload(name, payload, case), self._context.now(connection)
            if not 0 <= time_to_live <= LONGEST.total_seconds():
                told = f"seconds, from 0 to {LONGEST.days} days"
                raise Invalid(errors=[FieldError("/time_to_live", told)])
            if time_to_live == 0:
                raise NotOffered(f"Nobody whose case you carry waits for the message {name} with this key.")
            expires = now + timedelta(seconds=time_to_live)
            row = {
                "case_id": case and case.id,
                "name": _checked(name),
                "key": key,
                "payload": orjson.dumps(given).decode(),
                "sender": by.username,
                "sent_at": now,
                "expires_at": expires,
            }
            connection.execute(insert(tables.message), row)
            return {"status": "kept", "case": case and case.case.number, "expires": self._context.local(expires)}

        return cast(PostView, self._context.remembering(by, once, work))

    def _forget(self, id: int) -> None:
        with self._context.database.write() as connection:
            connection.execute(delete(tables.message).where(_MESSAGE.id == id))


def _deliverable(now: datetime) -> Any:
    """Messages whose time is over, and those whose case may have begun to wait, the oldest first."""
    case = tables.case.c
    subscribed = and_(
        _SUB.kind == "message", _SUB.name == _MESSAGE.name, _SUB.key == _MESSAGE.key, _MESSAGE.case_id.is_(None)
    )
    target = select(_SUB.case_id).where(subscribed).order_by(_SUB.case_id).limit(1).scalar_subquery()
    moved = select(case.seq).where(case.id == _MESSAGE.case_id).scalar_subquery()
    return (
        select(tables.message, func.coalesce(_MESSAGE.case_id, target).label("target"))
        .where(
            or_(
                _MESSAGE.expires_at <= now,
                and_(_MESSAGE.case_id.is_not(None), moved != _MESSAGE.seen),
                exists().where(subscribed),
            )
        )
        .order_by(_MESSAGE.id)
        .limit(BATCH)
    )


def _message(actor: str, name: str, key: str | None, payload: dict[str, Any]) -> Command:
    input = {"name": name, "payload": payload} | ({} if key is None else {"correlation_key": key})
    return Command(kind=Kind.MESSAGE_RECEIVED, actor=actor, input=input)


def _refuse_own(name: str) -> None:
    """Refuse what nobody but the office says to a case."""
    if name == MESSAGE:
        raise NotOffered(f"The office itself sends {name}, when the last of what was undertaken is in the file.")


def _checked(name: str) -> str:
    if not 1 <= len(name) <= MOST_TEXT:
        told = both(f"1 至 {MOST_TEXT} 个字符", f"1 to {MOST_TEXT} characters")
        raise Invalid(errors=[FieldError("/name", told)])
    return name
