"""Who is logged in at the pages: sessions from log-in to log-out, on the server."""

from __future__ import annotations

import builtins
import secrets
from datetime import UTC, timedelta, tzinfo
from enum import StrEnum
from typing import TypedDict

from sqlalchemy import Connection, bindparam, delete, insert, select

from engine.errors import Forbidden, NotFound, Unauthorised
from engine.history.kinds import ActKind
from engine.office import bearers
from engine.office.clock import OfficeClock
from engine.office.ledger import Ledger
from engine.office.person import USERNAME, Person, Role
from engine.office.person_rows import ENABLED, SEATED, columns, person_of
from engine.storage import Database
from engine.storage.prepared import Prepared
from engine.storage.tables import person, session

#: A session is forgotten so long after it began, whether anybody ended it or not.
LONGEST_SESSION = timedelta(hours=12)


class Way(StrEnum):
    """How somebody proves who they are when they log in."""

    PASSWORD = "password"
    #: By the word of the office's identity provider.
    PROVIDER = "provider"


class SessionView(TypedDict):
    """One of a person's sessions, by the beginning of its digest, which is no secret."""

    id: str
    begun: str
    #: Whether it is the one that asks.
    current: bool


class Sessions:
    """The sessions of one office. Nothing is remembered between calls: what has ended is over at once."""

    def __init__(self, database: Database, clock: OfficeClock, ledger: Ledger, zone: tzinfo = UTC) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._zone = zone

    def begin(self, username: str, way: Way = Way.PASSWORD) -> str:
        """A secret for the browser of somebody who has just logged in; `person` knows them by it.

        The log-in is an entry of the chain of the day, in the same transaction.
        """
        secret = secrets.token_urlsafe(32)
        with self._database.write() as connection:
            now = self._clock.read(connection)
            connection.execute(delete(session).where(session.c.begun_at < now - LONGEST_SESSION))
            connection.execute(insert(session).values(digest=bearers.digest(secret), username=username, begun_at=now))
            self._ledger.access(connection, ActKind.LOGIN_SUCCEEDED, username, {"way": way})
        return secret

    def person(self, secret: str) -> Person:
        """The person whose session this is.

        :raises Unauthorised: if it is none, or no longer one: ended, forgotten, its owner disabled.
        """
        with self._database.glance() as connection:
            found = _BY_SESSION.all(connection, {"digest": bearers.digest(secret)})
            if found and found[0].begun_at <= self._clock.read(connection) - LONGEST_SESSION:
                found = []
        if not found:
            raise Unauthorised("The session has ended: log in again.")
        return person_of(found)

    def end(self, secret: str) -> None:
        """End a session for good; once more changes nothing."""
        with self._database.write() as connection:
            connection.execute(delete(session).where(session.c.digest == bearers.digest(secret)))

    def list(self, secret: str) -> builtins.list[SessionView]:
        """All sessions of whoever has this one, the newest first."""
        own = bearers.digest(secret)
        owner = select(session.c.username).where(session.c.digest == own).scalar_subquery()
        query = select(session.c.digest, session.c.begun_at).where(session.c.username == owner)
        with self._database.read() as connection:
            since = self._clock.read(connection) - LONGEST_SESSION
            newest_first = query.where(session.c.begun_at > since).order_by(session.c.begun_at.desc(), session.c.digest)
            rows = connection.execute(newest_first).all()
        return [
            {
                "id": bearers.name(row.digest),
                "begun": row.begun_at.astimezone(self._zone).isoformat(),
                "current": row.digest == own,
            }
            for row in rows
        ]

    def end_listed(self, username: str, id: str) -> None:
        """End one of a person's sessions, by the `id` of the list.

        :raises NotFound: where the person has no such session, or no longer.
        """
        listed = (session.c.username == username, bearers.called(session.c.digest, id))
        with self._database.write() as connection:
            if not connection.execute(delete(session).where(*listed)).rowcount:
                raise NotFound("There is no such session, or it has ended already.")

    def end_of(self, username: str, *, by: Person | None = None) -> None:
        """End all sessions of a person, which is an act of the office's chain; null is the machine's own shell.

        :raises Forbidden: for all but administrators.
        :raises NotFound: where there is no such person.
        """
        if by is not None and Role.ADMIN not in by.roles:
            raise Forbidden("Only an administrator ends the sessions of others.")
        with self._database.write() as connection:
            query = select(person.c.username).where(person.c.username == username)
            if not USERNAME.fullmatch(username) or connection.scalar(query) is None:
                raise NotFound("There is no person of that user name.")
            end_all(connection, username)
            self._ledger.act(connection, ActKind.SESSIONS_ENDED, by, {"username": username})

    def end_others(self, secret: str) -> None:
        """End all sessions of whoever has this one, but this one."""
        own = bearers.digest(secret)
        with self._database.write() as connection:
            username = connection.scalar(select(session.c.username).where(session.c.digest == own))
            connection.execute(delete(session).where(session.c.username == username, session.c.digest != own))


def end_all(connection: Connection, username: str) -> None:
    """End every session of a person, in the transaction of what makes them worthless."""
    connection.execute(delete(session).where(session.c.username == username))


_BY_SESSION = Prepared(
    columns()
    .add_columns(session.c.begun_at)
    .select_from(SEATED.join(session, session.c.username == person.c.username))
    .where(session.c.digest == bindparam("digest"), ENABLED)
)
