"""Slowing down those who guess: so many failures from one address in a while, and no more are answered.

Counted for the whole office, in its database: whichever process answers, it knows of all. An address is kept as a keyed
hash, and only for as long as it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

from sqlalchemy import delete, func, insert, select

from engine.errors import RateLimited
from engine.office.clock import OfficeClock
from engine.sealing import Keyring
from engine.storage import Database
from engine.storage.tables import attempt


@dataclass(frozen=True)
class Allowance:
    """How many failures are let pass within a while."""

    most: int
    within: timedelta


#: What can be guessed. Behind one address of an office there are many people, and no citizen has twenty slips.
ALLOWANCES: Mapping[str, Allowance] = {
    "track": Allowance(20, timedelta(minutes=1)),
    "login": Allowance(60, timedelta(minutes=1)),
}


class Attempts:
    """The failures of late, of one office."""

    def __init__(self, database: Database, clock: OfficeClock, keyring: Keyring) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring

    def check(self, kind: str, source: str) -> None:
        """Let an attempt pass, or refuse it.

        :param kind: one of `ALLOWANCES`.
        :param source: where it comes from, such as a network address.
        :raises RateLimited: where too many from there failed of late.
        """
        allowed, column = ALLOWANCES[kind], attempt.c
        with self._database.read() as connection:
            since = self._clock.read(connection) - allowed.within
            failed = select(func.count()).where(
                column.kind == kind, column.source == self._hash(source), column.at > since
            )
            if connection.execute(failed).scalar_one() >= allowed.most:
                raise RateLimited

    def failed(self, kind: str, source: str) -> None:
        """Remember that an attempt failed, and forget those that count no more."""
        with self._database.write() as connection:
            now = self._clock.read(connection)
            for name, allowed in ALLOWANCES.items():
                connection.execute(delete(attempt).where(attempt.c.kind == name, attempt.c.at <= now - allowed.within))
            row = {"id": token_hex(8), "kind": kind, "source": self._hash(source), "at": now}
            connection.execute(insert(attempt).values(row))

    def _hash(self, source: str) -> str:
        return self._keyring.hash("address", source)
