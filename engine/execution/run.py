"""One step under way: tokens are put, moved and taken away; what fails leaves its token in place.

A token passes its place in three stages. It *enters* (inputs are mapped, timers computed, work prepared),
it *leaves* (results are written where they belong), and it is *routed* (conditions choose the flows). Each
stage evaluates everything first and changes something only then, so one that fails can be tried again, and
is tried again alone. READY tokens wait on an agenda and pass in the order of their arrival.
"""

from __future__ import annotations

import datetime as python
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.definitions.model import Element, IoMapping
from engine.execution import clock, compensation, expressions, library
from engine.execution.errors import Failure
from engine.execution.expressions import Expression, Names, expression
from engine.execution.ids import IdSource
from engine.execution.library import Token
from engine.execution.model import Milestone, Notice, Outcome, Ruling, Step, Timer
from engine.execution.places import Flow, Place
from engine.execution.scopes import Scopes
from engine.history.canonical import canonical
from engine.notices.filling import fill
from engine.notices.template import Place as Blank

if TYPE_CHECKING:
    from engine.execution.behaviour import Behaviour
    from engine.execution.instance import Instance

#: How many elements tokens may pass in one step; a loop without a wait ends here.
MAX_PASSED = 20_000

#: Bytes of what fills the places of one notice, as canonical JSON.
MAX_NOTICE = 256 * 1024


class Listener(NamedTuple):
    """An event that something in the case waits for."""

    #: The token that waits, or the root of the level whose event subprocess waits.
    holder: Token
    #: Id of the catch, boundary or start event, or of the receive task.
    event: str
    #: The place with the trigger.
    place: Place
    #: Of a timer: see `TimerNote`.
    timer: list[int | None] | None

    @property
    def due(self) -> python.datetime | None:
        """When the timer fires."""
        return clock.read(self.timer[0]) if self.timer and self.timer[0] is not None else None


def timer_note(schedule: clock.Schedule, begin: python.datetime, index: int, zone: Any) -> list[int | None] | None:
    """A waiting timer as it is kept with its token: next due, begin, firings so far, first due and the cycle.

    None when it never fires again.
    """
    due = schedule.nth(index, zone)
    if due is None:
        return None
    note: list[int | None] = [clock.write(due), clock.write(begin)]
    if schedule.every is not None:
        every = schedule.every
        exact = every.exact // python.timedelta(microseconds=1)
        note += [index, clock.write(schedule.first), schedule.rounds, every.months, every.days, exact]
    return note


def next_round(note: Sequence[int | None], zone: Any) -> list[int | None] | None:
    """The note of a timer after it has fired, None when that was the last time."""
    if len(note) == 2:
        return None
    _, begin, index, first, rounds, months, days, exact = note
    every = clock.Duration(months or 0, days or 0, python.timedelta(microseconds=exact or 0))
    schedule = clock.Schedule(first=clock.read(first or 0), every=every, rounds=rounds)
    return timer_note(schedule, clock.read(begin or 0), (index or 0) + 1, zone)


class Run:
    """One step on one instance."""

    def __init__(self, instance: Instance, step: Step) -> None:
        """Prepare the step; nothing moves yet."""
        self.tree: Any = instance.tree
        self.scopes: Scopes = instance.scopes
        self.instance = instance
        self.step = step
        self.zone = step.zone
        self._ids = IdSource(step.seq)
        self._agenda: deque[Token] = deque()
        self._passed = 0
        self._listened = 0
        #: What conditions depended on when all of them were evaluated last.
        self._noticed: tuple[int, int, int] | None = None
        self._milestones: list[Milestone] = []
        self._rulings: list[Ruling] = []
        self._entered: list[tuple[str, str]] = []
        self._signals: list[str] = []
        self._notices: list[Notice] = []
        self.tree.agenda = self._agenda

    def outcome(self, fired: Timer | None = None) -> Outcome:
        """What happened."""
        return Outcome(
            milestones=tuple(self._milestones),
            rulings=tuple(self._rulings),
            entered=tuple(self._entered),
            fired=fired,
            signals=tuple(self._signals),
            notices=tuple(self._notices),
        )

    # The course of tokens ------------------------------------------------------------------------------------

    def go(self) -> None:
        """Move tokens until all of them wait."""
        while True:
            while self._agenda:
                token = self._agenda.popleft()
                # A token that was taken away meanwhile may still be on the agenda.
                if token._state == library.READY and token.id in token.workflow.tasks:
                    self._pass(token)
            if not self._merge():
                return

    def _pass(self, token: Token) -> None:
        node: Behaviour = token.task_spec
        note = token.internal_data
        self._passed += 1
        try:
            if self._passed > MAX_PASSED:
                raise Failure(f"more than {MAX_PASSED} elements were passed in one step: a loop that never waits?")
            stage = note.get("stage", 0)
            if stage == 0:
                if not node.enter(token, self):
                    self.notice()
                    return
                note["stage"] = stage = 1
            if stage == 1:
                node.leave(token, self)
                note["stage"] = 2
            self.notice()
            if token.id in token.workflow.tasks:
                node.route(token, self)
        except Failure as failure:
            note["incident"] = str(failure)

    def _merge(self) -> bool:
        """Let one inclusive join go on that waits for nobody any more; False if there is none."""
        for level in list(self.tree.levels()):
            seen = set()
            for token in list(level.tokens()):
                node: Behaviour = token.task_spec
                if token._state == library.WAITING and node.place.reach and node.name not in seen:
                    seen.add(node.name)
                    if node.merge(token, self):
                        return True
        return False

    def put(self, workflow: Any, id: str, data: Mapping[str, Any] | None = None, *, fired: bool = False) -> Token:
        """A new token on a level, ready to enter.

        :param data: what the event that put it there carries
        :param fired: whether its event has happened, so that it does not wait
        """
        token = library.new_token(workflow, id, self._ids(), workflow.root)
        if data:
            token.internal_data["data"] = dict(data)
        if fired:
            token.internal_data["fired"] = 1
        self._entered.append((workflow.level.process, token.task_spec.place.id))
        library.arrive(token)
        return token

    def put_instance(self, owner: Token, index: int, variables: Mapping[str, Any], *, keeps: bool) -> None:
        """A new instance of a multi-instance activity, or a round of a loop.

        :param keeps: whether results stay in it
        """
        token = library.new_token(owner.workflow, f"{owner.task_spec.place.id} instance", self._ids(), owner)
        token.internal_data["index"] = index
        token.internal_data["scope"] = self.scopes.open(self.instance.scope_of(owner), variables, keeps=keeps)
        library.arrive(token)

    def again(self, token: Token) -> Token:
        """A new token in place of one that waits for its work, ready to enter there once more."""
        note = token.internal_data
        # An instance's scope was made for it; others make theirs when they enter.
        kept = {name: note.pop(name) for name in ("index", "scope")} if "index" in note else {}
        following = library.new_token(token.workflow, token.task_spec.name, self._ids(), token.parent)
        following.internal_data.update(kept)
        self.cancel(token)
        self._entered.append((token.workflow.level.process, token.task_spec.place.id))
        library.arrive(following)
        return following

    def pass_on(self, token: Token, flows: Iterable[Flow]) -> None:
        """Let the token go on through the flows: one token follows on each."""
        for flow in flows:
            following = library.new_token(token.workflow, flow.target, self._ids(), token)
            if token.workflow.spec.task_specs[flow.target].is_join:
                following.internal_data["via"] = flow.id
            self._entered.append((token.workflow.level.process, flow.target))
        self.finish(token)

    def finish(self, token: Token) -> None:
        """The token ends here, and with the last one what runs on its level."""
        if "undoes" in token.internal_data:
            compensation.undone(token, self)
        self._close_scopes(token)
        library.finish(token)
        if token.workflow.live == 0:
            self._end(token.workflow)

    def consume(self, token: Token) -> None:
        """Merge a token into another that goes on."""
        library.cancel(token)

    def wait(self, token: Token, *, started: bool) -> bool:
        """Let the token wait: for work to be done (started) or for an event. Gives False, for `enter`."""
        library.wait(token, library.STARTED if started else library.WAITING)
        return False

    def resume(self, token: Token) -> None:
        """What the token waited for has happened: it leaves."""
        token.internal_data["stage"] = 1
        library.wait(token, library.READY)
        self._agenda.append(token)

    def cancel(self, token: Token) -> None:
        """Take a token away with all that runs inside it."""
        for id in list(token._children):
            self.cancel(token.workflow.tasks[id])
        compensation.take_back(token, self)
        branch = self.tree.subprocesses.pop(token.id, None)
        if branch is not None:
            branch.completed = True
            self.cancel_all(branch)
        self._close_scopes(token)
        library.cancel(token)

    def cancel_all(self, workflow: Any, but: Token | None = None) -> None:
        """Take all tokens of a level away."""
        for token in list(workflow.tokens()):
            # Instances go with their owner.
            if token is not but and token.id in workflow.tasks:
                self.cancel(token)

    def open(self, owner: Token, data: Mapping[str, Any] | None) -> None:
        """Start what runs inside a subprocess or call activity.

        An event subprocess begins because its event has happened; a called process that begins on an event waits for
        it, as a case does.
        """
        branch = self.open_empty(owner)
        self.put(branch, branch.level.start, data, fired=owner.task_spec.place.event_subprocess)

    def open_empty(self, owner: Token) -> Any:
        """The inside of a subprocess, with nothing in it yet."""
        return self.tree.branch(owner, owner.task_spec.place.inside, self._ids())

    def plant(self) -> None:
        """Start the root process."""
        self.tree.plant(self._ids())
        self.put(self.tree, self.tree.level.start)

    def _end(self, workflow: Any) -> None:
        workflow.completed = True
        workflow.root.internal_data.pop("on", None)
        if workflow.owner is not None:
            if undoable := workflow.root.internal_data.get("undoable"):
                workflow.owner.internal_data["inside"] = undoable
            del self.tree.subprocesses[workflow.owner.id]
            self.resume(workflow.owner)

    def _close_scopes(self, token: Token) -> None:
        for kind in ("inner", "scope"):
            scope = token.internal_data.pop(kind, None)
            if scope is not None:
                self.scopes.close(scope)

    # Variables -----------------------------------------------------------------------------------------------

    def names(self, scope: int, *local: Mapping[str, Any]) -> Names:
        """What an expression sees from a scope."""
        return Names([*local, self.step.facts, *self.scopes.layers(scope)])

    def evaluate(self, what: Expression, names: Names, now: python.datetime | None = None) -> Any:
        """The value of an expression, in Python's types.

        :raises Failure: when it cannot be evaluated
        """
        return expressions.evaluate(what, names, self.step, now or self.step.now)

    def value(self, text: str, names: Names) -> Any:
        """The value of an expression, as it is stored.

        :raises Failure: when it cannot be evaluated
        """
        return expressions.to_json(self.evaluate(expression(text), names))

    def test(self, condition: Expression, names: Names) -> bool:
        """Whether a condition holds.

        :raises Failure: when it gives neither true nor false
        """
        return expressions.test(condition, names, self.step)

    def mapped(self, mappings: Iterable[IoMapping], scope: int, *local: Mapping[str, Any]) -> dict[str, Any]:
        """The results of mappings; each sees those before it.

        :raises Failure: when one cannot be evaluated
        """
        results: dict[str, Any] = {}
        for mapping in mappings:
            value = self.value(mapping.source, self.names(scope, results, *local))
            head, *path = mapping.target.split(".")
            if path:
                visible = self.names(scope, results, *local)
                value = _placed(visible.get(head), path, value)
            results[head] = value
        return results

    def properties(self, token: Token) -> dict[str, Any]:
        """An element's extension properties, those that start with ``=`` evaluated.

        :raises Failure: when one cannot be evaluated
        """
        names = self.names(self.instance.scope_of(token))
        return {
            name: self.value(text, names) if text.startswith("=") else text
            for name, text in token.task_spec.place.element.properties.items()
        }

    def reached(self, token: Token, properties: Mapping[str, Any]) -> None:
        """Note a milestone, and say so at once: facts may follow it."""
        milestone = Milestone(element=token.task_spec.place.element, properties=properties)
        self._milestones.append(milestone)
        if self.step.reached is not None:
            self.step.reached(milestone)

    def ruled(self, ruling: Ruling) -> None:
        """Note a decision."""
        self._rulings.append(ruling)

    def notice_of(self, token: Token) -> Notice | None:
        """The notice that an element gives, filled with what is known now.

        :raises Failure: when one of its places cannot be evaluated, or it becomes too long
        """
        element = token.task_spec.place.element
        if element.notice is None:
            return None
        return self._filled(element, element.notice, self.names(self.instance.scope_of(token), self.step.issuing()))

    def limit_notice(self, change: str, names: Mapping[str, Any]) -> Notice | None:
        """The notice that the root process gives of a change of its limit, one of `LIMIT_CHANGES`.

        :param names: what it may read besides
        :raises Failure: as `notice_of`
        """
        root = self.instance.program.root
        process = root.elements[root.key]
        name = process.limit_notices.get(change)
        if name is None:
            return None
        return self._filled(process, name, self.names(Scopes.ROOT, names, self.step.issuing()))

    def _filled(self, element: Element, name: str, names: Names) -> Notice:
        """The notice of an element from the template of that name."""
        file = self.instance.program.processes[element.process].notices[name]

        def value(place: Blank) -> Any:
            try:
                return self.evaluate(expression(place.text), names)
            except Failure as failure:
                raise Failure(f"{name}:{place.line}: {failure}") from failure

        values = expressions.to_json(fill(file.template, value))
        if len(canonical(values)) > MAX_NOTICE:
            raise Failure(f"the notice {name} is longer than {MAX_NOTICE // 1024} KiB")
        return Notice(process=element.process, element=element.id, name=name, template=file.digest, values=values)

    def give(self, notice: Notice | None) -> None:
        """Note a notice, if there is one."""
        if notice is not None:
            self._notices.append(notice)

    # Events --------------------------------------------------------------------------------------------------

    def listen(self, events: Mapping[str, Place], names: Names) -> dict[str, Any]:
        """What a token keeps of the events that it waits for: of a timer its note, of a condition whether it held.

        :param events: the places with the triggers, by the id of the event
        :raises Failure: when a timer cannot be read
        """
        now = self.step.now
        heard: dict[str, Any] = {}
        self._listened += 1
        for id, place in events.items():
            rule = place.trigger.timer
            if rule is None:
                heard[id] = 0
                continue
            schedule = clock.schedule(rule, now, self.step, lambda what: self.evaluate(what, names))
            note = timer_note(schedule, now, 0, self.zone)
            if note is not None:
                heard[id] = note
        return heard

    def fire(self, holder: Token, event: str, data: Mapping[str, Any] | None = None) -> None:
        """An event has happened to one that waits for it."""
        workflow, note = holder.workflow, holder.internal_data
        if holder is workflow.root:
            place = workflow.level.event_subprocesses[event]
            if place.interrupting:
                note.pop("on")
                self.cancel_all(workflow)
            else:
                self._hear_again(note, event)
            self.put(workflow, place.id, data)
            return
        place = workflow.level.places[event]
        if place is holder.task_spec.place:
            del note["on"][event]
            if data:
                note["data"] = dict(data)
            self.resume(holder)
        elif place.kind != "boundaryEvent":  # behind an event-based gateway
            note.pop("on")
            self.put(workflow, event, data, fired=True)
            self.finish(holder)
        elif place.interrupting:
            self.put(workflow, event, data, fired=True)
            self.cancel(holder)
        else:
            self._hear_again(note, event)
            self.put(workflow, event, data, fired=True)

    def _hear_again(self, note: dict[str, Any], event: str) -> None:
        timer = note["on"][event]
        if isinstance(timer, list):
            following = next_round(timer, self.zone)
            if following is None:
                del note["on"][event]
            else:
                note["on"][event] = following

    def throw_up(self, token: Token, kind: str, code: str | None, data: Mapping[str, Any] | None = None) -> bool:
        """Throw an error or escalation: the innermost that catches it does (BPMN 2.0.2 §10.5.7); False if none.

        :param data: what it carries to the one that catches it
        """
        return self._throw(self._outwards(token), kind, code, data)

    def throw_from(self, token: Token, kind: str, code: str | None, data: Mapping[str, Any] | None = None) -> bool:
        """Throw what happened inside an activity: its own boundary events come first. See `throw_up`."""
        return self._throw((_whole(token), *self._outwards(token)), kind, code, data)

    def _throw(self, holders: Iterable[Token], kind: str, code: str | None, data: Mapping[str, Any] | None) -> bool:
        for holder in holders:
            event = self._catching(holder, kind, code)
            if event is not None:
                self.fire(holder, event, data)
                return True
        return False

    def cancel_transaction(self, token: Token) -> None:
        """A cancel end event was reached: the transaction is left by its cancel boundary event."""
        owner = _whole(token.workflow.owner)
        event = next(place.id for place in owner.task_spec.place.boundaries if place.trigger.kind == "cancel")
        self.fire(owner, event)

    def signal(self, name: str | None) -> None:
        """Throw a signal: all that wait for it now catch it, here and in other cases."""
        if name is not None:
            self._signals.append(name)
        self.catch(name)

    def catch(self, name: str | None, data: Mapping[str, Any] | None = None) -> None:
        """Let all that wait for a signal in this case catch it."""
        for listener in list(self.instance.listeners()):
            trigger = listener.place.trigger
            if trigger.kind == "signal" and trigger.name == name and self._listens(listener):
                self.fire(listener.holder, listener.event, data)

    def deliver(self, name: str, data: Mapping[str, Any], correlation: Any = None) -> bool:
        """Give a message to the one that waits for it: the innermost, among those the oldest; False if none."""
        listener = self.instance.addressee(name, correlation, self.step)
        if listener is None:
            return False
        self.fire(listener.holder, listener.event, data)
        return True

    def notice(self) -> None:
        """Let those that wait for a condition hear where it has come to hold: variables may have changed.

        It must be false before it can set the same event off again (BPMN 2.0.2 table 10.84). Whatever is not
        true, null among it, does not hold yet.

        :raises Failure: when a condition cannot be evaluated; nothing has changed then
        """
        if not self.instance.program.conditional:
            return
        # Within a step nothing else moves what they read: of the facts, only a milestone does.
        standing = (self.scopes.changes, self._listened, len(self._milestones))
        if standing == self._noticed:
            return
        asked = []
        for listener in self.instance.conditions():
            condition = listener.place.trigger.condition
            assert condition is not None
            names = self.names(self.instance.scope_of(listener.holder))
            asked.append((listener, int(self.evaluate(condition, names) is True)))
        self._noticed = standing
        for listener, holds in asked:
            if self._listens(listener):
                on = listener.holder.internal_data["on"]
                held, on[listener.event] = on[listener.event], holds
                if holds and not held:
                    self.fire(listener.holder, listener.event)

    def _listens(self, listener: Listener) -> bool:
        """Whether it still waits for the event."""
        holder = listener.holder
        if listener.event not in holder.internal_data.get("on", ()):
            return False
        if holder is holder.workflow.root:
            return not holder.workflow.completed
        return holder.id in holder.workflow.tasks

    def _outwards(self, token: Token) -> Iterator[Token]:
        workflow = token.workflow
        while True:
            yield workflow.root
            if workflow.owner is None:
                return
            yield _whole(workflow.owner)
            workflow = workflow.owner.workflow

    def _catching(self, holder: Token, kind: str, code: str | None) -> str | None:
        any_code = None
        for event in holder.internal_data.get("on", ()):
            trigger = self.instance.event_place(holder, event).trigger
            if trigger.kind == kind:
                if trigger.name is not None and trigger.name == code:
                    return str(event)
                if trigger.name is None and any_code is None:
                    any_code = event
        return any_code


def _whole(owner: Token) -> Token:
    """The activity that boundary events are attached to: of an instance or a round, the activity as a whole."""
    return owner.parent if "index" in owner.internal_data else owner


def _placed(old: Any, path: Sequence[str], value: Any) -> Any:
    """A copy of a context with a value put under a path of keys."""
    context = dict(old) if isinstance(old, Mapping) else {}
    head, *rest = path
    context[head] = _placed(context.get(head), rest, value) if rest else value
    return context
