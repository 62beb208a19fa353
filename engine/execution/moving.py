"""A running instance taken over into another program, with every token where it is.

`comparison` says whether that may be. Here it is done, on a copy: tokens, the events that they wait for and
the joins that they wait at bear the ids of the new program. What only the new program waits for is waited for
from now on, and tokens at joins are asked anew whether they may go on.
"""

from __future__ import annotations

from typing import Any

import orjson

from engine.execution import library, state
from engine.execution.comparison import Comparison
from engine.execution.errors import Failure
from engine.execution.instance import Instance
from engine.execution.library import Token
from engine.execution.program import Program
from engine.execution.run import Run


def taken_over(instance: Instance, program: Program, comparison: Comparison) -> Instance:
    """A copy of an instance in another program.

    :raises StateError: where that has no place for a token
    """
    prefix, levels, scopes, end = orjson.loads(orjson.dumps(state.body_of(instance)))
    for level, row in zip(instance.tree.levels(), levels, strict=True):
        _rename(row, level.level.process, comparison)
    if end:
        root = instance.program.root.key
        end[0] = comparison.id(root, end[0])
    return state.built(program, [prefix, levels, scopes, end])


def resume(before: Instance, after: Instance, comparison: Comparison, run: Run) -> None:
    """Wait for what is new, and let go on what need not wait any more.

    :raises Failure: where an event that is new cannot be waited for; the copy is to be dropped then
    """
    for old, new in zip(before.tree.levels(), after.tree.levels(), strict=True):
        if old.completed:
            continue
        for token, copy in zip((old.root, *old.tokens()), (new.root, *new.tokens()), strict=True):
            if token is old.root or _waits(token):
                _listen(token, copy, comparison, run)
    for level in list(after.tree.levels()):
        for token in list(level.tokens()):
            if token.task_spec.is_join and token._state == library.WAITING:
                library.arrive(token)


def _waits(token: Token) -> bool:
    return "index" not in token.internal_data and token._state in (library.STARTED, library.WAITING)


def _listen(token: Token, copy: Token, comparison: Comparison, run: Run) -> None:
    events = comparison.new_events(token, copy.workflow.level)
    if not events:
        return
    try:
        heard = run.listen(events, run.names(run.instance.scope_of(copy)))
    except Failure as failure:
        raise Failure(f"{', '.join(events)} cannot be waited for: {failure}") from failure
    copy.internal_data.setdefault("on", {}).update(heard)


def _rename(row: list[Any], process: str, comparison: Comparison) -> None:
    _, _, root_note, _, tokens = row
    for note in (root_note, *(token[3] for token in tokens)):
        if "on" in note:
            note["on"] = {comparison.id(process, event): timer for event, timer in note["on"].items()}
        if "via" in note:
            note["via"] = comparison.node(process, note["via"])
    for token in tokens:
        token[1] = comparison.node(process, token[1])
