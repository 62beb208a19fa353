"""Activities that one token passes once: tasks, subprocesses and called processes (BPMN 2.0.2 §13.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.execution import clock, compensation, decisions
from engine.execution.behaviour import Behaviour
from engine.execution.errors import Failure
from engine.execution.expressions import Names, expression, shown
from engine.execution.library import LevelSpec, Token
from engine.execution.places import Flow, Place
from engine.execution.run import Run

#: How deep subprocesses and called processes may lie within each other.
MAX_DEPTH = 100


class Activity(Behaviour):
    """An activity with its mappings and boundary events; by itself an abstract task, which is passed at once."""

    def __init__(self, spec: LevelSpec, place: Place, name: str | None = None) -> None:
        """Add the activity to its level.

        :param name: of the instances of a multi-instance activity and the rounds of a loop, which the boundary
            events are not attached to
        """
        super().__init__(spec, place, name)
        self.is_instance = name is not None
        self._keeps_results = self.is_instance and place.element.multi_instance is not None
        self._events = {} if self.is_instance else {event.id: event for event in place.boundaries}

    def enter(self, token: Token, run: Run) -> bool:
        """Map the inputs, compute the timers, prepare the work, then begin it."""
        scope = run.instance.scope_of(token)
        given = run.mapped(self.place.element.inputs, scope)
        names = run.names(scope, given)
        heard = run.listen(self._events, names) if self._events else {}
        prepared = self.prepare(token, run, names)
        self.keep(token, run, given)
        if heard:
            token.internal_data["on"] = heard
        token.internal_data.update(prepared)
        return self.begin(token, run)

    def prepare(self, token: Token, run: Run, names: Names) -> dict[str, Any]:
        """Evaluate what the work needs: what is to be noted with the token.

        :raises Failure: when that cannot be evaluated
        """
        return {}

    def keep(self, token: Token, run: Run, given: Mapping[str, Any]) -> None:
        """Keep the inputs in a scope of the token's own."""
        note = token.internal_data
        if "scope" in note:
            run.scopes.give(note["scope"], given)
        elif given:
            note["scope"] = run.scopes.open(run.instance.level_scope(token.workflow), given, keeps=False)

    def begin(self, token: Token, run: Run) -> bool:
        """Begin the work; whether it is done at once."""
        return True

    def leave(self, token: Token, run: Run) -> None:
        """Write the results, or what the output mappings make of them.

        Mapped results go to the scope around the activity, others to where results are kept: in an instance
        of a multi-instance activity that is the instance itself.
        """
        note = token.internal_data
        data = note.get("data", {})
        around = run.instance.level_scope(token.workflow)
        if self.place.element.outputs:
            results = run.mapped(self.place.element.outputs, self.inner_scope(token, run), data)
            run.scopes.assign(around, results)
        else:
            run.scopes.assign(run.instance.scope_of(token) if self._keeps_results else around, self.results(token, run))
        note.pop("data", None)
        note.pop("on", None)
        compensation.remember(token, run)

    def inner_scope(self, token: Token, run: Run) -> int:
        """The scope that output mappings are evaluated in."""
        return run.instance.scope_of(token)

    def results(self, token: Token, run: Run) -> Mapping[str, Any]:
        """The results where there are no output mappings."""
        data: Mapping[str, Any] = token.internal_data.get("data", {})
        return data

    def route(self, token: Token, run: Run) -> None:
        """Give the notice, and go on, or tell the activity as a whole that this instance or round is done."""
        notice = run.notice_of(token)
        if self.is_instance:
            token.parent.task_spec.collect(token, run)
        else:
            super().route(token, run)
        run.give(notice)


class PersonTask(Activity):
    """A user or manual task: waits for a person."""

    work = "person"

    def prepare(self, token: Token, run: Run, names: Names) -> dict[str, Any]:
        """Who may do it, by when, and how pressing it is."""
        element, now = self.place.element, run.step.now
        groups: list[str] = []
        for group in element.groups:
            found = self._value(group, run, names)
            several = found if isinstance(found, list) else [found]
            if not all(isinstance(one, str) and one for one in several):
                raise Failure(f"the group {group.text} gives {shown(found)}, no group's name")
            groups += several
        assignee = self._value(element.assignee, run, names)
        if assignee is not None and not (isinstance(assignee, str) and assignee):
            raise Failure(f"the assignee {_text(element.assignee)} gives {shown(assignee)}, no person's name")
        priority = self._value(element.priority, run, names)
        if priority is not None:
            try:
                if isinstance(priority, bool):
                    raise TypeError(priority)
                priority = int(priority)
            except (TypeError, ValueError, OverflowError) as error:
                text = _text(element.priority)
                raise Failure(f"the priority {text} gives {shown(priority)}, no number") from error
        work = {"at": clock.write(now), "groups": groups, "assignee": assignee, "priority": priority}
        return {"task": work | {"due": self.due(run, names, now)}}

    def due(self, run: Run, names: Names, begin: Any) -> int | None:
        """The instant by which it should be done, as it is stored.

        :param begin: the instant at which the task began
        :raises Failure: when that cannot be evaluated
        """
        due = self.place.element.due
        if due is None:
            return None
        value: Any = due.text
        if due.expression:
            value = clock.counted(run.evaluate(expression(due.text), names, begin), run.step)
        if value is None:
            return None
        try:
            found = clock.instant(value, begin, run.zone)
        except (ValueError, OverflowError):
            found = None
        if found is None:
            raise Failure(f"the due date {due.text} gives {shown(value)}, neither an instant nor a duration")
        return clock.write(found)

    def _value(self, value: Any, run: Run, names: Names) -> Any:
        if value is None:
            return None
        return run.value(value.text, names) if value.expression else value.text

    def begin(self, token: Token, run: Run) -> bool:
        """Wait for the person."""
        return run.wait(token, started=True)


class OutsideTask(Activity):
    """Work that is done outside, under a topic."""

    work = "outside"

    def begin(self, token: Token, run: Run) -> bool:
        """Wait for the work to be done."""
        return run.wait(token, started=True)

    def results(self, token: Token, run: Run) -> Mapping[str, Any]:
        """What came back: each by itself, or all of it under the result variable."""
        data, variable = super().results(token, run), self.place.element.result_variable
        return {variable: dict(data)} if variable else data


class ScriptTask(Activity):
    """One expression, whose value goes to the result variable."""

    def prepare(self, token: Token, run: Run, names: Names) -> dict[str, Any]:
        """Evaluate the expression."""
        value = run.value(self.place.element.script or "null", names)
        return {"data": named_result(self.place.element.result_variable, value)}


class RuleTask(Activity):
    """Evaluates a decision, whose result goes to the result variable."""

    def prepare(self, token: Token, run: Run, names: Names) -> dict[str, Any]:
        """Evaluate the decision."""
        element = self.place.element
        process = run.instance.program.processes[element.process]
        ruling = decisions.decide(process, element, names, run.step)
        run.ruled(ruling)
        return {"data": named_result(element.result_variable, ruling.result)}


class ReceiveTask(Activity):
    """Waits for its message."""

    def __init__(self, spec: LevelSpec, place: Place, name: str | None = None) -> None:
        """Add the task to its level; its own message is one of the events that it waits for."""
        super().__init__(spec, place, name)
        self._events[place.id] = place

    def enter(self, token: Token, run: Run) -> bool:
        """Wait, unless an event-based gateway has received the message already."""
        return bool(token.internal_data.get("fired")) or super().enter(token, run)

    def begin(self, token: Token, run: Run) -> bool:
        """Wait for the message."""
        return run.wait(token, started=False)


class Subprocess(Activity):
    """An embedded subprocess, a transaction, or an event subprocess that was triggered."""

    def prepare(self, token: Token, run: Run, names: Names) -> dict[str, Any]:
        """See that processes do not call each other without end."""
        if token.workflow.depth >= MAX_DEPTH:
            raise Failure(f"processes call each other more than {MAX_DEPTH} deep")
        return {}

    def begin(self, token: Token, run: Run) -> bool:
        """Start what runs inside. What an event carried goes to its start event."""
        run.wait(token, started=True)
        run.open(token, token.internal_data.pop("data", None))
        return False


class Undoing(Behaviour):
    """A completed subprocess that is opened again to be undone: a node beside its own."""

    def __init__(self, spec: LevelSpec, place: Place) -> None:
        """Add the node to the subprocess's level."""
        super().__init__(spec, place, compensation.node_name(place))

    def enter(self, token: Token, run: Run) -> bool:
        """Open it with what was completed inside, and undo that."""
        compensation.undo_inside(token, run)
        return False

    def choose(self, token: Token, run: Run) -> tuple[Flow, ...]:
        """None: what follows it was passed before."""
        return ()


class CallActivity(Subprocess):
    """Runs another process in a scope of its own (BPMN 2.0.2 §13.3.4)."""

    def keep(self, token: Token, run: Run, given: Mapping[str, Any]) -> None:
        """Give the called process its inputs, and the view of the caller's variables if it has one."""
        scope = run.instance.scope_of(token)
        parent = scope if self.place.element.propagate_all_parent else None
        token.internal_data["inner"] = run.scopes.open(parent, given, keeps=True)

    def inner_scope(self, token: Token, run: Run) -> int:
        """The called process's scope."""
        return int(token.internal_data["inner"])

    def results(self, token: Token, run: Run) -> Mapping[str, Any]:
        """All variables of the called process, where the caller takes them."""
        if not self.place.element.propagate_all_child:
            return {}
        return run.scopes.variables(self.inner_scope(token, run))


def named_result(variable: str | None, value: Any) -> dict[str, Any]:
    """A result under its variable; without one, a context's entries become variables themselves."""
    if variable:
        return {variable: value}
    return dict(value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value.text if value is not None else ""
