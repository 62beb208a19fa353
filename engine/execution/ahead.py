"""What comes when an open task is completed: tried on a copy of the instance, with answers that nobody has given yet.

An answer that is not known is a mark in the data. Whatever would decide by it stops the copy there, and is tried again
with each value that the answer may have; what only computes with it gets the mark as its result. So what is told rests
on the case's own data wherever that decides, and on an answer only where the diagram asks for it. Nothing of the case
is changed, and nothing leaves the copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson

from engine.execution import activities, state
from engine.execution.errors import Failure
from engine.execution.expressions import Names
from engine.execution.instance import Instance
from engine.execution.library import Token
from engine.execution.model import Notice, Step
from engine.execution.places import Flow, Place
from engine.execution.program import Program
from engine.execution.run import Run

#: How often a copy is tried; beyond it answers are not told apart.
MOST_TRIED = 40

#: What begins the mark of an answer that is not known; nobody types it.
_MARK = "\x00"

_GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"})
_WAITS = frozenset({"intermediateCatchEvent", "receiveTask"})

#: When it comes: at once; when all instances of an activity are done; when the other branches have come to the join.
When = Literal["", "instances", "branches"]
#: An answer, by the key of its field, and the values of which one leads there.
Answers = tuple[tuple[str, tuple[Any, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Where a token comes to rest. Without an element its branch ends, and what else runs goes on."""

    process: str = ""
    element: str = ""
    #: Local BPMN name.
    kind: str = ""
    #: Its own, or that of what it runs in.
    name: str = ""
    when: When = ""
    #: Names of the flows that may lead there, where neither the data nor one answer tells whether they do.
    flows: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Ahead:
    """What comes after a task with certain answers; with any, where there are none."""

    answers: Answers
    reached: tuple[Reached, ...]


def ahead(instance: Instance, task: int, choices: Mapping[str, Sequence[Any]], step: Step) -> list[Ahead]:
    """What comes when a task is completed.

    :param task: id of its token
    :param choices: the keys of all that its form asks for, with the values of which one is given, where these are known
    """
    return list(_Trials(instance, task, choices, step).of({}))


class _Undecided(Failure):
    """An answer that is not known would decide."""


class _Names(Names):
    """Names that stop whoever reads an answer that is not known."""

    __slots__ = ()

    def get(self, name: str, default: Any = None) -> Any:
        found = super().get(name, default)
        if (mark := next(_marks(found), None)) is not None:
            raise _Undecided(mark)
        return found


class _Run(Run):
    """A step that leads nowhere but to what it tells."""

    def names(self, scope: int, *local: Mapping[str, Any]) -> Names:
        return _Names([*local, self.step.facts, *self.scopes.layers(scope)])

    def value(self, text: str, names: Names) -> Any:
        try:
            return super().value(text, names)
        except _Undecided as undecided:
            return str(undecided)

    def properties(self, token: Token) -> dict[str, Any]:
        try:
            return super().properties(token)
        except Failure:
            return {}

    def notice_of(self, token: Token) -> Notice | None:
        return None

    def notice(self) -> None:
        try:
            super().notice()
        except Failure:
            return


class _Trials:
    def __init__(self, instance: Instance, task: int, choices: Mapping[str, Sequence[Any]], step: Step) -> None:
        self._program, self._body = instance.program, orjson.dumps(state.body_of(instance))
        self._task, self._choices, self._step = task, choices, step
        self._left = MOST_TRIED

    def of(self, answers: Mapping[str, Any]) -> Iterator[Ahead]:
        """What comes with these answers, told apart by others where they decide."""
        self._left -= 1
        reached, asked = self._tried(answers)
        key = next((key for key in asked if self._choices.get(key)), None)
        if key is None or self._left < len(self._choices[key]):
            yield Ahead((), reached)
            return
        found: dict[tuple[Ahead, ...], list[Any]] = {}
        for value in self._choices[key]:
            found.setdefault(tuple(self.of({**answers, key: value})), []).append(value)
        for beyond, values in found.items():
            told: Answers = ((key, tuple(values)),) if len(found) > 1 else ()
            for one in beyond:
                yield Ahead((*told, *one.answers), one.reached)

    def _tried(self, answers: Mapping[str, Any]) -> tuple[tuple[Reached, ...], list[str]]:
        """Where a copy comes to with answers, and the keys of those that would have decided something on the way."""
        copy = state.built(self._program, orjson.loads(self._body))
        before = {token.id: "incident" in token.internal_data for token in copy.tokens()}
        token = copy.tree.find(self._task)
        assert token is not None
        around = list(copy.around(token))
        run = _Run(copy, self._step)
        token.internal_data["data"] = {key: answers.get(key, _MARK + key) for key in self._choices}
        run.resume(token)
        run.go()
        while _computed_on(copy, run):
            run.go()
        asked: list[str] = []
        found: list[Reached] = []
        beside: list[Reached] = []
        for rest in _resting(copy, before):
            cause = rest.internal_data.get("incident")
            # One that cannot be entered is reached; one that cannot be left leads somewhere.
            if cause is not None and rest.internal_data.get("stage"):
                asked += [cause.removeprefix(_MARK)] if cause.startswith(_MARK) else []
                found += _possible(rest, run)
            elif rest.task_spec.is_join or rest.task_spec.place.kind == "eventBasedGateway":
                beyond = _beyond(rest.workflow, rest.task_spec.place, self._program)
                beside += [replace(one, when="branches" if rest.task_spec.is_join else "") for one in beyond]
            elif rest.task_spec.place.kind in _WAITS:
                beside.append(_reached(rest.workflow, rest.task_spec.place))
            else:
                found.append(_reached(rest.workflow, rest.task_spec.place))
        if copy.tree.completed:
            end = copy.program.element(copy.end[0]).name if copy.end else ""
            found.append(Reached(kind="endEvent", name=end))
        elif not found and not beside:
            found += _others(copy, around)
        # Where there is work to do, what only waits beside it says no more.
        return tuple(dict.fromkeys(found or beside)), asked


def _marks(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith(_MARK):
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _marks(item)
    elif isinstance(value, list):
        for item in value:
            yield from _marks(item)


def _computed_on(instance: Instance, run: _Run) -> bool:
    """Let decisions that lack an answer go on with a mark for their result; whether there were any."""
    found = False
    for token in list(instance.tokens()):
        note, variable = token.internal_data, token.task_spec.place.element.result_variable
        undecided = str(note.get("incident", "")).startswith(_MARK)
        if undecided and variable and isinstance(token.task_spec, activities.RuleTask):
            note["data"] = {variable: note.pop("incident")}
            run.resume(token)
            found = True
    return found


def _resting(instance: Instance, before: Mapping[int, bool]) -> Iterator[Token]:
    """The tokens that have come to rest anew, or cannot go on any more, without the activities that others run in.

    :param before: those that there were, and whether they could not go on then
    """
    owners = {token.id for one in instance.tokens() for token in instance.around(one)}
    for token in instance.tokens():
        stopped = "incident" in token.internal_data
        if (token.id not in before and token.id not in owners) or (stopped and not before.get(token.id)):
            yield token


def _reached(workflow: Any, place: Place) -> Reached:
    name, owner = place.element.name, workflow.owner
    while not name and owner is not None:
        name, owner = owner.task_spec.place.element.name, owner.workflow.owner
    return Reached(process=workflow.level.process, element=place.id, kind=place.kind, name=name)


def _possible(token: Token, run: _Run) -> Iterator[Reached]:
    """What may come where a token cannot be told its way: all flows but those that the data rules out."""
    workflow, names = token.workflow, run.names(run.instance.scope_of(token))
    if "index" in token.internal_data:
        # Whether there is another round is not known either.
        yield replace(_reached(workflow, token.task_spec.place), flows=())
    for flow in token.task_spec.place.outgoing:
        try:
            ruled_out = flow.condition is not None and not run.test(flow.condition, names)
        except Failure:
            ruled_out = False
        if not ruled_out:
            for one in _along(workflow, flow, run.instance.program):
                yield replace(one, flows=(*_named(workflow, flow, run.instance.program), *(one.flows or ())))


def _beyond(workflow: Any, place: Place, program: Program, seen: frozenset[str] = frozenset()) -> Iterator[Reached]:
    """What may follow a place, as the diagram is drawn; beyond the end of a part, what follows that."""
    if not place.outgoing and workflow.owner is not None:
        yield from _beyond(workflow.owner.workflow, workflow.owner.task_spec.place, program)
    elif not place.outgoing:
        yield _reached(workflow, place)
    decides = len(place.outgoing) > 1 and place.kind not in ("parallelGateway", "eventBasedGateway")
    for flow in place.outgoing:
        for one in _along(workflow, flow, program, seen | {place.id}):
            yield replace(one, flows=(*_named(workflow, flow, program), *(one.flows or ()))) if decides else one


def _along(workflow: Any, flow: Flow, program: Program, seen: frozenset[str] = frozenset()) -> Iterator[Reached]:
    place = workflow.level.places[flow.target]
    if place.id in seen:
        return
    if place.kind in _GATEWAYS or (place.kind == "endEvent" and workflow.owner is not None):
        yield from _beyond(workflow, place, program, seen)
    else:
        yield _reached(workflow, place)


def _named(workflow: Any, flow: Flow, program: Program) -> tuple[str, ...]:
    name = program.processes[workflow.level.process].elements[flow.id].name
    return (name,) if name else ()


def _others(instance: Instance, around: list[Token]) -> Iterator[Reached]:
    """Where nothing has come anew: the instances that are still at work are waited for, or the branch has ended."""
    live = {token.id for token in instance.tokens()}
    left = next((token for token in around if token.id in live), None)
    if left is not None and "count" in left.internal_data:
        for one in _beyond(left.workflow, left.task_spec.place, instance.program):
            yield replace(one, when="instances")
    else:
        yield Reached()
