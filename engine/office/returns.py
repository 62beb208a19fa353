"""Use cases of going back: a task is sent back to an earlier step, a completion is taken back by who made it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from engine.errors import CaseSuspended, FieldError, Forbidden, Invalid, NotOffered, TaskAlreadyCompleted
from engine.forms.messages import both
from engine.handling import Command
from engine.handling.returning import STAYS, earlier, require_way_back
from engine.history.kinds import Kind
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.four_eyes import done_before
from engine.office.once import Once
from engine.office.opening import Opening
from engine.office.past import entries_of, read
from engine.office.person import Person, Role
from engine.office.present import Presenter
from engine.office.rights import Rights
from engine.office.steps import Steps, match, require_open
from engine.office.substitutions import require_hold
from engine.office.tasks import taking
from engine.office.views import CaseView, EarlierView
from engine.storage import tables

Fields = dict[str, Any]

_ENTRY = tables.entry.c
_SCOPE = tables.task.c.scope


class Returns:
    """The ways back in the cases of one office.

    Nothing is deleted by them: each is one more entry, the control flow is then as it was before the completion that it
    names, and the data stays as it is.
    """

    def __init__(self, context: Context, steps: Steps, presenter: Presenter, opening: Opening) -> None:
        self._context = context
        self._steps = steps
        self._presenter = presenter
        self._opening = opening

    def earlier(self, task: str, *, by: Person) -> list[EarlierView]:
        """The steps from which an open task came, the latest first; where one cannot be gone back to, why not.

        :raises NotFound: where there is no such task, or the person may not see its case.
        """
        with self._context.database.read() as connection:
            loaded = self._steps.seen(self._steps.archive.by_task(connection, task), f"task {task}", by=by)
            entries = read(entries_of(connection, loaded.id)) if task in loaded.case.work else []
        found, way = [], []
        for to in earlier(entries, task) if entries else ():
            way.append(to)
            # Before the case was moved to another version, elements may have had other ids.
            process = loaded.program.processes.get(to["process"])
            element = process.elements.get(to["element"]) if process is not None else None
            barred = None
            try:
                require_way_back(entries, to, way, loaded.program)
            except NotOffered as error:
                barred = error.detail
            found.append(
                EarlierView(
                    element=to["element"],
                    name=(element.name if element is not None else "") or to["element"],
                    by=to["actor"],
                    at=str(self._context.local(datetime.fromisoformat(to["at"]))),
                    barred=barred,
                )
            )
        self._steps.keep(loaded)
        return found

    def last_of(self, number: str, *, by: Person) -> str | None:
        """Id of the task whose completion is the last thing that moved a case, where the person may take it back.

        :raises NotFound: where there is no such case, or the person may not see it.
        """
        with self._context.database.read() as connection:
            loaded = self._steps.seen(self._steps.archive.by_number(connection, number), f"case {number}", by=by)
            moved = select(_ENTRY.seq, _ENTRY.kind, _ENTRY.actor).where(
                _ENTRY.case_id == loaded.id, _ENTRY.kind.not_in(sorted(STAYS))
            )
            last = connection.execute(moved.order_by(_ENTRY.seq.desc()).limit(1)).one()
        at_rest = loaded.case.closed or loaded.case.suspended
        theirs = not at_rest and last.kind == Kind.TASK_COMPLETED and last.actor == by.username
        task = self._own(loaded, last.seq) if theirs else None
        self._steps.keep(loaded)
        return task

    def send_back(
        self,
        task: str,
        reason: str,
        to: str | None = None,
        *,
        by: Person,
        once: Once | None = None,
        if_match: int | None = None,
    ) -> CaseView:
        """Send an open task back to an earlier step (退回上一步), for who did that step, unless they are gone.

        :param to: id of the element; the step just before where none is given.
        :raises Invalid: where the task did not come from there.
        :raises NotOffered: where something has happened since that cannot be undone so.
        """

        def decide(loaded: Loaded, now: datetime) -> Command:
            work = loaded.case.work.get(task)
            if work is None:
                raise TaskAlreadyCompleted
            told = require_hold(self._context, work, by, now)
            why = self._opening.reason(loaded, reason)
            entries = self._entries(loaded)
            way: list[Fields] = []
            for fields in earlier(entries, task):
                way.append(dict(fields))
                if to in (None, fields["element"]):
                    break
            if not way:
                raise NotOffered(both("此前没有由人办理的环节", "no step that a person completed leads to this task"))
            target = way[-1]
            if to not in (None, target["element"]):
                names = ", ".join(fields["element"] for fields in way)
                raise Invalid(errors=[FieldError("/to", both(f"可退回到：{names}", f"it came from: {names}"))])
            require_way_back(entries, target, way, loaded.program)
            element = work.task.element
            return Command(
                kind=Kind.TASK_RETURNED,
                actor=by.username,
                process=element.process,
                element=element.id,
                input={"task": task, "to": target["element"], "reason": why, **told, **self._target(loaded, target)},
            )

        def check(loaded: Loaded) -> None:
            if task not in loaded.case.work:
                raise TaskAlreadyCompleted
            match(if_match, loaded.case.work[task].version)

        return self._run(task, by, taking(self._context, task), decide, check, once)

    def withdraw(
        self, task: str, reason: str, *, by: Person, once: Once | None = None, if_match: int | None = None
    ) -> CaseView:
        """Take back one's own completion of a task (撤回), as long as nobody has begun what follows.

        :raises Forbidden: where somebody else completed it.
        :raises NotOffered: where what follows has begun, or cannot be undone.
        :raises CaseClosed: where the case has ended by it.
        """

        def allow(rights: Rights, loaded: Loaded) -> None:
            if not rights.person.units(Role.CLERK, Role.LEADER):
                raise Forbidden("Auditors read everything and change nothing.")
            with self._context.database.glance() as connection:
                row = _closing(connection, task)
            if row.status == "completed" and row.closed_by != by.username:
                raise Forbidden(f"{row.closed_by} completed this task: only they can take that back.")

        def decide(loaded: Loaded, now: datetime) -> Command:
            require_open(loaded)
            why = self._opening.reason(loaded, reason)
            entries = self._entries(loaded)
            target = next((fields for fields in entries if _completes(fields, task)), None)
            if target is None:
                raise NotOffered(
                    both("此任务没有完成过，无可撤回", "the task was not completed: there is nothing to take back")
                )
            require_way_back(entries, target, (), loaded.program)
            return Command(
                kind=Kind.TASK_WITHDRAWN,
                actor=by.username,
                process=target["process"],
                element=target["element"],
                input={"reason": why, **self._target(loaded, target)},
            )

        def check(loaded: Loaded) -> None:
            if if_match is not None:
                with self._context.database.glance() as connection:
                    match(if_match, _closing(connection, task).version)

        return self._run(task, by, allow, decide, check, once)

    def _run(
        self,
        task: str,
        by: Person,
        allow: Callable[[Rights, Loaded], None],
        decide: Callable[[Loaded, datetime], Command],
        check: Callable[[Loaded], None],
        once: Once | None,
    ) -> CaseView:
        def running(loaded: Loaded, now: datetime) -> Command:
            if loaded.case.suspended:
                raise CaseSuspended
            return decide(loaded, now)

        return self._steps.run(
            by=by,
            find=lambda connection: self._steps.archive.by_task(connection, task),
            what=f"task {task}",
            allow=allow,
            decide=running,
            answer=self._presenter.case,
            once=once,
            check_version=check,
        )

    def _entries(self, loaded: Loaded) -> list[Fields]:
        with self._context.database.read() as connection:
            return read(entries_of(connection, loaded.id))

    def _own(self, loaded: Loaded, seq: int) -> str | None:
        """Id of the task whose completion an entry is, unless something bars the way back to before it."""
        entries = self._entries(loaded)
        target = next(fields for fields in reversed(entries) if fields["seq"] == seq)
        try:
            require_way_back(entries, target, (), loaded.program)
        except NotOffered:
            return None
        return str(target["input"]["task"])

    def _target(self, loaded: Loaded, to: Fields) -> Fields:
        """What an entry says of the completion that it goes back to.

        Who made it has the task again, if still there, and if they have not done meanwhile what the task checks.
        """
        person, member = tables.person.c, tables.membership.c
        query = (
            select(member.role)
            .join(tables.person, person.username == member.username)
            .where(member.username == to["actor"], ~person.disabled, member.role.in_([Role.CLERK, Role.LEADER]))
        )
        with self._context.database.glance() as connection:
            there = connection.execute(query).first() is not None
            scope = connection.execute(select(_SCOPE).where(tables.task.c.id == to["input"]["task"])).scalar_one()
        element = loaded.program.processes[to["process"]].elements[to["element"]]
        done = done_before(self._context, loaded, element, orjson.loads(scope))
        return {
            "entry": to["seq"],
            "process": to["process"],
            "completed": to["input"]["task"],
            "assignee": to["actor"] if there and to["actor"] not in {one["by"] for one in done} else None,
        }


def _completes(fields: Fields, task: str) -> bool:
    return bool(fields["kind"] == Kind.TASK_COMPLETED and fields["input"]["task"] == task)


def _closing(connection: Connection, task: str) -> Any:
    column = tables.task.c
    query = select(column.status, column.closed_by, column.version).where(column.id == task)
    return connection.execute(query).one()
