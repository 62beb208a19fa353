"""Activities with a loop marker (BPMN 2.0.2 §13.3.6).

Each round is an instance, one after the other; boundary events belong to the activity as a whole, a timer among
them counts from its begin. ``loopCounter`` is the number of the round, from 1; for the condition it is how many
rounds are done. Unlike those of a multi-instance activity, the results of a round go where those of the activity
itself would go, so that the condition and the next round see them.
"""

from __future__ import annotations

from engine.execution import compensation
from engine.execution.behaviour import Behaviour
from engine.execution.expressions import expression
from engine.execution.library import LevelSpec, Token
from engine.execution.places import Place
from engine.execution.run import Run


class StandardLoop(Behaviour):
    """The activity as a whole; its rounds have a node of their own beside it."""

    def __init__(self, spec: LevelSpec, place: Place) -> None:
        """Add the activity to its level."""
        super().__init__(spec, place)
        rule = place.element.loop
        assert rule is not None
        self._rule = rule
        self._events = {event.id: event for event in place.boundaries}

    def enter(self, token: Token, run: Run) -> bool:
        """Begin the first round, unless the condition is asked before and does not hold."""
        if self._rule.test_before and not self._goes_on(token, run, 0):
            return True
        heard = run.listen(self._events, run.names(run.instance.scope_of(token))) if self._events else {}
        if heard:
            token.internal_data["on"] = heard
        run.wait(token, started=True)
        self._begin(token, run, 0)
        return False

    def _goes_on(self, token: Token, run: Run, done: int) -> bool:
        if self._rule.maximum is not None and done >= self._rule.maximum:
            return False
        if self._rule.condition is None:
            return True
        names = run.names(run.instance.scope_of(token), {"loopCounter": done})
        return run.test(expression(self._rule.condition), names)

    def _begin(self, token: Token, run: Run, index: int) -> None:
        token.internal_data["count"] = index + 1
        run.put_instance(token, index, {"loopCounter": index + 1}, keeps=False)

    def collect(self, instance: Token, run: Run) -> None:
        """A round is done: begin the next one, or go on.

        :raises Failure: when the condition cannot be evaluated
        """
        token = instance.parent
        done = token.internal_data["count"]
        again = self._goes_on(token, run, done)
        run.finish(instance)
        if again:
            self._begin(token, run, done)
        else:
            run.resume(token)

    def leave(self, token: Token, run: Run) -> None:
        """Listen to no boundary event any more."""
        token.internal_data.pop("on", None)
        compensation.remember_all(token)
