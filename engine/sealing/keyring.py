"""The keyring: keys of applicants and of the office, in a database of their own.

It is apart from the cases so that a copy of those never holds what opens them; erasing a person is
deleting one row here.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

from sqlalchemy import (
    URL,
    BindParameter,
    Column,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import IntegrityError

from engine.storage.database import Database
from engine.storage.prepared import Prepared

_metadata = MetaData()

_applicant_key = Table(
    "applicant_key",
    _metadata,
    Column("applicant", String(32), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)

_office_key = Table(
    "office_key",
    _metadata,
    Column("name", String(32), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)


@lru_cache(maxsize=64)
def _keys_of(many: int) -> Prepared:
    """The keys of so many applicants, who are given by their place: ``0``, ``1``, …"""
    applicants: list[BindParameter[str]] = [bindparam(str(place)) for place in range(many)]
    column = _applicant_key.c
    return Prepared(select(column.applicant, column.key).where(column.applicant.in_(applicants)))


#: How the names of the keys that sign checkpoints begin.
_SIGNING = "signing-"


class Keyring:
    """The keys of one office.

    :param url: a SQLite file or PostgreSQL database, apart from the office's own.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._index_key: bytes | None = None

    @property
    def url(self) -> URL:
        """Where the keyring is."""
        return self._database.url

    def upgrade(self) -> None:
        """Create what is missing."""
        self._database.create(_metadata)
        if self._database.is_embedded and self._database.url.database not in (None, "", ":memory:"):
            os.chmod(str(self._database.url.database), 0o600)

    def is_there(self) -> bool:
        """Whether the keyring was made, and answers."""
        with self._database.read() as connection:
            return inspect(connection).has_table(_applicant_key.name)

    def key(self, applicant: str) -> bytes:
        """The key of an applicant, made now where there is none."""
        found = self.keys([applicant])
        if applicant in found:
            return found[applicant]
        try:
            with self._database.write() as connection:
                fresh = os.urandom(32)
                connection.execute(insert(_applicant_key).values(applicant=applicant, key=fresh))
                return fresh
        except IntegrityError:
            return self.keys([applicant])[applicant]

    def keys(self, applicants: Iterable[str]) -> dict[str, bytes]:
        """The keys that exist, by applicant."""
        wanted = list(applicants)
        if not wanted:
            return {}
        with self._database.glance() as connection:
            found = _keys_of(len(wanted)).all(connection, {str(place): each for place, each in enumerate(wanted)})
        return {row.applicant: row.key for row in found}

    def erase(self, applicant: str) -> None:
        """Delete the key of an applicant: what it sealed can never be read again."""
        with self._database.write() as connection:
            connection.execute(delete(_applicant_key).where(_applicant_key.c.applicant == applicant))

    def hash(self, *parts: str) -> str:
        """Keyed hash (HMAC-SHA-256, hex) by which personal values are found without being stored."""
        message = "\x1f".join(parts).encode()
        return hmac.new(self._index(), message, hashlib.sha256).hexdigest()

    def signing_keys(self) -> list[bytes]:
        """The seeds (32 bytes, RFC 8032) of the keys that sign the office's checkpoints; the last one is in force."""
        known = self._signing_keys()
        return known or self.next_signing_key()

    def next_signing_key(self) -> list[bytes]:
        """Put another signing key into force; gives all of them."""
        known = self._signing_keys()
        with suppress(IntegrityError), self._database.write() as connection:
            # Where another process has just made it, that one is as good.
            name = f"{_SIGNING}{len(known) + 1:06d}"
            connection.execute(insert(_office_key).values(name=name, key=os.urandom(32)))
        return self._signing_keys()

    def _signing_keys(self) -> list[bytes]:
        name = _office_key.c.name
        query = select(_office_key.c.key).where(name.startswith(_SIGNING)).order_by(name)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def close(self) -> None:
        """Let go of every connection."""
        self._database.close()

    def _index(self) -> bytes:
        if self._index_key is None:
            query = select(_office_key.c.key).where(_office_key.c.name == "index")
            with self._database.write() as connection:
                found = connection.execute(query).scalar()
                if found is None:
                    found = os.urandom(32)
                    connection.execute(insert(_office_key).values(name="index", key=found))
            self._index_key = found
        return self._index_key
