"""The rows of the inbox that a history leads to: what `archive` wrote, step by step."""

from __future__ import annotations

from typing import Any

from engine.handling import Applied, Case
from engine.history.chain import Entry
from engine.office.archive import changing_columns, sort_due, task_columns


class InboxRows:
    """Tasks, open and closed, and the units that had one, of one case.

    :param case_id: the case's row id.
    """

    def __init__(self, case_id: int) -> None:
        self._case_id = case_id
        #: Columns of each task's row, by the task's id.
        self.tasks: dict[str, dict[str, Any]] = {}
        #: Units that have, or had, a task.
        self.units: set[str] = set()

    def take(self, case: Case, applied: Applied, entry: Entry) -> None:
        """Take over what a step did.

        :param case: as it is after the step.
        """
        for id, status in applied.closed.items():
            self.tasks[id] |= {
                "status": status,
                "assignee": entry.actor if status == "completed" else None,
                "closed_at": entry.at,
                "closed_by": entry.actor,
                "version": entry.seq,
            }
        if applied.limit_moved:
            for row in self.tasks.values():
                if row["status"] == "open" and row["due"] is None:
                    row["sort_due"] = sort_due(case, None)
        for id in applied.changed:
            work = case.work[id]
            if id in self.tasks:
                self.tasks[id] |= changing_columns(case, work)
            else:
                self.tasks[id] = {**task_columns(self._case_id, case, work), "closed_at": None, "closed_by": None}
                self.units |= {work.unit} if work.unit else set()
