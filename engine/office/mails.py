"""Notices on their way to applicants by mail, each sent at least once, and noted exactly once in its case.

What becomes of a mail is an entry of the case and moves nothing else in it; so it is also sent, and noted, where the
case is suspended or has ended. One that was given up is no incident: the notice lies in the case as before, to be
handed over another way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, cast

from sqlalchemy import Connection, Select, bindparam, select, update

from engine.definitions.model import USUAL_RETRIES
from engine.errors import Forbidden, JobNotHeld, NotOffered
from engine.handling import Command
from engine.history.kinds import Kind
from engine.instants import instant
from engine.notices.plain import to_text
from engine.office import job_rows
from engine.office.archive import Collision, Loaded
from engine.office.context import Context
from engine.office.notices import MAIL, Notices
from engine.office.once import Once
from engine.office.person import Person
from engine.office.rights import Rights
from engine.office.steps import Steps
from engine.storage import tables
from engine.storage.prepared import Prepared

_JOB = tables.job.c
_by_id = Prepared(select(tables.job).where(_JOB.id == bindparam("id"), _JOB.topic == job_rows.NOTICE_MAIL))
#: Nobody else notes what became of it while this step is committed: the lock has to be there still.
_held = Prepared(
    update(tables.job)
    .where(_JOB.id == bindparam("p_id"), _JOB.worker == bindparam("p_worker"))
    .values(worker=None, locked_by=None, locked_until=None)
)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A notice as it is mailed."""

    id: str
    case: str
    #: The applicant's address; none where the applicant was erased.
    to: str | None
    subject: str
    text: str


class MailView(TypedDict):
    """What becomes of a notice's mail."""

    notice: str
    case: str
    #: As in `NoticeView`.
    mail: str


class Mails:
    """The notices of one office that go to their applicants by mail."""

    def __init__(self, context: Context, steps: Steps, notices: Notices) -> None:
        self._context = context
        self._steps = steps
        self._notices = notices

    def waiting(self, limit: int) -> Sequence[str]:
        """Ids of the notices that may be mailed now, those that waited longest first."""
        with self._context.database.read() as connection:
            query = _waiting(self._context.now(connection)).limit(limit)
            return [row.id for row in connection.execute(query)]

    def take(self, id: str, worker: str, lock_seconds: int, *, by: Person) -> Letter | None:
        """Lock one notice, if it may be mailed now and nobody else is at it."""
        with self._context.database.write() as connection:
            now = self._context.now(connection)
            until = now + timedelta(seconds=lock_seconds)
            if not job_rows.lock(connection, _waiting(now).where(_JOB.id == id), worker, by, until):
                return None
        issued, to = self._notices.addressed(id)
        return Letter(
            id=id,
            case=issued.view["case"],
            to=to,
            subject=f"{issued.document.title}（{issued.view['case']}）",
            text=to_text(issued.document, issued.tracking, issued.proof),
        )

    def sent(self, id: str, worker: str, *, by: Person) -> None:
        """Note that a notice was mailed.

        :raises JobNotHeld: where somebody else has noted it meanwhile.
        """
        self._note(id, worker, by, None)

    def failed(
        self, id: str, worker: str, message: str, *, by: Person, final: bool = False, after: int | None = None
    ) -> None:
        """Note that a notice could not be mailed. It is tried again later, unless that was the last time.

        :param message: why, without anything personal.
        :param final: whether another try would be no better.
        :param after: seconds until the next; where left out, as the office's rule says.
        :raises JobNotHeld: where somebody else has noted it meanwhile.
        """
        self._note(id, worker, by, message, final, after)

    def send_again(self, id: str, *, by: Person, once: Once | None = None) -> MailView:
        """Have a notice mailed again that was given up: with all its tries, also where its case has ended.

        :raises NotFound: where there is no such notice to see.
        :raises Forbidden: for whoever handles no cases.
        :raises NotOffered: where it was not given up.
        """

        def decide(loaded: Loaded, now: datetime) -> Command:
            with self._context.database.read() as connection:
                row = _by_id.first(connection, {"id": id})
            if row is None or row.status != job_rows.FAILED:
                raise NotOffered("No mail of this notice was given up.")
            return Command(
                kind=Kind.NOTICE_RETRIED,
                actor=by.username,
                process=row.process,
                element=row.element,
                input={"notice": id, "retries": USUAL_RETRIES.times},
            )

        said = self._steps.run(
            by=by,
            find=lambda connection: self._of_notice(connection, id),
            what=f"notice {id}",
            allow=_handling,
            decide=decide,
            answer=lambda loaded, now: {"notice": id, "case": loaded.case.number, "mail": MAIL[job_rows.OPEN]},
            once=once,
        )
        return cast(MailView, said)

    def _of_notice(self, connection: Connection, id: str) -> Loaded | None:
        row = connection.execute(select(tables.notice.c.case_id).where(tables.notice.c.id == id)).first()
        return None if row is None else self._steps.archive.by_id(connection, row.case_id)

    def _note(
        self, id: str, worker: str, by: Person, message: str | None, final: bool = False, after: int | None = None
    ) -> None:
        def decide(loaded: Loaded, now: datetime) -> Command:
            with self._context.database.read() as connection:
                row = _by_id.first(connection, {"id": id})
            if row is None or row.status != job_rows.OPEN or row.worker != worker:
                raise JobNotHeld("Another has noted what became of this mail.")
            left = max(row.retries - 1, 0)
            if message is None:
                kind, given = Kind.NOTICE_MAILED, {"retries": left}
            else:
                rest = USUAL_RETRIES.wait(row.retries) if after is None else timedelta(seconds=after)
                left = 0 if final else left
                again = instant(now + rest) if left else None
                kind, given = Kind.NOTICE_UNMAILED, {"message": message, "retries": left, "again": again}
            return Command(
                kind=kind,
                actor=by.username,
                process=row.process,
                element=row.element,
                input={"notice": id, **given},
            )

        def release(connection: Connection, loaded: Loaded, command: Command) -> None:
            if not _held.run(connection, {"p_id": id, "p_worker": worker}):
                raise Collision  # the lock ran out, and another has it

        self._steps.run(
            by=by,
            find=lambda connection: self._steps.archive.by_job(connection, id),
            what=f"notice {id}",
            # Nobody asks for this but the office itself.
            see=lambda rights, loaded, what: None,
            allow=lambda rights, loaded: None,
            decide=decide,
            answer=lambda loaded, now: {"notice": id},
            beside=release,
        )


def _handling(rights: Rights, _loaded: Loaded) -> None:
    if not rights.handles:
        raise Forbidden("Only clerks and leaders have notices mailed again.")


def _waiting(now: datetime) -> Select[Any]:
    query = select(_JOB.id).where(_JOB.topic == job_rows.NOTICE_MAIL, *job_rows.free(now))
    return query.order_by(*job_rows.LONGEST)
