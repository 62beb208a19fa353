"""One running case: commands in, outcome and new state out; views of where it is."""

from __future__ import annotations

import datetime as python
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from engine.errors import Invalid, NotOffered, TaskAlreadyCompleted
from engine.execution import clock, library, moving, state
from engine.execution.ahead import Ahead, ahead
from engine.execution.back import go_back
from engine.execution.comparison import Comparison, Obstacle, Renaming
from engine.execution.errors import Failure
from engine.execution.expressions import to_json
from engine.execution.ids import case_prefix, local, public
from engine.execution.instance import Instance
from engine.execution.library import Token, Tree
from engine.execution.model import Incident, Job, Milestone, OpenTask, Outcome, Rest, Step, Subscription, Timer, Wait
from engine.execution.program import Program
from engine.execution.run import Listener, Run, timer_note
from engine.execution.scopes import Scopes
from engine.execution.view import View

#: Tells by its text whether an expression is meant.
Concerns = Callable[[str], bool]

_PERSON = frozenset(["person"])
_OUTSIDE = frozenset(["outside"])


class Execution:
    """One instance of a program.

    A command checks first and changes nothing when it refuses. Then tokens move until all of them wait, and
    it says what happened. An error in the definition that shows while a token moves is an incident, kept
    with the token. Any other exception leaves the instance in no defined state: drop it, and restore the
    stored one.
    """

    def __init__(self, instance: Instance, outcome: Outcome | None = None) -> None:
        """Use `start` or `restore`."""
        self._instance = instance
        # What there is to see, and what there was before the last step; the first is None while it is not looked at.
        self._view: View | None = None
        self._before: View | None = None
        #: What happened while the instance started; empty after `restore`.
        self.started: Outcome = outcome or Outcome()

    @classmethod
    def start(cls, program: Program, variables: Mapping[str, Any], step: Step) -> Execution:
        """Begin an instance and run it to its first wait."""
        scopes = Scopes()
        scopes.open(None, to_json(dict(variables)), keeps=True)
        tree = Tree(program.spec(), program.specs)
        instance = Instance(program, case_prefix(step.case), tree, scopes)
        run = Run(instance, step)
        run.plant()
        run.go()
        return cls(instance, run.outcome())

    @classmethod
    def restore(cls, program: Program, state_: bytes) -> Execution:
        """The instance from `dump`.

        :raises StateError: when the bytes are damaged, or belong to another definition
        """
        return cls(state.restore(program, state_))

    def dump(self) -> bytes:
        """The instance as bytes."""
        return state.dump(self._instance)

    # Commands ------------------------------------------------------------------------------------------------

    def complete(self, task_id: str, data: Mapping[str, Any], step: Step) -> Outcome:
        """Complete an open task.

        :raises TaskAlreadyCompleted: when it is not open
        """
        token = self._open(task_id, _PERSON)
        return self._resume(token, data, step)

    def message(self, name: str, payload: Mapping[str, Any], step: Step, correlation: Any = None) -> Outcome:
        """Deliver a message to the one that waits for it: the innermost, among those the oldest.

        :param correlation: passes over those that wait for another correlation key
        :raises NotOffered: when nobody waits for it
        """
        if self._instance.addressee(name, correlation, step) is None:
            raise NotOffered(f"nothing waits for the message {name}")
        run = self._run(step)
        run.deliver(name, to_json(dict(payload)), correlation)
        run.go()
        return run.outcome()

    def signal(self, name: str, payload: Mapping[str, Any], step: Step) -> Outcome:
        """Let all that wait for a signal catch it.

        :raises NotOffered: when nobody waits for it
        """
        if all(one.name != name or one.kind != "signal" for one in self.subscriptions(step)):
            raise NotOffered(f"nothing waits for the signal {name}")
        run = self._run(step)
        run.catch(name, to_json(dict(payload)))
        run.go()
        return run.outcome()

    def fire_next(self, step: Step) -> Outcome | None:
        """Fire the earliest timer, if it is due; None if none is."""
        timers = self._look().timers
        if not timers or timers[0][1].due > step.now:
            return None
        listener, timer = timers[0]
        run = self._run(step)
        run.fire(listener.holder, listener.event)
        run.go()
        return run.outcome(timer)

    def complete_job(self, job_id: str, result: Mapping[str, Any], step: Step) -> Outcome:
        """Take the result of work done outside.

        :raises TaskAlreadyCompleted: when the job is not open
        """
        return self._resume(self._open(job_id, _OUTSIDE), result, step)

    def fail_job(self, job_id: str, cause: Any, step: Step) -> Outcome:
        """Give up work done outside: its token becomes an incident.

        :param cause: a text, which may be sealed
        :raises TaskAlreadyCompleted: when the job is not open
        """
        token = self._open(job_id, _OUTSIDE)
        self._forget()
        token.internal_data["incident"] = cause
        return Outcome()

    def throw_error(self, job_id: str, code: str, data: Mapping[str, Any], cause: Any, step: Step) -> Outcome:
        """Let work done outside end in a BPMN error (BPMN 2.0.2 §10.5.6): the innermost that catches it does.

        :param data: what it carries to the one that catches it
        :param cause: why it is an incident where nothing catches it
        :raises TaskAlreadyCompleted: when the job is not open
        """
        token = self._open(job_id, _OUTSIDE)
        run = self._run(step)
        if not run.throw_from(token, "error", code, to_json(dict(data))):
            return self.fail_job(job_id, cause, step)
        run.go()
        return run.outcome()

    def retry(self, step: Step, element: str | None = None) -> Outcome:
        """Try incidents again, each from its place.

        :param element: only those at this element
        """
        run = self._run(step)
        for token in list(self._instance.tokens()):
            note = token.internal_data
            if "incident" in note and element in (None, token.task_spec.place.id):
                del note["incident"]
                if token._state == library.READY:
                    library.arrive(token)
        run.go()
        return run.outcome()

    def go_back(self, before: Execution, done: str, leaving: str | None, step: Step) -> tuple[Outcome, str]:
        """Go back to before a task was completed; the data stays as it is. What happened, and the task's new id.

        :param before: the case as it was then; it is used up
        :param done: id of the task, which was open then
        :param leaving: id of the open task that goes back
        :raises NotOffered: when something beside them has moved since, or a condition that holds now would take the
            task away at once; the instance is then to be dropped
        """
        past, prefix = before._instance, self._instance.prefix
        ids = [None if id is None else local(prefix, id) for id in (done, leaving)]
        live = {token.id for level in self._instance.tree.levels() for token in (*level.tokens(), level.root)}
        assert ids[0] is not None
        # Nothing of what there was to see is as it was.
        self._view = self._before = None
        run, task = go_back(self._instance, past, ids[0], ids[1], step)
        run.go()
        changes = self._recomputed(run, lambda expression: True, live)
        self._view = None
        _rewrite(changes)
        if self._instance.open_token(task.id, _PERSON) is None:
            raise NotOffered("What is known of the case by now leads on from there at once.")
        return run.outcome(), public(prefix, task.id)

    def recompute_timers(self, step: Step, concerns: Concerns = lambda expression: True) -> Outcome:
        """Evaluate waiting timers and the due dates of open tasks anew.

        Each counts from the instant at which it began, with the facts of now; a cycle keeps its count.

        :param concerns: tells by its text whether an expression is evaluated; what is no expression never moves

        :raises Invalid: when one of them cannot be evaluated any more; nothing has changed then
        """
        run = Run(self._instance, step)
        changes = self._recomputed(run, concerns)
        self._forget()
        _rewrite(changes)
        return run.outcome()

    def tell_of_limit(self, change: str, names: Mapping[str, Any], step: Step) -> Outcome:
        """Give the notice that the root process names for a change of the case's limit, if it names one.

        :param change: one of `LIMIT_CHANGES`, which has taken effect
        :param names: what the notice may read besides
        :raises Invalid: when it cannot be made
        """
        run = Run(self._instance, step)
        try:
            run.give(run.limit_notice(change, names))
        except Failure as failure:
            raise Invalid(f"the notice to the applicant cannot be made: {failure}") from failure
        return run.outcome()

    def would_move(self, step: Step, concerns: Concerns) -> bool:
        """Whether `recompute_timers` would change anything.

        :raises Invalid: as there
        """
        changes = self._recomputed(Run(self._instance, step), concerns)
        return any(holder[key] != value for holder, key, value in changes)

    def _recomputed(
        self, run: Run, concerns: Concerns, but: Collection[int] = ()
    ) -> list[tuple[dict[str, Any], str, Any]]:
        """What timers and due dates are now: what holds each, under which key, and its value.

        :param but: ids of tokens whose timers and due dates are left alone
        """
        changes: list[tuple[dict[str, Any], str, Any]] = []
        at = ""
        try:
            for listener in self._look().listeners:
                rule = listener.place.trigger.timer
                if listener.holder.id in but:
                    continue
                if listener.timer and rule is not None and rule.expression and concerns(rule.expression.text):
                    at = listener.event
                    changes.append((listener.holder.internal_data["on"], at, self._again(listener, run)))
            for token in self._tokens_at_work():
                if token.id in but:
                    continue
                at = token.task_spec.place.id
                due = token.task_spec.place.element.due
                if due is not None and due.expression and concerns(due.text):
                    names = run.names(self._instance.scope_of(token))
                    begin = clock.read(token.internal_data["task"]["at"])
                    changes.append((token.internal_data["task"], "due", token.task_spec.due(run, names, begin)))
        except Failure as failure:
            raise Invalid(f"the time of {at} cannot be computed: {failure}") from failure
        return changes

    # Another program -----------------------------------------------------------------------------------------

    def obstacles(self, program: Program, renamed: Renaming, entered: Counter[tuple[str, str]]) -> list[Obstacle]:
        """Why this instance cannot go on in another program: see `comparison`. Empty where it can.

        :param renamed: ids of elements that are others there, by process.
        :param entered: how often it entered each element, by process and id.
        """
        return Comparison(self._instance.program, program, renamed).obstacles(self._instance, entered)

    def moved(self, program: Program, renamed: Renaming, step: Step) -> Execution:
        """A copy of this instance that goes on in another program; what happened at once is in `started`.

        Timers and due dates are evaluated anew. Whether it may go there is for `obstacles` to say.

        :raises Invalid: where a timer or an event that is new cannot be computed
        :raises StateError: where the program has no place for a token
        """
        before, comparison = self._instance, Comparison(self._instance.program, program, renamed)
        after = moving.taken_over(before, program, comparison)
        moved = Execution(after)
        moved.recompute_timers(step)
        run = moved._run(step)
        try:
            moving.resume(before, after, comparison, run)
        except Failure as failure:
            raise Invalid(str(failure)) from failure
        run.go()
        moved.started = run.outcome()
        return moved

    # Views ---------------------------------------------------------------------------------------------------

    @property
    def tasks(self) -> list[OpenTask]:
        """The open tasks, level by level, oldest first."""
        return list(self._look().tasks)

    @property
    def timers(self) -> list[Timer]:
        """The timers that wait, the earliest first."""
        return [timer for _, timer in self._look().timers]

    @property
    def jobs(self) -> list[Job]:
        """Work that waits to be done outside."""
        return list(self._look().jobs)

    @property
    def failed_jobs(self) -> list[Job]:
        """Work outside that was given up, and waits to be tried again."""
        return list(self._look().failed_jobs)

    @property
    def incidents(self) -> list[Incident]:
        """The tokens that cannot go on by themselves."""
        return list(self._look().incidents)

    @property
    def wake_at(self) -> python.datetime | None:
        """When the earliest timer is due."""
        timers = self._look().timers
        return timers[0][1].due if timers else None

    def waits_for(self) -> frozenset[str]:
        """Names of the messages that can be delivered now."""
        triggers = (listener.place.trigger for listener in self._look().listeners)
        return frozenset(trigger.name for trigger in triggers if trigger.kind == "message" and trigger.name is not None)

    def waits(self) -> list[Wait]:
        """The same with what takes each of them; of several that wait for one name, the first."""
        listeners = self._look().listeners
        ends: dict[str, python.datetime] = {}
        for listener in listeners:
            if listener.due is not None and listener.place.interrupting:
                at = str(listener.holder.id)
                ends[at] = min(ends.get(at, listener.due), listener.due)
        found: dict[str, Wait] = {}
        for listener in listeners:
            trigger = listener.place.trigger
            if trigger.kind == "message" and trigger.name is not None:
                until = ends.get(str(listener.holder.id))
                data = self._instance.scopes.visible(self._instance.scope_of(listener.holder))
                wait = Wait(name=trigger.name, element=listener.place.element, until=until, data=data)
                found.setdefault(trigger.name, wait)
        return list(found.values())

    def rests(self) -> list[Rest]:
        """Where the case waits for something else than people's work, and that has not failed; each element once."""
        view = self._look()
        found: dict[str, Rest] = {}
        for token, _ in view.tokens:
            place, note = token.task_spec.place, token.internal_data
            waits = "on" in note or token.task_spec.work == "outside"
            if not waits or place.inside is not None or token.task_spec.work == "person" or "incident" in note:
                continue
            heard = [one for one in view.listeners if one.holder is token]
            ends = [one.due for one in heard if one.due is not None and one.place.interrupting]
            names = [one.place.trigger.name for one in heard if one.place.trigger.kind == "message"]
            rest = Rest(element=place.element, messages=tuple(filter(None, names)), until=min(ends) if ends else None)
            found.setdefault(place.id, rest)
        return list(found.values())

    def subscriptions(self, step: Step) -> list[Subscription]:
        """What can reach this case without its number now. Changes nothing."""
        found = []
        # Many that wait have one key: what the case is called.
        keys: dict[tuple[str, int], str | None] = {}
        for listener in self._look().listeners if self._instance.program.subscribes else ():
            trigger, key = listener.place.trigger, None
            if trigger.kind == "message" and trigger.correlation is not None:
                asked = (trigger.correlation.text, self._instance.scope_of(listener.holder))
                if asked not in keys:
                    keys[asked] = self._instance.correlation(listener, step)
                key = keys[asked]
            if trigger.name is not None and (trigger.kind == "signal" or key is not None):
                id = f"{public(self._instance.prefix, listener.holder.id)}:{listener.event}"
                found.append(Subscription(id=id, kind=trigger.kind, name=trigger.name, key=key))
        return found

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the root process."""
        return dict(self._instance.scopes.variables(Scopes.ROOT))

    def task_data(self, task_id: str) -> dict[str, Any]:
        """The variables that the person of an open task sees; inner ones hide outer ones.

        :raises TaskAlreadyCompleted: when the task is not open
        """
        token = self._open(task_id, _PERSON)
        return self._instance.scopes.visible(self._instance.scope_of(token))

    def ahead(self, task_id: str, choices: Mapping[str, Sequence[Any]], step: Step) -> list[Ahead]:
        """What comes when an open task is completed, as far as the data and single answers tell. Changes nothing.

        :param choices: the keys of all that its form asks for, with the values of which one is given, where these are
            known
        :raises TaskAlreadyCompleted: when the task is not open
        """
        return ahead(self._instance, self._open(task_id, _PERSON).id, choices, step)

    def job_data(self, job_id: str) -> dict[str, Any]:
        """The variables that whoever does a job outside is given: its inputs where it has any, else all in sight.

        :raises TaskAlreadyCompleted: when the job is not open
        """
        token = self._open(job_id, _OUTSIDE)
        visible = self._instance.scopes.visible(self._instance.scope_of(token))
        inputs = {mapping.target.partition(".")[0] for mapping in token.task_spec.place.element.inputs}
        return {name: visible[name] for name in visible if not inputs or name in inputs}

    @property
    def ended(self) -> bool:
        """Whether the root process has ended."""
        return bool(self._instance.tree.completed)

    @property
    def end(self) -> Milestone | None:
        """The last end event of the root process that was passed, also in an event subprocess of it."""
        if self._instance.end is None:
            return None
        id, properties = self._instance.end
        return Milestone(element=self._instance.program.element(id), properties=properties)

    def projection(self) -> dict[str, Any]:
        """Our own view of the state (see `projection`), for digests and for replay. Not to be changed."""
        return self._look().projection

    # ---------------------------------------------------------------------------------------------------------

    def _look(self) -> View:
        if self._view is None:
            self._view, self._before = View(self._instance, self._before), None
        return self._view

    def _forget(self) -> None:
        """Something is about to change."""
        if self._view is not None:
            self._view, self._before = None, self._view

    def _run(self, step: Step) -> Run:
        self._forget()
        return Run(self._instance, step)

    def _open(self, id: str, kinds: frozenset[str]) -> Token:
        found = local(self._instance.prefix, id)
        token = None if found is None else self._instance.open_token(found, kinds)
        if token is None:
            raise TaskAlreadyCompleted
        return token

    def _resume(self, token: Token, data: Mapping[str, Any], step: Step) -> Outcome:
        run = self._run(step)
        token.internal_data["data"] = to_json(dict(data))
        run.resume(token)
        run.go()
        return run.outcome()

    def _tokens_at_work(self) -> list[Token]:
        """The tokens of the open tasks."""
        return [
            token
            for token in self._instance.tokens()
            if token._state == library.STARTED
            and token.task_spec.work == "person"
            and "incident" not in token.internal_data
        ]

    def _again(self, listener: Listener, run: Run) -> list[int | None] | None:
        assert listener.timer is not None
        rule = listener.place.trigger.timer
        assert rule is not None
        begin = clock.read(listener.timer[1] or 0)
        names = run.names(self._instance.scope_of(listener.holder))
        schedule = clock.schedule(rule, begin, run.step, lambda what: run.evaluate(what, names, begin))
        index = listener.timer[2] or 0 if len(listener.timer) > 2 else 0
        return timer_note(schedule, begin, index, run.zone)


def _rewrite(changes: list[tuple[dict[str, Any], str, Any]]) -> None:
    """Put computed timers and due dates in place; a timer without a next firing waits no more."""
    for holder, key, value in changes:
        if value is None and key != "due":
            del holder[key]
        else:
            holder[key] = value
