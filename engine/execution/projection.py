"""Our own view of an instance, for digests and for replay.

It knows elements, scopes, data and instants, and nothing of ids, order of storage or SpiffWorkflow: two
instances that a designer could not tell apart give the same. Version 1; a change of it is a new version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from engine.execution import compensation, library
from engine.instants import instant

if TYPE_CHECKING:
    from engine.execution.instance import Instance
    from engine.execution.view import View

VERSION = 1


def project(instance: Instance, view: View) -> dict[str, Any]:
    """The view, of JSON's types only; each list is sorted.

    Where something is remembered to be undone, it has that too.
    """
    undoable = _undoable(instance, view) if instance.program.undoes else []
    found = {
        "v": VERSION,
        "ended": instance.tree.completed,
        "end": None if instance.end is None else {"element": instance.end[0], "properties": instance.end[1]},
        "tokens": _sorted(
            [
                {"process": token.workflow.level.process, "element": token.task_spec.place.id, "scope": list(at)}
                for token, at in view.tokens
                # An activity in several instances, or in a loop, is where its instances are.
                if not (token._state == library.STARTED and "count" in token.internal_data)
            ]
        ),
        "tasks": _sorted(
            [
                {
                    "element": task.element.id,
                    "scope": list(task.scope),
                    "groups": list(task.groups),
                    "assignee": task.assignee,
                    "due": _instant(task.due),
                    "priority": task.priority,
                    "created": _instant(task.created_at),
                }
                for task in view.tasks
            ]
        ),
        "timers": _sorted(
            [
                {"element": timer.element, "scope": list(timer.scope), "due": _instant(timer.due)}
                for _, timer in view.timers
            ]
        ),
        "jobs": _sorted(
            [{"element": job.element.id, "scope": list(job.scope), "topic": job.topic} for job in view.jobs]
        ),
        "incidents": _sorted(
            [
                {"element": incident.element, "scope": list(incident.scope), "cause": incident.cause}
                for incident in view.incidents
            ]
        ),
        "variables": _scopes(instance, view),
    }
    return found | {"undoable": undoable} if undoable else found


def _undoable(instance: Instance, view: View) -> list[Any]:
    found = []
    for level in instance.tree.levels():
        if records := compensation.records_of(level.root.internal_data):
            found.append({"element": None, "scope": list(instance.path_of(level))} | records)
    for token, at in view.tokens:
        if records := compensation.records_of(token.internal_data):
            found.append({"element": token.task_spec.place.id, "scope": list(at)} | records)
    return _sorted(found)


def _scopes(instance: Instance, view: View) -> list[Any]:
    scopes = instance.scopes
    found: list[dict[str, Any]] = [{"scope": [], "variables": scopes.variables(scopes.ROOT)}]
    for token, at in view.tokens:
        note = token.internal_data
        if "scope" in note or "inner" in note:
            path = [*at] if "index" in note else [*at, token.task_spec.place.id]
            found += [
                {"scope": path, "variables": scopes.variables(note[kind])}
                for kind in ("scope", "inner")
                if kind in note
            ]
    return _sorted(found)


def _instant(value: Any) -> str | None:
    return None if value is None else instant(value)


def _sorted(rows: list[Any]) -> list[Any]:
    if len(rows) > 1:
        rows.sort(key=lambda row: orjson.dumps(row, option=orjson.OPT_SORT_KEYS))
    return rows
