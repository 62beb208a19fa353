"""Going back: tokens as they were before a task was completed, with the data as it is now.

Where nothing but the steps from that task to the present one has happened, the tokens that waited beside it still wait,
and stay as they are; the task itself is entered anew, so that its inputs, its group, its due date and its timers are
those of now; what came of it is taken away. The library knows no way back, and none is asked of it.
"""

from __future__ import annotations

from engine.errors import NotOffered
from engine.execution.instance import Instance
from engine.execution.library import Token
from engine.execution.model import Step
from engine.execution.run import Run


def go_back(now: Instance, before: Instance, done: int, leaving: int | None, step: Step) -> tuple[Run, Token]:
    """Put an instance back to where it was before a task was completed. The step, and the task's new token.

    :param before: the instance as it was then; its tokens become those of `now`.
    :param done: id of the task's token then.
    :param leaving: id of the token now that goes back; None where nothing that followed has begun.
    :raises NotOffered: where something beside them has moved since; nothing has changed then.
    """
    task = before.open_token(done, frozenset(["person"]))
    assert task is not None
    around = list(now.around(task))
    _check(now, before, task, around, leaving)
    live = {token.id: token for token in now.tokens()}
    live |= {level.root.id: level.root for level in now.tree.levels()}
    for level in before.tree.levels():
        for token in (*level.tokens(), level.root):
            if token.id in live:
                _keep(token, live[token.id], whole=token is not level.root and token not in around)
    before.scopes.overlay(now.scopes)
    now.tree, now.scopes, now.end = before.tree, before.scopes, before.end
    run = Run(now, step)
    return run, run.again(task)


def _keep(token: Token, now: Token, *, whole: bool) -> None:
    """What is noted with a token that is still there: timers and due dates may have been computed anew since.

    :param whole: whether all of it is kept; else what is counted of instances, and what listens, is as it was.
    """
    heard, note = token.internal_data.get("on", {}), now.internal_data
    if whole:
        token.internal_data = note
    if heard:
        token.internal_data["on"] = {event: note.get("on", {}).get(event, timer) for event, timer in heard.items()}


def _check(now: Instance, before: Instance, task: Token, around: list[Token], leaving: int | None) -> None:
    live = {token.id: token for token in now.tokens()}
    for token in before.tokens():
        # What waited at a join has gone on with the task itself, and waits there again.
        joined = getattr(token.task_spec, "is_join", False)
        if token.id not in live and token is not task and token not in around and not joined:
            raise NotOffered(f"What waited beside it is no longer there: {_name(token)}.")
    holders = live | {level.root.id: level.root for level in now.tree.levels()}
    for level in before.tree.levels():
        for holder in (*level.tokens(), level.root):
            heard = holders[holder.id].internal_data.get("on", {}) if holder.id in holders else None
            for event, held in holder.internal_data.get("on", {}).items():
                place = before.event_place(holder, event)
                # The data stays, so the condition would not come to hold once more.
                if heard is not None and place.trigger.condition is not None and not held and heard.get(event) != held:
                    raise NotOffered(f"A condition has come to hold since: {place.element.name or place.id}.")
    kept = {token.id for token in before.tokens()}
    left = now.tree.find(leaving) if leaving is not None else None
    for token in live.values():
        if token.id not in kept and token is not left and token.task_spec.work == "outside":
            raise NotOffered(f"Work that others do has begun since: {_name(token)}.")


def _name(token: Token) -> str:
    element = token.task_spec.place.element
    return str(element.name or element.id)
