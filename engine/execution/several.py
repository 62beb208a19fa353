"""Multi-instance activities (BPMN 2.0.2 §13.3.7).

The activity has a scope, in which the output collection grows, and each instance a scope within it, with
``loopCounter`` (from 1) and the element variable. Results stay in their instance unless they are mapped; the
collection has one item for each instance, at its index, so the order of completion does not matter.
"""

from __future__ import annotations

from typing import Any

from engine.execution import compensation
from engine.execution.behaviour import Behaviour
from engine.execution.errors import Failure
from engine.execution.expressions import expression, shown, to_json
from engine.execution.library import LevelSpec, Token
from engine.execution.places import Place
from engine.execution.run import Run

#: The most instances that one activity may have.
MAX_INSTANCES = 1_000


class MultiInstance(Behaviour):
    """The activity as a whole; its instances have a node of their own beside it."""

    def __init__(self, spec: LevelSpec, place: Place) -> None:
        """Add the activity to its level."""
        super().__init__(spec, place)
        rule = place.element.multi_instance
        assert rule is not None
        self._rule = rule
        self._events = {event.id: event for event in place.boundaries}
        #: Variable that collects the results.
        self._output = rule.output_collection or place.id

    def enter(self, token: Token, run: Run) -> bool:
        """Count the instances and start all of them, or the first; with none the token leaves at once."""
        names = run.names(run.instance.scope_of(token))
        items, count = self._count(run, names)
        note = token.internal_data
        heard = run.listen(self._events, names) if self._events else {}
        around = run.instance.scope_of(token)
        if "scope" in note:
            # What it undoes had variables of its own: they stay around those of its instances.
            note["inner"] = note["scope"]
        note["scope"] = run.scopes.open(around, {self._output: [None] * count}, keeps=False)
        note |= {"count": count, "done": 0, "next": 0}
        if not count:
            return True
        if heard:
            note["on"] = heard
        if items is not None:
            note["items"] = items
        run.wait(token, started=True)
        for _ in range(1 if self._rule.sequential else count):
            self._start_next(token, run)
        return False

    def _count(self, run: Run, names: Any) -> tuple[list[Any] | None, int]:
        if self._rule.collection is not None:
            items = run.value(self._rule.collection, names)
            if not isinstance(items, list):
                raise Failure(f"the collection {self._rule.collection} gives {shown(items)}, no list")
            count = len(items)
        else:
            items = None
            count = run.value(self._rule.cardinality or "null", names)
            if type(count) is not int or count < 0:
                raise Failure(f"the cardinality {self._rule.cardinality} gives {shown(count)}, no whole number from 0")
        if count > MAX_INSTANCES:
            raise Failure(f"{count} instances are more than {MAX_INSTANCES}")
        return items, count

    def _start_next(self, token: Token, run: Run) -> None:
        note = token.internal_data
        index = note["next"]
        variables: dict[str, Any] = {"loopCounter": index + 1}
        if "items" in note and self._rule.element_variable:
            variables[self._rule.element_variable] = note["items"][index]
        note["next"] = index + 1
        if note["next"] == note["count"]:
            note.pop("items", None)
        run.put_instance(token, index, variables, keeps=True)

    def collect(self, instance: Token, run: Run) -> None:
        """An instance is done: keep its result, and go on unless more are to come.

        :raises Failure: when its result or the completion condition cannot be evaluated
        """
        token, rule = instance.parent, self._rule
        note, scope = token.internal_data, instance.internal_data["scope"]
        if rule.output_element is None:
            result: Any = to_json(run.scopes.made(scope))
        else:
            result = run.value(rule.output_element, run.names(scope))
        results = list(run.scopes.variables(note["scope"])[self._output])
        results[instance.internal_data["index"]] = result
        done = note["done"] + 1
        enough = False
        if rule.completion_condition is not None:
            counts = {
                "numberOfInstances": note["count"],
                "numberOfCompletedInstances": done,
                "numberOfActiveInstances": note["next"] - done,
                "numberOfTerminatedInstances": 0,
                self._output: results,
            }
            enough = run.test(expression(rule.completion_condition), run.names(scope, counts))
        run.scopes.put(note["scope"], self._output, results)
        note["done"] = done
        run.finish(instance)
        if enough:
            for id in list(token._children):
                run.cancel(token.workflow.tasks[id])
        if enough or done == note["count"]:
            run.resume(token)
        elif rule.sequential:
            self._start_next(token, run)

    def leave(self, token: Token, run: Run) -> None:
        """Hand the collection over to the scope around the activity."""
        note = token.internal_data
        results = run.scopes.variables(note["scope"])[self._output]
        run.scopes.assign(run.instance.level_scope(token.workflow), {self._output: results})
        run.scopes.close(note.pop("scope"))
        note.pop("on", None)
        compensation.remember_all(token)
