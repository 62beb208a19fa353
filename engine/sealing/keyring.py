"""The keyring: keys of applicants and of the office, in a database of their own.

It is apart from the cases so that a copy of those never holds what opens them; erasing a person is
deleting one row here.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from typing import Any, NamedTuple

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

from engine.errors import Invalid
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

Row = dict[str, Any]


class Added(NamedTuple):
    """Names of the keys that were taken in: the office's, and the applicants'."""

    office: list[str]
    applicants: list[str]


class Keyring:
    """The keys of one office.

    :param url: a SQLite file or PostgreSQL database, apart from the office's own.
    """

    #: The office's own keys, and those of its applicants.
    tables = (_office_key, _applicant_key)

    def __init__(self, url: str) -> None:
        #: Where the keys are.
        self.database = Database(url)
        self._index_key: hmac.HMAC | None = None

    @property
    def url(self) -> URL:
        """Where the keyring is."""
        return self.database.url

    def upgrade(self) -> None:
        """Create what is missing."""
        self.database.create(_metadata)

    def is_there(self) -> bool:
        """Whether the keyring was made, and answers."""
        with self.database.read() as connection:
            return inspect(connection).has_table(_applicant_key.name)

    def key(self, applicant: str) -> bytes:
        """The key of an applicant, made now where there is none."""
        found = self.keys([applicant])
        if applicant in found:
            return found[applicant]
        try:
            with self.database.write() as connection:
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
        with self.database.glance() as connection:
            found = _keys_of(len(wanted)).all(connection, {str(place): each for place, each in enumerate(wanted)})
        return {row.applicant: row.key for row in found}

    def erase(self, applicant: str) -> None:
        """Delete the key of an applicant: what it sealed can never be read again."""
        with self.database.write() as connection:
            connection.execute(delete(_applicant_key).where(_applicant_key.c.applicant == applicant))

    def hash(self, *parts: str) -> str:
        """Keyed hash (HMAC-SHA-256, hex) by which personal values are found without being stored."""
        keyed = self._index().copy()
        keyed.update("\x1f".join(parts).encode())
        return keyed.hexdigest()

    def signing_keys(self) -> list[bytes]:
        """The seeds (32 bytes, RFC 8032) of the keys that sign the office's checkpoints; the last one is in force."""
        return self.known_signing_keys() or self.next_signing_key()

    def next_signing_key(self) -> list[bytes]:
        """Put another signing key into force; gives all of them."""
        known = self.known_signing_keys()
        with suppress(IntegrityError), self.database.write() as connection:
            # Where another process has just made it, that one is as good.
            name = f"{_SIGNING}{len(known) + 1:06d}"
            connection.execute(insert(_office_key).values(name=name, key=os.urandom(32)))
        return self.known_signing_keys()

    def known_signing_keys(self) -> list[bytes]:
        """Those of them that there are; none in a keyring that nothing was signed with."""
        name = _office_key.c.name
        query = select(_office_key.c.key).where(name.startswith(_SIGNING)).order_by(name)
        with self.database.read() as connection:
            return list(connection.execute(query).scalars())

    def add(self, office: Iterable[Row], applicants: Iterable[Row]) -> Added:
        """Take keys in that were kept elsewhere, as rows of `tables`. Gives those that were not here yet.

        Keys are only ever added: what is here stays.

        :raises Invalid: where they are another office's.
        """
        added = Added([], [])
        with self.database.write() as connection:
            for table, rows, fresh in zip(self.tables, (office, applicants), added, strict=True):
                (name,) = table.primary_key
                there = {row[0]: row[1] for row in connection.execute(select(name, table.c.key))}
                for row in rows:
                    if row[name.name] not in there:
                        connection.execute(insert(table), row)
                        fresh.append(row[name.name])
                    elif there[row[name.name]] != row["key"]:
                        raise Invalid(
                            f"The keyring {self.url.render_as_string()} belongs to another office: its key "
                            f"{row[name.name]} is another one. Name an empty keyring (YICHUANG_KEYRING_URL)."
                        )
        self._index_key = None
        return added

    def take_back(self, added: Added) -> None:
        """Take away again what was added."""
        with self.database.write() as connection:
            for table, names in zip(self.tables, added, strict=True):
                (name,) = table.primary_key
                for each in names:
                    connection.execute(delete(table).where(name == each))
        self._index_key = None

    def close(self) -> None:
        """Let go of every connection."""
        self.database.close()

    def _index(self) -> hmac.HMAC:
        if self._index_key is None:
            query = select(_office_key.c.key).where(_office_key.c.name == "index")
            with self.database.write() as connection:
                found = connection.execute(query).scalar()
                if found is None:
                    found = os.urandom(32)
                    connection.execute(insert(_office_key).values(name="index", key=found))
            self._index_key = hmac.new(found, digestmod="sha256")
        return self._index_key
