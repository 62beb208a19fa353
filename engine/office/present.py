"""Cases, tasks and entries as the office's answers show them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row

from engine.definitions.model import MOST_PRIORITY
from engine.figures import is_late
from engine.handling import Case, OpenWork, undertaking_of
from engine.handling.undertaking import OPEN
from engine.history.chain import Entry
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.views import CaseSummary, CaseView, EntryView, TaskView, UndertakingView

#: The columns that `Presenter.case_row` reads: a row's state is many times as large as all of them.
CASE_ROW = (
    "number",
    "matter",
    "opening",
    "type",
    "status",
    "due",
    "due_provisional",
    "window",
    "unit",
    "agent",
    "received_at",
    "accepted_at",
    "decided_at",
    "ended_at",
    "undertaking",
)


class Presenter:
    """Makes views; personal fields in them are still sealed."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def case(self, loaded: Loaded, now: datetime) -> CaseView:
        """A case, whole."""
        case, execution, local = loaded.case, loaded.execution, self._context.local
        return {
            "number": case.number,
            "tracking_code": case.tracking,
            "matter": case.matter["code"],
            "matter_name": case.matter["name"],
            "type": case.type,
            "status": case.status,
            "due": local(case.due),
            "due_provisional": case.due_provisional,
            "overdue": is_late(case.due, case.decided_at, case.ended_at, now),
            "limit": {
                "days": case.limit.days,
                "extended": case.limit.extended,
                "excluded": case.limit.excluded,
                "suspended": local(case.limit.suspended_at),
                "missed_by": self._missed_by(case),
            },
            "window": case.window,
            "unit": case.unit,
            "agent": case.agent,
            "channel": case.channel,
            "priority": case.priority,
            "applicant": case.applicant,  # type: ignore[typeddict-item]  # sealed until it is shown
            "received": _required(local(case.received_at)),
            "accepted": local(case.accepted_at),
            "decided": local(case.decided_at),
            "ended": local(case.ended_at),
            "undertaking": self.undertaking(loaded, now),
            "tasks": [self.work(loaded, work, now) for work in _in_order(case.work.values())],
            "data": dict(execution.variables),
            "incidents": [{"element": incident.element, "cause": incident.cause} for incident in execution.incidents],
            "definition": case.root,
            "versions": dict(case.versions),
            "tokens": execution.projection()["tokens"],
            "offers": sorted(loaded.offers) if not case.closed else [],
            "version": case.seq,
        }

    def work(self, loaded: Loaded, work: OpenWork, now: datetime) -> TaskView:
        """An open task of a case at hand."""
        case, task, local = loaded.case, work.task, self._context.local
        return {
            "id": task.id,
            "case": case.number,
            "matter": case.matter["code"],
            "matter_name": case.matter["name"],
            "type": case.type,
            "applicant": case.applicant["name"],
            "process": task.element.process,
            "element": task.element.id,
            "name": task.element.name or task.element.id,
            "group": work.group,
            "unit": work.unit,
            "role": work.role,
            "assignee": work.assignee,
            "due": local(task.due),
            "case_due": local(case.owed),
            "due_provisional": self._provisional(task.due, case.due_provisional),
            "overdue": is_late(task.due or case.owed, None, None, now),
            "created": _required(local(task.created_at)),
            "priority": work.priority,
            "reminded": local(work.reminded),
            "status": "open",
            "version": work.version,
        }

    def task_row(self, row: Row[Any], now: datetime) -> TaskView:
        """A task as its row tells it, joined with its case."""
        # Of what was closed before the decision, or by it, the limit of the case was to be met.
        owed = row.decided_at is None or (row.closed_at is not None and row.closed_at <= row.decided_at)
        case_due = row.case_due if owed else None
        opening, local = orjson.loads(row.opening), self._context.local
        return {
            "id": row.id,
            "case": row.number,
            "matter": row.matter,
            "matter_name": opening["matter"]["name"],
            "type": row.type,
            "applicant": opening["applicant"]["name"],
            "process": row.process,
            "element": row.element,
            "name": row.name,
            "group": row.group,
            "unit": row.unit,
            "role": row.role,
            "assignee": row.assignee,
            "due": local(row.due),
            "case_due": local(case_due),
            "due_provisional": self._provisional(row.due, row.due_provisional),
            "overdue": is_late(row.due or case_due, None, row.closed_at, now),
            "created": _required(local(row.created_at)),
            "priority": MOST_PRIORITY - row.rank,
            "reminded": local(row.reminded_at),
            "status": row.status,
            "version": row.version,
        }

    def case_row(self, row: Row[Any], now: datetime) -> CaseSummary:
        """A case as its row tells it."""
        opening, local = orjson.loads(row.opening), self._context.local
        return {
            "number": row.number,
            "matter": row.matter,
            "matter_name": opening["matter"]["name"],
            "type": row.type,
            "status": row.status,
            "due": local(row.due),
            "due_provisional": row.due_provisional,
            "overdue": is_late(row.due, row.decided_at, row.ended_at, now),
            "window": row.window,
            "unit": row.unit,
            "agent": row.agent,
            "applicant": opening["applicant"]["name"],
            "received": _required(local(row.received_at)),
            "accepted": local(row.accepted_at),
            "decided": local(row.decided_at),
            "ended": local(row.ended_at),
            "undertaking": row.undertaking,
        }

    def undertaking(self, loaded: Loaded, now: datetime) -> UndertakingView | None:
        """What the applicant undertook to hand in later."""
        found = undertaking_of(loaded.execution.variables, closed=loaded.case.closed)
        if found is None:
            return None
        return {
            "materials": list(found.materials),
            "until": found.until.isoformat(),
            "state": found.state,
            "late": found.state == OPEN and self._context.calendar.today(now) > found.until,
        }

    def _missed_by(self, case: Case) -> int | None:
        met, calendar = case.decided_at or case.ended_at, self._context.calendar
        if case.due is None or met is None or met <= case.due:
            return None
        return calendar.between(calendar.today(case.due), calendar.today(met))

    def _provisional(self, due: datetime | None, limit: bool) -> bool:
        """Whether a task's date lies in a year that is not published: its own, else the limit of its case."""
        calendar = self._context.calendar
        return limit if due is None else calendar.is_provisional(calendar.today(due))

    def entry(self, entry: Entry) -> EntryView:
        """An entry of a history, with its hash."""
        fields = entry.read()
        return {
            "case": fields["case"],
            "seq": fields["seq"],
            "at": _required(self._context.local(entry.at)),
            "actor": fields["actor"],
            "kind": fields["kind"],
            "process": fields["process"],
            "element": fields["element"],
            "input": fields["input"],
            "outcome": fields["outcome"],
            "state": fields["state"],
            "previous": fields["previous"],
            "hash": entry.hash,
        }


def _in_order(work: Any) -> list[OpenWork]:
    return sorted(work, key=lambda one: (one.task.created_at, one.task.id))


def _required(text: str | None) -> str:
    assert text is not None
    return text
