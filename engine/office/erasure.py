"""Erasing applicants: their key is destroyed, and with it all that is personal, whoever holds a copy of it.

What is sealed under the key, files that were handed in among it, can never be read again, and what the applicant was
searched by is overwritten. Histories, proofs, the course of cases and statistics stay as they are: nothing personal is
in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select, update

from engine.errors import Forbidden, Invalid, NotFound
from engine.history.kinds import ActKind
from engine.office.context import Context
from engine.office.person import Person
from engine.office.texts import stated
from engine.office.views import ErasedView
from engine.roles import Role
from engine.storage import tables

#: What stands in the place of keyed hashes by which an erased applicant was searched; no hash begins like it.
_GONE = "erased:"

_CASE = tables.case.c
_PERSON = tables.applicant.c
_cases = (
    select(_CASE.applicant, _CASE.number, _CASE.matter, _CASE.ended_at)
    .join(tables.applicant, _PERSON.id == _CASE.applicant)
    .where(_PERSON.identity.not_like(f"{_GONE}%"))
    .order_by(_CASE.applicant, _CASE.id)
)


class Erasure:
    """Erases the applicants of one office."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def expired(self, *, by: Person | None = None, dry_run: bool = False) -> Sequence[ErasedView]:
        """Erase every applicant all of whose cases have ended, and been kept for as long as their matters want.

        A case of a matter without a retention period is kept for good, and its applicant with it.

        :param by: who does it; None is the machine's own shell.
        :param dry_run: only say whom.
        :raises Forbidden: for all but administrators.
        """
        _require_admin(by)
        with self._context.database.read() as connection:
            now = self._context.now(connection)
            kept = self._retention()
            due = [one[0].applicant for one in self._people(connection) if self._is_due(one, kept, now)]
        return [erased for owner in due if (erased := self._erase(owner, by, None, now, dry_run))]

    def one(self, number: str, reason: str, *, by: Person | None = None, dry_run: bool = False) -> ErasedView:
        """Erase the applicant of a case, in all their cases, whatever the retention periods say.

        :param reason: goes into the office's chain for good: nothing personal belongs in it.
        :raises NotFound: where there is no such case, or its applicant is erased already.
        :raises Invalid: where a case of theirs has not ended.
        :raises Forbidden: for all but administrators.
        """
        _require_admin(by)
        why = stated(reason, "/reason")
        with self._context.database.read() as connection:
            now = self._context.now(connection)
            owner = connection.execute(select(_CASE.applicant).where(_CASE.number == number)).scalar()
        erased = self._erase(owner, by, why, now, dry_run) if owner is not None else None
        if erased is None:
            raise NotFound(f"There is no case {number}, or its applicant is erased already.")
        return erased

    def _people(self, connection: Connection) -> Iterator[Sequence[Any]]:
        """The cases of each applicant who is not erased."""
        rows = connection.execute(_cases.execution_options(yield_per=1000))
        for _, cases in groupby(rows, key=lambda row: row.applicant):
            yield list(cases)

    def _retention(self) -> dict[str, int | None]:
        """For how many years the cases of each matter are kept after their end."""
        return {matter["code"]: matter["retention_years"] for matter in self._context.catalogue.matters()}

    def _is_due(self, cases: Sequence[Any], kept: Mapping[str, int | None], now: datetime) -> bool:
        zone = self._context.calendar.zone
        today = now.astimezone(zone).date()
        for case in cases:
            years = kept.get(case.matter)
            if case.ended_at is None or years is None:
                return False
            ended = case.ended_at.astimezone(zone).date()
            # Not `replace`, which knows no 29 February in other years: the same day then, or the first after it.
            if (today.year - years, today.month, today.day) < (ended.year, ended.month, ended.day):
                return False
        return True

    def _erase(
        self, owner: str, by: Person | None, reason: str | None, now: datetime, dry_run: bool
    ) -> ErasedView | None:
        """Erase one applicant, unless somebody has done it, or, where no reason is given, a case has come in since."""
        with self._context.database.write() as connection:
            # Whoever accepts a case of this person meanwhile waits for the end of this, and then knows no such person.
            held = select(_PERSON.identity).where(_PERSON.id == owner).with_for_update()
            if str(connection.execute(held).scalar_one()).startswith(_GONE):
                return None
            cases = connection.execute(_cases.where(_CASE.applicant == owner)).all()
            if reason is None and not self._is_due(cases, self._retention(), now):
                return None
            if unfinished := [case.number for case in cases if case.ended_at is None]:
                raise Invalid(f"The applicant has cases that have not ended: {', '.join(unfinished)}.")
            erased: ErasedView = {"applicant": owner, "cases": [case.number for case in cases]}
            if dry_run:
                return erased
            connection.execute(update(tables.applicant).where(_PERSON.id == owner).values(identity=_GONE + owner))
            connection.execute(update(tables.case).where(_CASE.applicant == owner).values(name_hash=_GONE + owner))
            self._context.ledger.act(connection, ActKind.APPLICANT_ERASED, by, {**erased, "reason": reason})
            # Before the commit: an applicant whose key is gone though nothing says so is erased by the next run.
            self._context.keyring.erase(owner)
        return erased


def _require_admin(by: Person | None) -> None:
    if by is not None and Role.ADMIN not in by.roles:
        raise Forbidden("Only an administrator erases applicants.")
