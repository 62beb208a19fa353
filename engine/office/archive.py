"""Cases as rows: reading one whole, and writing what a step did to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from engine.definitions.model import MOST_PRIORITY
from engine.execution import Execution, Program
from engine.execution.model import Subscription
from engine.handling import Applied, Case, Limit, OpenWork, undertaking_of
from engine.handling.interruption import Station, Stay
from engine.handling.undertaking import MESSAGE
from engine.history.chain import Entry
from engine.office import job_rows, mail_rows, notice_rows
from engine.office.live import Live
from engine.office.programs import Binding, Programs
from engine.storage import driver, tables
from engine.storage.prepared import Prepared, Writes

#: What the inbox sorts tasks without a due date by.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class Collision(Exception):
    """Somebody else's step came first."""


class NotAtHand(Exception):
    """A case is there, but not in memory as it is stored: it is to be read, at one moment.

    :param id: of its row.
    """

    def __init__(self, id: int) -> None:
        self.id = id


@dataclass(frozen=True)
class Passed:
    """Where tokens have been, as the entries up to a number tell it; without what was undone by going back since."""

    until: int = 0
    stays: Mapping[Station, Stay] = field(default_factory=dict)


@dataclass(kw_only=True)
class Loaded:
    """A case with its execution, as read at one moment."""

    id: int
    case: Case
    program: Program
    execution: Execution
    #: Units that have, or had, a task in the case.
    worked: frozenset[str]
    #: The columns of its row that few steps change.
    standing: dict[str, Any]
    #: What it waits for that reaches it without its number, by listener; None where that was not read.
    subscribed: dict[str, Subscription] | None = None
    #: What its tokens have passed, as far as somebody has looked.
    passed: Passed = Passed()

    @property
    def units(self) -> frozenset[str]:
        """Units that see the case: those that have, or had, a task in it, and the one that accepted it."""
        return self.worked | {self.case.unit}

    @property
    def offers(self) -> frozenset[str]:
        """Names of the messages that it waits for and that anybody but the office may send it."""
        return frozenset(self.execution.waits_for() - {MESSAGE})

    @property
    def holders(self) -> frozenset[str | None]:
        """Who has an open task in the case."""
        return frozenset(work.assignee for work in self.case.work.values())


_CASE = tables.case.c
_TASK = tables.task.c
_case_by_id = Prepared(select(tables.case).where(_CASE.id == bindparam("id")))
# Where a case stands: what is kept of it in memory may be as good as what is stored.
_where_by_id = Prepared(select(_CASE.id, _CASE.seq, _CASE.head).where(_CASE.id == bindparam("id")))
_where_by_number = Prepared(select(_CASE.id, _CASE.seq, _CASE.head).where(_CASE.number == bindparam("number")))
_where_by_task = Prepared(
    select(_CASE.id, _CASE.seq, _CASE.head)
    .join(tables.task, _TASK.case_id == _CASE.id)
    .where(_TASK.id == bindparam("id"))
)
_where_by_job = Prepared(
    select(_CASE.id, _CASE.seq, _CASE.head)
    .join(tables.job, tables.job.c.case_id == _CASE.id)
    .where(tables.job.c.id == bindparam("id"))
)
_open_tasks = Prepared(
    select(
        _TASK.id, _TASK.group, _TASK.unit, _TASK.role, _TASK.assignee, _TASK.rank, _TASK.reminded_at, _TASK.version
    ).where(_TASK.case_id == bindparam("case_id"), _TASK.status == "open")
)
_units = Prepared(select(tables.case_unit.c.unit).where(tables.case_unit.c.case_id == bindparam("case_id")))
_insert_entry = Prepared(insert(tables.entry))
_insert_unit = Prepared(insert(tables.case_unit))
_move_units = Prepared(
    update(tables.case_unit)
    .where(tables.case_unit.c.case_id == bindparam("p_case"))
    .values(sort_due=bindparam("p_sort_due"))
)
#: Columns of a task's row that are empty while it is open.
_CLOSING = ("closed_at", "closed_by")
_insert_task = Prepared(
    insert(tables.task).values({c.name: bindparam(c.name) for c in _TASK if c.name not in _CLOSING})
)
#: Columns that few steps change. Writing one costs its indexes, also where it stays as it is.
_STANDING = (
    "type",
    "status",
    "agent",
    "accepted_at",
    "due",
    "due_provisional",
    "limit_state",
    "decided_at",
    "ended_at",
    "priority",
    "undertaking",
    "wake_at",
)


@lru_cache
def _advancing(names: tuple[str, ...]) -> Prepared:
    """Writes those columns of a case's row."""
    return Prepared(
        update(tables.case)
        .where(_CASE.id == bindparam("p_id"), _CASE.seq == bindparam("p_seq"))
        .values({name: bindparam(f"p_new_{name}") for name in names})
    )


_close_task = Prepared(
    update(tables.task)
    .where(_TASK.id == bindparam("p_id"))
    .values(
        status=bindparam("p_status"),
        assignee=bindparam("p_assignee"),
        closed_at=bindparam("p_at"),
        closed_by=bindparam("p_by"),
        version=bindparam("p_version"),
    )
)
_drop_drafts = Prepared(delete(tables.draft).where(tables.draft.c.task == bindparam("p_id")))
_move_limit = Prepared(
    update(tables.task)
    .where(_TASK.case_id == bindparam("p_case"), _TASK.status == "open", _TASK.due.is_(None))
    .values(sort_due=bindparam("p_sort_due"))
)
#: Columns of an open task's row that a step may change.
CHANGING = ("element", "name", "scope", "assignee", "due", "sort_due", "rank", "reminded_at", "version")
_change_task = Prepared(
    update(tables.task).where(_TASK.id == bindparam("p_id")).values({name: bindparam(f"p_{name}") for name in CHANGING})
)


class Archive:
    """Reads and writes cases on connections that the caller opens.

    What is asked for a case on a connection that is in no transaction raises `NotAtHand` where it is not in memory.

    :param programs: gives what a case runs on.
    """

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._live = Live[Loaded]()

    def by_number(self, connection: Connection, number: str) -> Loaded | None:
        """The case of that number, if there is one."""
        return self._find(connection, _where_by_number, {"number": number})

    def by_id(self, connection: Connection, id: int) -> Loaded | None:
        """The case with that row id, if there is one."""
        return self._find(connection, _where_by_id, {"id": id})

    def by_task(self, connection: Connection, id: str) -> Loaded | None:
        """The case that has, or had, that task, if there is one."""
        return self._find(connection, _where_by_task, {"id": id})

    def by_job(self, connection: Connection, id: str) -> Loaded | None:
        """The case that has, or had, that job, if there is one."""
        return self._find(connection, _where_by_job, {"id": id})

    def read(self, connection: Connection, id: int) -> Loaded:
        """The case with that row id, which is there, from the database."""
        return self._load(connection, _case_by_id.first(connection, {"id": id}))

    def keep(self, loaded: Loaded) -> None:
        """Leave a case that was loaded, and is as it is stored, for whoever needs it next."""
        self._live.put(loaded.id, loaded.case.seq, loaded.case.head, loaded)

    def _find(self, connection: Connection, statement: Prepared, key: dict[str, Any]) -> Loaded | None:
        place = statement.first(connection, key)
        if place is None:
            return None
        kept = self._live.take(place.id, place.seq, place.head)
        if kept is None and not driver.sees_one_moment(connection):
            raise NotAtHand(place.id)
        return kept or self.read(connection, place.id)

    def _load(self, connection: Connection, row: Any) -> Loaded:
        binding = self._programs.binding(connection, row.binding)
        program = self._programs.program(connection, row.binding)
        execution = Execution.restore(program, row.state)
        opening = orjson.loads(row.opening)
        tasks = {task.id: task for task in execution.tasks}
        work = {
            stored.id: OpenWork(
                task=tasks[stored.id],
                group=stored.group,
                unit=stored.unit,
                role=stored.role,
                assignee=stored.assignee,
                priority=MOST_PRIORITY - stored.rank,
                reminded=stored.reminded_at,
                version=stored.version,
            )
            for stored in _open_tasks.all(connection, {"case_id": row.id})
        }
        case = Case(
            number=row.number,
            window=row.window,
            unit=row.unit,
            channel=row.channel,
            agent=row.agent,
            received_at=row.received_at,
            matter=opening["matter"],
            applicant=opening["applicant"],
            tracking=opening["tracking"],
            root=binding.root,
            versions=dict(binding.versions),
            type=row.type,
            status=row.status,
            accepted_at=row.accepted_at,
            due=row.due,
            due_provisional=row.due_provisional,
            limit=Limit.from_json(orjson.loads(row.limit_state)),
            decided_at=row.decided_at,
            ended_at=row.ended_at,
            priority=row.priority,
            seq=row.seq,
            head=row.head,
            last_at=row.last_at,
            work=work,
            jobs=job_rows.read(connection, row.id, execution) if program.goes_outside else {},
        )
        worked = frozenset(unit for (unit,) in _units.all(connection, {"case_id": row.id}))
        standing = {name: getattr(row, name) for name in _STANDING}
        return Loaded(id=row.id, case=case, program=program, execution=execution, worked=worked, standing=standing)

    def open(
        self,
        connection: Connection,
        case: Case,
        execution: Execution,
        applied: Applied,
        entry: Entry,
        *,
        applicant: str,
        name_hash: str,
        binding: str,
        state_digest: str,
    ) -> int:
        """Write a case that has just started, with its first entry. Gives its row id."""
        opening = {"applicant": case.applicant, "tracking": case.tracking, "matter": case.matter}
        id = connection.execute(
            insert(tables.case).returning(_CASE.id),
            {
                "number": case.number,
                "window": case.window,
                "unit": case.unit,
                "matter": case.matter["code"],
                "channel": case.channel,
                "applicant": applicant,
                "name_hash": name_hash,
                "opening": orjson.dumps(opening).decode(),
                "received_at": case.received_at,
                "binding": binding,
                **case_columns(case, execution, entry, state_digest),
            },
        ).scalar_one()
        fresh = replace(applied, changed=frozenset(case.work), jobs_changed=frozenset(case.jobs), limit_moved=False)
        writes = Writes(connection)
        self._write(writes, int(id), case, fresh, frozenset(), frozenset(), entry)
        self._write_units(writes, id, case, units_of(case))
        writes.run()
        return int(id)

    def advance(
        self,
        connection: Connection,
        loaded: Loaded,
        applied: Applied,
        known: frozenset[str],
        known_jobs: frozenset[str],
        entry: Entry,
        state_digest: str,
    ) -> None:
        """Write what a step did.

        :param known: ids of the tasks that were open before the step.
        :param known_jobs: ids of the jobs that were not done before it.
        :raises Collision: where the case has gone on since it was read.
        """
        case = loaded.case
        standing = standing_columns(case, loaded.execution)
        columns = moving_columns(loaded.execution, entry, state_digest)
        columns |= {name: value for name, value in standing.items() if value != loaded.standing[name]}
        loaded.standing = standing
        parameters = {f"p_new_{name}": value for name, value in columns.items()}
        advance = _advancing(tuple(columns))
        if advance.run(connection, {"p_id": loaded.id, "p_seq": entry.seq - 1, **parameters}) != 1:
            raise Collision
        writes = Writes(connection)
        self._write(writes, loaded.id, case, applied, known, known_jobs, entry)
        if columns.keys() & {"due", "ended_at"}:
            writes.add(_move_units, {"p_case": loaded.id, "p_sort_due": unit_columns(case)["sort_due"]})
        new = units_of(case) - loaded.worked
        if new:
            self._write_units(writes, loaded.id, case, new)
        writes.run()
        loaded.worked |= new

    def rebind(self, connection: Connection, loaded: Loaded, binding: Binding) -> None:
        """Write on what a case runs from now on, which is kept already."""
        connection.execute(update(tables.case).where(_CASE.id == loaded.id).values(binding=binding.id))

    def _write(
        self,
        writes: Writes,
        id: int,
        case: Case,
        applied: Applied,
        known: frozenset[str],
        known_jobs: frozenset[str],
        entry: Entry,
    ) -> None:
        writes.add(
            _insert_entry,
            {
                "case_id": id,
                "seq": entry.seq,
                "at": entry.at,
                "actor": entry.actor,
                "kind": entry.kind,
                "body": entry.body,
                "hash": entry.hash,
            },
        )
        self._write_tasks(writes, id, case, applied, known, entry)
        if applied.jobs_changed or applied.jobs_closed:
            job_rows.write(writes, id, case, applied, known_jobs, entry)
        notice_rows.write(writes, id, applied, entry)
        mail_rows.write(writes, id, case, applied, entry)

    def _write_tasks(
        self, writes: Writes, id: int, case: Case, applied: Applied, known: frozenset[str], entry: Entry
    ) -> None:
        for task, status in applied.closed.items():
            writes.add(
                _close_task,
                {
                    "p_id": task,
                    "p_status": status,
                    "p_at": entry.at,
                    "p_by": entry.actor,
                    "p_assignee": entry.actor if status == "completed" else None,
                    "p_version": entry.seq,
                },
            )
            writes.add(_drop_drafts, {"p_id": task})
        for task in sorted(applied.changed & known):
            columns = changing_columns(case, case.work[task])
            writes.add(_change_task, {"p_id": task, **{f"p_{name}": value for name, value in columns.items()}})
        if applied.limit_moved:
            writes.add(_move_limit, {"p_case": id, "p_sort_due": sort_due(case, None)})
        for task in sorted(applied.changed - known):
            writes.add(_insert_task, task_columns(id, case, case.work[task]))

    def _write_units(self, writes: Writes, id: int, case: Case, units: frozenset[str]) -> None:
        same = {"case_id": id, **unit_columns(case)}
        writes.add(_insert_unit, *({**same, "unit": unit} for unit in sorted(units)))


def units_of(case: Case) -> frozenset[str]:
    """Units that have a task in the case now."""
    return frozenset(work.unit for work in case.work.values() if work.unit)


def case_columns(case: Case, execution: Execution, entry: Entry, state_digest: str) -> dict[str, Any]:
    """The columns of a case's row that steps write."""
    return standing_columns(case, execution) | moving_columns(execution, entry, state_digest)


def standing_columns(case: Case, execution: Execution) -> dict[str, Any]:
    """The columns that few steps change."""
    waiting = not case.closed and not case.suspended
    undertaking = undertaking_of(execution.variables, closed=case.closed)
    return {
        "type": case.type,
        "status": case.status,
        "agent": case.agent,
        "accepted_at": case.accepted_at,
        "due": case.due,
        "due_provisional": case.due_provisional,
        "limit_state": orjson.dumps(case.limit.to_json()).decode(),
        "decided_at": case.decided_at,
        "ended_at": case.ended_at,
        "priority": case.priority,
        "undertaking": undertaking.state if undertaking else None,
        "wake_at": execution.wake_at if waiting else None,
    }


def moving_columns(execution: Execution, entry: Entry, state_digest: str) -> dict[str, Any]:
    """The columns that every step changes."""
    return {
        "seq": entry.seq,
        "head": entry.hash,
        "last_at": entry.at,
        "state": execution.dump(),
        "state_digest": state_digest,
    }


def unit_columns(case: Case) -> dict[str, Any]:
    """The columns by which a unit's cases are listed."""
    return {
        "received_at": case.received_at,
        "sort_due": (case.due or NEVER) if case.ended_at is None else None,
    }


def sort_due(case: Case, due: datetime | None) -> datetime:
    """What the inbox sorts a task by: its own due instant, else the limit its case has still to meet, else the end."""
    return due or case.owed or NEVER


def changing_columns(case: Case, work: OpenWork) -> dict[str, Any]:
    """The columns of an open task's row that a step may change."""
    return {name: value for name, value in task_columns(0, case, work).items() if name in CHANGING}


def task_columns(case_id: int, case: Case, work: OpenWork) -> dict[str, Any]:
    """The columns of an open task's row."""
    task = work.task
    return {
        "id": task.id,
        "case_id": case_id,
        "status": "open",
        "process": task.element.process,
        "element": task.element.id,
        "name": task.element.name or task.element.id,
        "scope": orjson.dumps(list(task.scope)).decode(),
        "group": work.group,
        "unit": work.unit,
        "role": work.role,
        "assignee": work.assignee,
        "due": task.due,
        "sort_due": sort_due(case, task.due),
        "rank": MOST_PRIORITY - work.priority,
        "reminded_at": work.reminded,
        "created_at": task.created_at,
        "version": work.version,
    }
