"""Undoing what was completed (BPMN 2.0.2 §10.7, §13.5.5).

A level remembers the activities that were completed on it and can be undone, in the order of their completion: those
with a compensation boundary event, and subprocesses inside which something can be undone. Each is a record of
``[activity, index of the instance, variables of its own, records of what was completed inside]``. Of an activity in
several instances or in a loop each completed instance is one, once the whole is completed. What was not completed is
not undone, and nothing is undone twice.

Records are undone one after the other, the last completed first, while the token that asked for it waits. A handler
runs on the level of its activity and sees what the activity had of variables. A subprocess without a handler is
opened again: its compensation event subprocess runs in it if it has one, else what was completed inside is undone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from engine.execution.library import LevelSpec, Token
from engine.execution.places import Level, Place

if TYPE_CHECKING:
    from engine.execution.run import Run

#: See above.
Record: TypeAlias = list[Any]

#: Where a record is undone: inside the token that waits, else so many levels out from it.
_INSIDE = -1


def node_name(place: Place) -> str:
    """The node at which a completed subprocess is opened again. No XML id holds a blank."""
    return f"{place.id} undoing"


def remember(token: Token, run: Run) -> None:
    """An activity, or an instance of one, is completed: keep what undoing it needs."""
    place, note = token.task_spec.place, token.internal_data
    inside = note.pop("inside", [])
    if not place.can_be_undone or "undoes" in note:
        return
    if place.undone_by is None and not inside and not place.undoes_itself:
        return
    scope = note.get("scope")
    variables = {} if scope is None else dict(run.scopes.variables(scope))
    index = note.get("index")
    holder = token.workflow.root if index is None else token.parent
    record = [place.id, index, variables, [] if place.undone_by is not None else inside]
    holder.internal_data.setdefault("undoable", []).append(record)


def remember_all(token: Token) -> None:
    """An activity in several instances, or in a loop, is completed as a whole."""
    records = token.internal_data.pop("undoable", None)
    if records and "undoes" not in token.internal_data:
        token.workflow.root.internal_data.setdefault("undoable", []).extend(records)


def undo(token: Token, run: Run, activity: str | None = None) -> bool:
    """Undo what was completed where the token is; whether it waits for that.

    In an event subprocess that is what was completed in it, and before that on the level around.

    :param activity: only this one, else all
    """
    note = token.internal_data
    if "left" in note:
        # It has waited.
        del note["left"], note["undoing"]
        return False
    left: list[list[Any]] = []
    out, workflow = 0, token.workflow
    while True:
        records = workflow.root.internal_data.pop("undoable", [])
        left = [[out, record] for record in records if activity in (None, record[0])] + left
        if kept := [record for record in records if activity not in (None, record[0])]:
            workflow.root.internal_data["undoable"] = kept
        owner = workflow.owner
        if owner is None or not owner.task_spec.place.event_subprocess:
            break
        out, workflow = out + 1, owner.workflow
    if not left:
        return False
    note["left"] = left
    run.wait(token, started=False)
    _undo_next(token, run)
    return True


def undone(handler: Token, run: Run) -> None:
    """A record is undone: go on with the one that was completed before it, or let the token go on that waits."""
    waiting = run.tree.find(handler.internal_data["undoes"])
    if waiting is None or waiting.internal_data.get("undoing") != handler.id:
        return
    if waiting.internal_data["left"]:
        _undo_next(waiting, run)
    elif waiting.id not in run.tree.subprocesses:
        # Else it goes on when what runs inside it ends.
        run.resume(waiting)


def take_back(token: Token, run: Run) -> None:
    """The token that waits is taken away: what it undoes at this moment goes with it."""
    undoing = token.internal_data.get("undoing")
    handler = None if undoing is None else run.tree.find(undoing)
    if handler is not None:
        run.cancel(handler)


def undo_inside(token: Token, run: Run) -> None:
    """A completed subprocess is opened again: undo what was completed inside, or let its own event subprocess do so."""
    records = token.internal_data.pop("inside")
    branch = run.open_empty(token)
    run.wait(token, started=True)
    if branch.level.undoing is not None:
        branch.root.internal_data["undoable"] = records
        run.put(branch, branch.level.undoing.id)
    else:
        token.internal_data["left"] = [[_INSIDE, record] for record in records]
        _undo_next(token, run)


def _undo_next(token: Token, run: Run) -> None:
    note = token.internal_data
    out, (activity, index, variables, inside) = note["left"].pop()
    level = run.tree.subprocesses[token.id] if out == _INSIDE else token.workflow
    for _ in range(out):
        level = level.owner.workflow
    place = level.level.places[activity]
    handler = run.put(level, place.undone_by or node_name(place))
    note["undoing"] = handler.id
    handler.internal_data["undoes"] = token.id
    if index is not None:
        handler.internal_data["index"] = index
    if variables:
        handler.internal_data["scope"] = run.scopes.open(
            run.instance.level_scope(level), variables, keeps=place.element.multi_instance is not None
        )
    if place.undone_by is None:
        handler.internal_data["inside"] = inside


def begin_cancelling(token: Token, run: Run) -> None:
    """A cancel end event was reached: the transaction does nothing more but undo what was completed in it.

    Nothing but its cancel boundary event is listened to any more, so that the undoing is not interrupted.
    """
    workflow = token.workflow
    whole = workflow.owner.parent if "index" in workflow.owner.internal_data else workflow.owner
    cancel = next(event.id for event in whole.task_spec.place.boundaries if event.trigger.kind == "cancel")
    whole.internal_data["on"] = {cancel: 0}
    workflow.root.internal_data.pop("on", None)
    for id in list(whole._children):
        if id != workflow.owner.id:
            run.cancel(whole.workflow.tasks[id])
    run.cancel_all(workflow, but=token)


def records_of(note: dict[str, Any]) -> dict[str, Any]:
    """What notes on a token say of undoing, for the projection."""
    return {name: note[name] for name in ("undoable", "left", "inside") if name in note}


def check(level: Any, specs: dict[str, LevelSpec]) -> None:
    """See that the definition knows what could be undone on a level.

    :raises KeyError: with the id of an activity that it does not know
    """
    for holder in (level.root, *level.tokens()):
        note = holder.internal_data
        _check(note.get("undoable", []), level.level, specs)
        place = holder.task_spec.place if holder is not level.root else None
        inside = specs[place.inside].level if place is not None and place.inside in specs else None
        if inside is not None:
            _check(note.get("inside", []), inside, specs)
        for out, record in note.get("left", []):
            at = level
            for _ in range(out):
                at = at.owner.workflow
            _check([record], inside if out == _INSIDE and inside is not None else at.level, specs)


def _check(records: list[Record], level: Level, specs: dict[str, LevelSpec]) -> None:
    for activity, _, _, inside in records:
        place = level.places[activity]
        if inside:
            _check(inside, specs[place.inside or ""].level, specs)
