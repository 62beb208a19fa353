"""Work that is done outside: fetched under its topic and locked, then completed or failed.

What becomes of a job is a step of its case, with the answer in the history. A lock is none: it only keeps two
workers from doing the same at once. A worker that dies loses it, and the job goes to the next; so whoever does
the work must bear doing it twice, for which the job's id is the key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NotRequired, TypedDict, cast

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, select, update

from engine.connectors import FIELDS
from engine.definitions.model import USUAL_RETRIES
from engine.errors import CaseSuspended, FieldError, Invalid, JobNotHeld, TaskAlreadyCompleted
from engine.forms.messages import both
from engine.handling import Command, OpenJob
from engine.handling.case import ENDINGS, SUSPENDED
from engine.history.kinds import Kind
from engine.instants import instant
from engine.office import job_rows
from engine.office.archive import Collision, Loaded
from engine.office.context import Answer, Context
from engine.office.once import Once
from engine.office.opening import Opening
from engine.office.person import EVERYWHERE, Person, Role
from engine.office.rights import Rights
from engine.office.steps import Steps
from engine.office.texts import stated
from engine.sealing import is_sealed
from engine.storage import tables
from engine.storage.prepared import Prepared

#: Most topics and jobs of one fetch, and the longest name.
MOST_TOPICS, MOST_JOBS, MOST_TEXT = 50, 100, 255
#: The longest that a job is locked, and rests.
LONGEST_LOCK, LONGEST_REST = timedelta(days=1), timedelta(days=30)
#: Most retries that a worker may ask for.
MOST_RETRIES = 100

#: In words, what became of a job that is done.
_BECAME = {
    "completed": "completed already",
    "thrown": "over: it ended in an error",
}

_JOB, _CASE = tables.job.c, tables.case.c
_by_id = Prepared(select(tables.job).where(_JOB.id == bindparam("id")))
_release = Prepared(
    update(tables.job)
    .where(
        _JOB.id == bindparam("p_id"),
        _JOB.worker == bindparam("p_worker"),
        _JOB.locked_by == bindparam("p_by"),
        _JOB.locked_until > bindparam("p_now"),
    )
    .values(worker=None, locked_by=None, locked_until=None)
)


class JobView(TypedDict):
    """Work that is done outside."""

    #: The key by which whoever does the work can tell whether it was done before.
    id: str
    case: str
    matter: str
    topic: str
    process: str
    element: str
    name: str
    #: ``open``, ``failed`` (given up until the case is retried), ``completed``, ``thrown`` or ``cancelled``.
    status: str
    #: How often it may still be tried.
    retries: int
    #: From when on it may be tried; at once where it is null.
    due: str | None
    created: str | None
    #: Who has fetched it, and until when nobody else gets it.
    worker: str | None
    locked_until: str | None
    #: What the task hands out: its inputs, or where it has none the data in sight. Only where it is fetched.
    data: NotRequired[dict[str, Any]]


class Fetched(TypedDict):
    """The jobs that a worker has got."""

    items: list[JobView]


class Jobs:
    """The work of one office that is done outside."""

    def __init__(self, context: Context, steps: Steps, opening: Opening) -> None:
        self._context = context
        self._steps = steps
        self._opening = opening

    def fetch(
        self,
        topics: Sequence[str],
        worker: str,
        *,
        by: Person,
        most: int = 10,
        lock_seconds: int = 60,
        once: Once | None = None,
    ) -> Fetched:
        """Lock jobs of some topics for a worker, those that waited longest first.

        :param worker: the worker's own name: one account may have several.
        :param lock_seconds: for how long nobody else gets them.
        :raises Forbidden: for all but the accounts of workers.
        """
        self._context.rights(by).require_fetching()

        def work(connection: Connection) -> Answer:
            checked = _checked_topics(topics)
            lock = _checked_lock(lock_seconds)
            if not 1 <= most <= MOST_JOBS:
                raise Invalid(errors=[FieldError("/max", both(f"1 至 {MOST_JOBS}", f"from 1 to {MOST_JOBS}"))])
            now, name = self._context.now(connection), _checked_name(worker, "/worker")
            query = _waiting(now, _JOB.topic.in_(checked), *self._of_units(by)).limit(most)
            rows = job_rows.lock(connection, query, name, by, now + lock)
            return {"items": [self._handed_out(connection, row) for row in rows]}

        return cast(Fetched, self._context.unsealed(self._context.remembering(by, once, work)))

    def waiting(self, topics: Sequence[str], limit: int) -> Sequence[str]:
        """Ids of jobs that may be done now, those that waited longest first."""
        with self._context.database.read() as connection:
            query = _waiting(self._context.now(connection), _JOB.topic.in_(topics)).limit(limit)
            return [row.id for row in connection.execute(query)]

    def take(self, id: str, worker: str, lock_seconds: int, *, by: Person) -> JobView | None:
        """Lock one job, if it may be done now and nobody has it."""
        with self._context.database.write() as connection:
            now = self._context.now(connection)
            query = _waiting(now, _JOB.id == id, *self._of_units(by))
            rows = job_rows.lock(connection, query, worker, by, now + _checked_lock(lock_seconds))
            found = [self._handed_out(connection, row) for row in rows]
        return self._context.unsealed(found[0]) if found else None

    def complete(self, id: str, worker: str, data: dict[str, Any], *, by: Person, once: Once | None = None) -> JobView:
        """Hand in the result of a job: its case goes on.

        :raises TaskAlreadyCompleted: where it is done already, or the case went another way.
        :raises JobNotHeld: where another worker has it, or the lock ran out.
        """

        def decide(loaded: Loaded, job: OpenJob, now: datetime) -> tuple[Kind, dict[str, Any]]:
            return Kind.JOB_COMPLETED, {"data": self._result(loaded, job, data)}

        return self._run(id, worker, by, decide, once)

    def fail(
        self,
        id: str,
        worker: str,
        message: str,
        *,
        by: Person,
        retries: int | None = None,
        retry_after: int | None = None,
        once: Once | None = None,
    ) -> JobView:
        """Say that a job could not be done. It is tried again later; after the last time its case has failed.

        :param message: why; it is kept sealed, as it may name the applicant.
        :param retries: how often it may still be tried; where left out, once less than before.
        :param retry_after: seconds until then; where left out, as the diagram or the office's rule says.
        """

        def decide(loaded: Loaded, job: OpenJob, now: datetime) -> tuple[Kind, dict[str, Any]]:
            if retries is not None and not 0 <= retries <= MOST_RETRIES:
                told = both(f"0 至 {MOST_RETRIES}", f"from 0 to {MOST_RETRIES}")
                raise Invalid(errors=[FieldError("/retries", told)])
            left = max(job.retries - 1, 0) if retries is None else retries
            rest = _checked_rest(retry_after)
            if rest is None:
                rest = (job.job.element.retries or USUAL_RETRIES).wait(job.retries)
            told = self._opening.seal_for(loaded, stated(message, "/message"))
            return Kind.JOB_FAILED, {
                "message": told,
                "retries": left,
                "again": instant(now + rest) if left else None,
            }

        return self._run(id, worker, by, decide, once)

    def throw(
        self,
        id: str,
        worker: str,
        error_code: str,
        message: str,
        data: dict[str, Any],
        *,
        by: Person,
        once: Once | None = None,
    ) -> JobView:
        """End a job in a BPMN error, which the innermost boundary event or event subprocess for it catches.

        :param data: becomes variables where the error is caught. Where nothing catches it, the case has failed.
        """

        def decide(loaded: Loaded, job: OpenJob, now: datetime) -> tuple[Kind, dict[str, Any]]:
            code = _checked_name(error_code, "/error_code")
            told = f"{code}: {stated(message, '/message')}"
            return Kind.JOB_ERROR, {
                "error_code": code,
                "message": self._opening.seal_for(loaded, told),
                "data": self._result(loaded, job, data),
            }

        return self._run(id, worker, by, decide, once)

    def extend(self, id: str, worker: str, lock_seconds: int, *, by: Person, once: Once | None = None) -> JobView:
        """Keep a job that one holds for so many seconds from now. No step of the case."""

        def found(connection: Connection) -> Loaded:
            loaded = self._steps.seen(self._steps.archive.by_job(connection, id), f"job {id}", by=by, see=_see)
            self._context.rights(by).require_working_outside(loaded.case.unit)
            return loaded

        def work(connection: Connection) -> Answer:
            loaded = found(connection)
            now = self._context.now(connection)
            held = _by_id.first(connection, {"id": id})
            _require_open(loaded, held)
            _require_held(held, worker, by, now)
            until = now + _checked_lock(lock_seconds)
            connection.execute(update(tables.job).where(_JOB.id == id).values(locked_until=until))
            shown = self._view(_by_id.first(connection, {"id": id}), loaded)
            self._steps.keep(loaded)
            return cast(Answer, shown)

        with self._context.database.read() as connection:
            self._steps.keep(found(connection))
        return cast(JobView, self._context.remembering(by, once, work))

    # ----------------------------------------------------------------------------------------------------

    def _run(
        self,
        id: str,
        worker: str,
        by: Person,
        decide: Callable[[Loaded, OpenJob, datetime], tuple[Kind, dict[str, Any]]],
        once: Once | None,
    ) -> JobView:
        held: Row[Any] | None = None

        def find(connection: Connection) -> Loaded | None:
            nonlocal held
            held = _by_id.first(connection, {"id": id})
            return self._steps.archive.by_job(connection, id)

        def checked(loaded: Loaded, now: datetime) -> Command:
            job = _require_open(loaded, held)
            if loaded.case.suspended:
                raise CaseSuspended
            _require_held(held, worker, by, now)
            kind, given = decide(loaded, job, now)
            element = job.job.element
            return Command(
                kind=kind,
                actor=by.username,
                process=element.process,
                element=element.id,
                input={"job": id, "worker": worker, **given},
            )

        def release(connection: Connection, loaded: Loaded, command: Command) -> JobView:
            now = self._context.now(connection)
            if not _release.run(connection, {"p_id": id, "p_worker": worker, "p_by": by.username, "p_now": now}):
                raise Collision  # the lock ran out meanwhile
            return self._view(_by_id.first(connection, {"id": id}), loaded)

        return self._steps.run(
            by=by,
            find=find,
            what=f"job {id}",
            see=_see,
            allow=lambda rights, loaded: rights.require_working_outside(loaded.case.unit),
            decide=checked,
            answer=None,
            once=once,
            beside=release,
        )

    def _of_units(self, by: Person) -> Sequence[ColumnElement[bool]]:
        """Conditions for the jobs that the account of a worker is given."""
        units = by.units(Role.WORKER)
        if EVERYWHERE in units:
            return ()
        below = {unit for top in units for unit in self._context.catalogue.descendants(top)}
        return (_CASE.unit.in_(sorted(below)),)

    def _handed_out(self, connection: Connection, row: Row[Any, Any]) -> JobView:
        loaded = self._steps.archive.by_id(connection, row.case_id)
        assert loaded is not None
        view = self._view(_by_id.first(connection, {"id": row.id}), loaded)
        # A copy: once the case is kept, another thread may go on with it.
        view["data"] = orjson.loads(orjson.dumps(loaded.execution.job_data(row.id)))
        self._steps.keep(loaded)
        return view

    def _result(self, loaded: Loaded, job: OpenJob, data: dict[str, Any]) -> dict[str, Any]:
        """What was handed in, checked; what stands in the place of something sealed is sealed too."""
        given = self._opening.check_data(data)
        sealed = {name for name, value in loaded.execution.job_data(job.job.id).items() if is_sealed(value)}
        return {
            name: self._opening.seal_for(loaded, value) if name in sealed and value is not None else value
            for name, value in given.items()
        }

    def _view(self, row: Row[Any] | None, loaded: Loaded) -> JobView:
        assert row is not None
        local, element = self._context.local, loaded.program.processes[row.process].elements[row.element]
        return {
            "id": row.id,
            "case": loaded.case.number,
            "matter": loaded.case.matter["code"],
            "topic": row.topic,
            "process": row.process,
            "element": row.element,
            "name": element.name or element.id,
            "status": row.status,
            "retries": row.retries,
            "due": local(row.due_at),
            "created": local(row.created_at),
            "worker": row.worker,
            "locked_until": local(row.locked_until),
        }


def _waiting(now: datetime, *conditions: ColumnElement[bool]) -> Select[Any, Any]:
    """Jobs that may be done now, those that waited longest first."""
    return (
        select(_JOB.id, _JOB.case_id)
        .join(tables.case, _CASE.id == _JOB.case_id)
        .where(
            *job_rows.free(now),
            _JOB.topic != job_rows.NOTICE_MAIL,
            _CASE.status.not_in([SUSPENDED, *sorted(ENDINGS)]),
            *conditions,
        )
        .order_by(*job_rows.LONGEST)
    )


def _see(rights: Rights, loaded: Loaded, what: str) -> None:
    """Workers see the jobs of their units and nothing else of the case; who sees the case knows of its jobs."""
    if not rights.works_outside(loaded.case.unit):
        rights.require_sight(loaded.units, loaded.holders, what)


def _require_open(loaded: Loaded, row: Row[Any] | None) -> OpenJob:
    assert row is not None
    job = loaded.case.jobs.get(row.id)
    if job is None:
        raise TaskAlreadyCompleted(
            f"The job is {_BECAME.get(row.status, 'not needed any more: the case went another way')}."
        )
    if job.failed:
        raise JobNotHeld("The job was given up after its last retry: it waits until somebody retries its case.")
    return job


def _require_held(row: Row[Any] | None, worker: str, by: Person, now: datetime) -> None:
    assert row is not None
    if row.worker is None:
        raise JobNotHeld("Nobody has fetched this job: fetch it first.")
    if row.locked_until <= now:
        raise JobNotHeld("The lock of this job ran out: it may be another worker's any moment. Fetch it anew.")
    if (row.worker, row.locked_by) != (worker, by.username):
        raise JobNotHeld("Another worker has fetched this job.")


def _checked_topics(topics: Sequence[str]) -> list[str]:
    for index, topic in enumerate(topics):
        if topic in FIELDS:
            told = both(f"{topic} 由本系统办理", f"the office does the work of {topic} itself")
            raise Invalid(errors=[FieldError(f"/topics/{index}", told)])
    if not 1 <= len(topics) <= MOST_TOPICS:
        told = both(f"1 至 {MOST_TOPICS} 个主题", f"1 to {MOST_TOPICS} topics")
        raise Invalid(errors=[FieldError("/topics", told)])
    return [_checked_name(topic, f"/topics/{index}") for index, topic in enumerate(topics)]


def _checked_name(text: Any, pointer: str) -> str:
    if not isinstance(text, str) or not text.strip() or len(text) > MOST_TEXT:
        told = both(f"1 至 {MOST_TEXT} 个字符", f"1 to {MOST_TEXT} characters")
        raise Invalid(errors=[FieldError(pointer, told)])
    return text


def _checked_lock(seconds: int) -> timedelta:
    if not 1 <= seconds <= LONGEST_LOCK.total_seconds():
        told = f"seconds, from 1 to {LONGEST_LOCK.total_seconds():.0f}"
        raise Invalid(errors=[FieldError("/lock_seconds", told)])
    return timedelta(seconds=seconds)


def _checked_rest(seconds: int | None) -> timedelta | None:
    if seconds is not None and not 0 <= seconds <= LONGEST_REST.total_seconds():
        told = f"seconds, from 0 to {LONGEST_REST.total_seconds():.0f}"
        raise Invalid(errors=[FieldError("/retry_after", told)])
    return None if seconds is None else timedelta(seconds=seconds)
