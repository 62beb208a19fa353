"""What every use case of one office shares: its databases, its clock, its calendar, its memory of requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NoReturn, TypeVar, cast
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

from engine import errors
from engine.calendar import Calendar
from engine.errors import Conflict, FieldError, IdempotencyKeyReused, Unavailable, YichuangError
from engine.materials import Store
from engine.office.archive import Collision
from engine.office.catalogue import Catalogue
from engine.office.clock import OfficeClock
from engine.office.editions import Editions
from engine.office.envelope import Envelope
from engine.office.ledger import Ledger
from engine.office.once import Once, require_readable
from engine.office.person import Person
from engine.office.programs import Programs
from engine.office.rights import Rights
from engine.office.watch import Watch
from engine.sealing import Keyring, unseal
from engine.storage import Database, tables
from engine.storage.prepared import Prepared

#: How often a command that lost a race is tried again before it is given up.
ATTEMPTS = 8

#: What says nothing of a request: a moment later it may be granted.
PASSING = (Unavailable, Conflict, errors.RateLimited)

#: How long the answer to a request is remembered: nobody repeats it for want of an answer after that.
REMEMBERED = timedelta(days=30)

#: How many answers are forgotten at a time.
FORGOTTEN = 500

_MEMORY = tables.idempotency.c
_RECALL = Prepared(
    select(_MEMORY.digest, _MEMORY.answer).where(
        _MEMORY.username == bindparam("username"), _MEMORY.scope == bindparam("scope"), _MEMORY.key == bindparam("key")
    )
)
_REMEMBER = Prepared(insert(tables.idempotency))
_ANY_BEFORE = Prepared(
    select(_MEMORY.created_at).where(_MEMORY.created_at < bindparam("before")).order_by(_MEMORY.created_at).limit(1)
)
_KEY = (_MEMORY.username, _MEMORY.scope, _MEMORY.key)

Answer = dict[str, Any]

T = TypeVar("T")


class Context:
    """The shared parts of one office."""

    def __init__(
        self, database: Database, keyring: Keyring, clock: OfficeClock, calendar: Calendar, store: Store
    ) -> None:
        self.database = database
        self.keyring = keyring
        self.clock = clock
        self.editions = Editions(calendar)
        # The one thing about a calendar that never changes.
        self._zone = calendar.zone
        self.store = store
        self.programs = Programs()
        self.ledger = Ledger(database, clock, calendar.zone)
        self.watch = Watch(self)
        #: Told of each step that was committed: its kind, and how many seconds it took.
        self.on_step: Callable[[str, float], None] = lambda kind, seconds: None
        self.catalogue = Catalogue(database, self.ledger)

    @property
    def calendar(self) -> Calendar:
        """The calendar in force, as this process knows it."""
        return self.editions.in_force.calendar

    def anew(self) -> Context:
        """The same office, with nothing kept in memory of what was read of it before."""
        return Context(self.database, self.keyring, self.clock, Calendar(zone=self.calendar.zone.key), self.store)

    def rights(self, person: Person) -> Rights:
        """The rights of a person."""
        return Rights(person, self.catalogue.ancestors)

    def now(self, connection: Connection) -> datetime:
        """The instant that it is in the office; the calendar is that of then."""
        self.editions.look(connection)
        return self.clock.read(connection)

    def local(self, at: datetime | None) -> str | None:
        """An instant as answers show it: RFC 3339 in the office's zone."""
        return None if at is None else _local(at, self._zone)

    def unsealed(self, document: T) -> T:
        """A copy of a JSON document with its personal fields open."""
        return cast(T, unseal(document, self.keyring.keys))

    def enveloped(self, view: Mapping[str, Any]) -> Envelope:
        """A view to be answered: its personal fields are opened when somebody looks at it."""
        return Envelope(view, self.keyring.keys)

    def unsealed_with(self, document: T, keys: Mapping[str, bytes]) -> T:
        """The same with keys that are at hand."""
        return cast(T, unseal(document, lambda owners: keys))

    # -- repeating a request ---------------------------------------------------------------------

    def recall(self, connection: Connection, by: Person, once: Once | None) -> Answer | None:
        """The first answer to a request, if it was made before.

        :raises YichuangError: again, where the first answer was a refusal; or why the request cannot be read.
        :raises IdempotencyKeyReused: where the key was used for something else.
        """
        require_readable(once)
        if once is None:
            return None
        row = _RECALL.first(connection, {"username": by.username, "scope": once.scope, "key": once.key})
        if row is None:
            return None
        if row.digest != self._request(once):
            raise IdempotencyKeyReused
        answer: Answer = orjson.loads(row.answer)
        if "problem" in answer:
            raise _refusal(answer["problem"])
        return answer

    def remember(
        self,
        connection: Connection,
        by: Person,
        once: Once | None,
        answer: bytes,
        at: datetime | None = None,
    ) -> None:
        """Keep an answer, in the transaction of what it answers.

        :param answer: its JSON, with personal fields still sealed.
        :param at: the present instant, where it is known.
        :raises IntegrityError: where the same request is answered by another thread at this moment.
        """
        if once is None:
            return
        _REMEMBER.run(
            connection,
            {
                "username": by.username,
                "scope": once.scope,
                "key": once.key,
                "digest": self._request(once),
                "answer": answer,
                "created_at": at or self.now(connection),
            },
        )

    def remember_refusal(self, by: Person, once: Once | None, error: YichuangError) -> None:
        """Keep a refusal too, so that a repeated request is not suddenly granted."""
        if once is None or once.unread is not None or isinstance(error, PASSING):
            return
        if error.problem not in _RAISED_AGAIN:
            return
        told = {
            "name": error.problem,
            "detail": error.detail,
            "errors": [[field.pointer, field.message] for field in error.errors],
        }
        try:
            with self.database.write() as connection:
                self.remember(connection, by, once, orjson.dumps({"problem": told}))
        except IntegrityError:
            return

    def forget(self) -> bool:
        """Forget what was remembered long enough, by one batch. Gives whether there may be more."""
        with self.database.glance() as connection:
            before = self.clock.read(connection) - REMEMBERED
            if _ANY_BEFORE.first(connection, {"before": before}) is None:
                return False
        oldest = select(*_KEY).where(_MEMORY.created_at < before).order_by(_MEMORY.created_at).limit(FORGOTTEN)
        with self.database.write() as connection:
            return connection.execute(delete(tables.idempotency).where(tuple_(*_KEY).in_(oldest))).rowcount == FORGOTTEN

    def refuse(self, by: Person, once: Once | None, error: YichuangError) -> NoReturn:
        """Refuse a request that could not even be read, and keep that: its key is no other request's any more.

        :raises YichuangError: `error`; or what the first request with that key was refused with.
        :raises IdempotencyKeyReused: where the key was used for something else.
        """
        with self.database.read() as connection:
            self.recall(connection, by, once)
        self.remember_refusal(by, once, error)
        raise error

    def remembering(self, by: Person, once: Once | None, work: Callable[[Connection], Answer]) -> Answer:
        """Do some work in one transaction with the memory of its answer, unless it was done before.

        A race that another transaction wins is run again.

        :raises Conflict: where it is lost every time.
        """
        for _ in range(ATTEMPTS):
            try:
                with self.database.write() as connection:
                    answer = self.recall(connection, by, once)
                    if answer is None:
                        answer = work(connection)
                        self.remember(connection, by, once, orjson.dumps(answer))
                return answer
            except (Collision, IntegrityError):
                continue
            except YichuangError as error:
                self.remember_refusal(by, once, error)
                raise
        raise Conflict

    def _request(self, once: Once) -> str:
        return self.keyring.hash("request", once.digest)


@lru_cache(maxsize=1024)
def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat()


def _refusal(told: dict[str, Any]) -> YichuangError:
    fields = [FieldError(pointer, message) for pointer, message in told["errors"]]
    return _RAISED_AGAIN[told["name"]](told["detail"], errors=fields)


#: The errors that name, detail and fields are enough to raise again, by problem name.
_RAISED_AGAIN = {kind.problem: kind for kind in YichuangError.__subclasses__() if kind.__module__ == errors.__name__}
