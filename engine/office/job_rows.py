"""The rows of jobs, work that is done outside: what a step writes of them, and what a proof expects.

Who has fetched a job, and until when, is no part of the history: it only keeps two workers apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, insert, or_, select, update

from engine.execution import Execution
from engine.handling import Applied, Case, OpenJob
from engine.history.chain import Entry
from engine.office.person import Person
from engine.storage import tables
from engine.storage.prepared import Prepared, Writes

#: A job that may be done, and one that was given up and waits for somebody to retry the case.
OPEN, FAILED = "open", "failed"

_JOB = tables.job.c
#: Columns that say who has fetched a job.
LOCK = ("worker", "locked_by", "locked_until")
#: The topic under which a notice goes to its applicant by mail: no work of the diagram, see `engine.office.mails`.
NOTICE_MAIL = "system:notice-mail"
_of_case = Prepared(
    select(_JOB.id, _JOB.status, _JOB.retries, _JOB.due_at, _JOB.version).where(
        _JOB.case_id == bindparam("case_id"),
        or_(_JOB.status == OPEN, _JOB.status == FAILED),
        _JOB.topic != NOTICE_MAIL,
    )
)
_FRESH = [column.name for column in _JOB if column.name not in (*LOCK, "closed_at", "closed_by")]
_insert = Prepared(insert(tables.job).values({name: bindparam(name) for name in _FRESH}))
_change = Prepared(
    update(tables.job)
    .where(_JOB.id == bindparam("p_id"))
    .values({name: bindparam(f"p_{name}") for name in ("element", "status", "retries", "due_at", "version")})
)
_close = Prepared(
    update(tables.job)
    .where(_JOB.id == bindparam("p_id"))
    .values({name: bindparam(f"p_{name}") for name in ("status", "closed_at", "closed_by", "version")})
)


#: Those first that have waited longest since their time came: what is tried again and again holds up nothing else.
LONGEST = (func.coalesce(_JOB.due_at, _JOB.created_at), _JOB.id)


def free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What holds of a job that may be done now: it is open, its time has come, and nobody is at it."""
    return (
        _JOB.status == OPEN,
        or_(_JOB.due_at.is_(None), _JOB.due_at <= now),
        or_(_JOB.locked_until.is_(None), _JOB.locked_until <= now),
    )


def lock(
    connection: Connection, query: Select[Any, Any], worker: str, by: Person, until: datetime
) -> Sequence[Row[Any, Any]]:
    """Lock the jobs that a query finds, but for those that somebody else takes at this moment. Gives their rows.

    :param worker: the worker's own name: one account may have several.
    """
    found = connection.execute(query.with_for_update(of=tables.job, skip_locked=True)).all()
    if found:
        connection.execute(
            update(tables.job)
            .where(_JOB.id.in_([row.id for row in found]))
            .values(worker=worker, locked_by=by.username, locked_until=until)
        )
    return found


def read(connection: Connection, case_id: int, execution: Execution) -> dict[str, OpenJob]:
    """The jobs of a case that are not done yet."""
    jobs = {job.id: job for job in (*execution.jobs, *execution.failed_jobs)}
    return {
        row.id: OpenJob(
            job=jobs[row.id], retries=row.retries, due=row.due_at, failed=row.status == FAILED, version=row.version
        )
        for row in _of_case.all(connection, {"case_id": case_id})
    }


def write(writes: Writes, case_id: int, case: Case, applied: Applied, known: frozenset[str], entry: Entry) -> None:
    """Write what a step did to the jobs of a case.

    :param known: ids of those that were not done before the step.
    """
    closed = [{"id": id, **_closing(status, entry)} for id, status in sorted(applied.jobs_closed.items())]
    moved = [{"id": id, **_moving(case.jobs[id])} for id in sorted(applied.jobs_changed & known)]
    for statement, rows in ((_close, closed), (_change, moved)):
        writes.add(statement, *({f"p_{name}": row[name] for name in row} for row in rows))
    writes.add(_insert, *(_columns(case_id, case.jobs[id], entry) for id in sorted(applied.jobs_changed - known)))


class JobRows:
    """The rows that a history leads to, step by step.

    :param case_id: the case's row id.
    """

    def __init__(self, case_id: int) -> None:
        self._case_id = case_id
        #: Columns of each job's row but for its lock, by the job's id.
        self.jobs: dict[str, dict[str, Any]] = {}

    def take(self, case: Case, applied: Applied, entry: Entry) -> None:
        """Take over what a step did.

        :param case: as it is after the step.
        """
        for id, status in applied.jobs_closed.items():
            self.jobs[id] |= _closing(status, entry)
        for id in applied.jobs_changed:
            if id in self.jobs:
                self.jobs[id] |= _moving(case.jobs[id])
            else:
                fresh = _columns(self._case_id, case.jobs[id], entry)
                self.jobs[id] = {**fresh, "closed_at": None, "closed_by": None}


def _columns(case_id: int, job: OpenJob, entry: Entry) -> dict[str, Any]:
    element = job.job.element
    return {
        "id": job.job.id,
        "case_id": case_id,
        "topic": job.job.topic,
        "process": element.process,
        "created_at": entry.at,
        **_moving(job),
    }


def _moving(job: OpenJob) -> dict[str, Any]:
    status = FAILED if job.failed else OPEN
    return {
        "element": job.job.element.id,
        "status": status,
        "retries": job.retries,
        "due_at": job.due,
        "version": job.version,
    }


def _closing(status: str, entry: Entry) -> dict[str, Any]:
    return {"status": status, "closed_at": entry.at, "closed_by": entry.actor, "version": entry.seq}
