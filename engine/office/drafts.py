"""Half-filled forms: what one person has typed into one task's form so far. No part of the case or its history."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import bindparam, delete, select

from engine.errors import CaseSuspended, NotFound, TaskAlreadyCompleted
from engine.office.archive import Loaded
from engine.office.context import Context
from engine.office.four_eyes import require_other_eyes
from engine.office.once import Once, require_readable
from engine.office.opening import Opening
from engine.office.person import Person
from engine.office.steps import Steps
from engine.office.substitutions import require_hold
from engine.office.views import DraftView
from engine.storage import tables
from engine.storage.prepared import Prepared
from engine.storage.upsert import insert_or_update

_DRAFT = tables.draft.c
_of_person = Prepared(
    select(_DRAFT.data, _DRAFT.saved_at).where(
        _DRAFT.task == bindparam("task"), _DRAFT.username == bindparam("username")
    )
)


class Drafts:
    """The drafts of one office.

    A draft is its writer's alone: nobody else is shown it, whatever their role. All of it is sealed under the key of
    the case's applicant. It is gone when the task ends, in the transaction of that step.
    """

    def __init__(self, context: Context, steps: Steps, opening: Opening) -> None:
        self._context = context
        self._steps = steps
        self._opening = opening

    def save(self, task: str, data: dict[str, Any], *, by: Person, once: Once | None = None) -> DraftView:
        """Keep what the person has typed so far, in place of what was kept before. Nothing of it need be valid yet.

        :param once: no answer is kept under it, since the same saved again changes nothing.
        :raises Forbidden: where the task is for others.
        :raises TaskAlreadyCompleted: where it is open no more.
        :raises TaskClaimedByAnother: where a colleague has it.
        :raises CaseSuspended: while the case's clock stands still.
        """
        loaded = self._seen(task, by)
        try:
            work = loaded.case.work.get(task)
            if work is None:
                raise TaskAlreadyCompleted
            self._context.rights(by).require_taking(work)
            require_other_eyes(self._context, loaded, work, by.username)
            require_readable(once)
            if loaded.case.suspended:
                raise CaseSuspended
            with self._context.database.glance() as connection:
                now = self._context.now(connection)
            require_hold(self._context, work, by, now)
            sealed = self._opening.seal_for(loaded, self._opening.check_data(data))
        finally:
            self._steps.keep(loaded)
        row = {"task": task, "username": by.username, "data": orjson.dumps(sealed).decode()}
        with self._context.database.write() as connection:
            now = self._context.now(connection)
            # Locked, so that a step that ends the task meanwhile comes first or finds this draft.
            locked = select(tables.task.c.id).where(tables.task.c.id == task, tables.task.c.status == "open")
            if connection.execute(locked.with_for_update()).first() is None:
                raise TaskAlreadyCompleted
            statement = insert_or_update(connection, tables.draft).values(**row, saved_at=now)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["task", "username"], set_={"data": row["data"], "saved_at": now}
                )
            )
        return {"task": task, "data": data, "saved": str(self._context.local(now))}

    def get(self, task: str, *, by: Person) -> DraftView:
        """The person's own draft.

        :raises NotFound: where there is none, or the person may not see the case.
        """
        self._steps.keep(self._seen(task, by))
        with self._context.database.glance() as connection:
            row = _of_person.first(connection, {"task": task, "username": by.username})
        if row is None:
            raise NotFound("You have saved no draft of this task.")
        data = self._context.unsealed(orjson.loads(row.data))
        # Of an applicant whose key was erased, nothing is left to be filled in again.
        shown = data if isinstance(data, dict) else {}
        return {"task": task, "data": shown, "saved": str(self._context.local(row.saved_at))}

    def discard(self, task: str, *, by: Person, once: Once | None = None) -> None:
        """Throw the person's own draft away; where there is none, nothing changes.

        :raises NotFound: where there is no such task, or the person may not see its case.
        """
        self._steps.keep(self._seen(task, by))
        require_readable(once)
        with self._context.database.write() as connection:
            connection.execute(delete(tables.draft).where(_DRAFT.task == task, _DRAFT.username == by.username))

    def _seen(self, task: str, by: Person) -> Loaded:
        with self._context.database.read() as connection:
            return self._steps.seen(self._steps.archive.by_task(connection, task), f"task {task}", by=by)
