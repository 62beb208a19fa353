"""Reminders (催办): who waits for a case asks for it to be taken up; it is in the file, and marks the tasks that wait.

Nobody is held up by one: no token moves, and nobody's task is stale by it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from engine.errors import FieldError, Forbidden, Invalid, NotOffered
from engine.forms.messages import both
from engine.handling import Command
from engine.history.kinds import Kind
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.once import Once
from engine.office.opening import Opening
from engine.office.person import Person, Role
from engine.office.present import Presenter
from engine.office.rights import Rights
from engine.office.steps import Steps, require_running
from engine.office.tracking import APPLICANT, tracked
from engine.office.views import CaseView
from engine.storage import tables

#: Characters of what is said with a reminder.
MOST_NOTE = 1000


class Reminders:
    """The reminders of one office."""

    def __init__(self, context: Context, steps: Steps, presenter: Presenter, opening: Opening) -> None:
        self._context = context
        self._steps = steps
        self._presenter = presenter
        self._opening = opening

    def remind(
        self, number: str, note: str | None = None, task: str | None = None, *, by: Person, once: Once | None = None
    ) -> CaseView:
        """Ask those who have a case to take it up.

        :param task: id of the one task that is meant; all that are open where it is left out.
        :raises NotOffered: where the same person reminded of the case within a working day, or nothing waits in it.
        :raises Invalid: where the task is none that is open in the case.
        """
        return self._steps.run(
            by=by,
            find=lambda connection: self._steps.archive.by_number(connection, number),
            what=f"case {number}",
            allow=_working,
            decide=lambda loaded, now: self._decide(loaded, now, by.username, note, task),
            answer=self._presenter.case,
            once=once,
        )

    def ask(self, number: str, code: str, note: str | None = None, *, once: Once | None = None) -> dict[str, Any]:
        """The same by the applicant, with the tracking code.

        :raises NotFound: where there is no case with that number and that code.
        :returns: `case` and the instant `reminded`.
        """
        answered = self._steps.run(
            by=APPLICANT,
            find=lambda connection: tracked(self._context, self._steps, number, code),
            what=f"case {number}",
            # The code says that the case is theirs.
            see=lambda rights, loaded, what: None,
            allow=lambda rights, loaded: None,
            decide=lambda loaded, now: self._decide(loaded, now, APPLICANT.username, note, None),
            answer=lambda loaded, now: {
                "case": loaded.case.number,
                "reminded": self._context.local(loaded.case.last_at),
            },
            once=once,
        )
        return dict(answered)

    def offered(self, connection: Connection, loaded: Loaded, by: str, now: datetime) -> bool:
        """Whether somebody may remind of a case now."""
        case = loaded.case
        return bool(not case.closed and not case.suspended and case.work) and self._rested(connection, loaded, by, now)

    def _decide(self, loaded: Loaded, now: datetime, by: str, note: str | None, task: str | None) -> Command:
        require_running(loaded)
        work = loaded.case.work
        if not work:
            raise NotOffered("当前没有待办任务 No task is open in the case: there is nobody to remind.")
        if task is not None and task not in work:
            raise Invalid(errors=[FieldError("/task", both("不是该办件的待办任务", "not an open task of the case"))])
        if note is not None and len(note) > MOST_NOTE:
            raise Invalid(errors=[FieldError("/note", both(f"最多 {MOST_NOTE} 字", f"at most {MOST_NOTE} characters"))])
        with self._context.database.read() as connection:
            if not self._rested(connection, loaded, by, now):
                raise NotOffered("一个工作日内已催办过 You reminded of this case within a working day: give it time.")
        said = note.strip() if note else ""
        about = work[task].task.element if task is not None else None
        return Command(
            kind=Kind.CASE_REMINDED,
            actor=by,
            process=about.process if about else None,
            element=about.id if about else None,
            input={"note": self._opening.seal_for(loaded, said) if said else None, "task": task},
        )

    def _rested(self, connection: Connection, loaded: Loaded, by: str, now: datetime) -> bool:
        """Whether a working day has passed since that person's last reminder of the case."""
        entry = tables.entry.c
        last = connection.execute(
            select(func.max(entry.at)).where(
                entry.case_id == loaded.id, entry.kind == Kind.CASE_REMINDED, entry.actor == by
            )
        ).scalar()
        calendar = self._context.calendar
        return last is None or calendar.between(calendar.today(last), calendar.today(now)) > 0


def _working(rights: Rights, _loaded: Loaded) -> None:
    if not rights.person.units(Role.CLERK, Role.LEADER):
        raise Forbidden("Auditors read everything and change nothing.")
