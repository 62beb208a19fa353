"""Two programs compared as a running case sees them: may it go on in the other one from where it is?

It may where everything that it has begun or done is the same there. Then the other program, given the same
events, would have come to the same tokens, and what lies before them is as it was checked at its deployment.
What counts is what the execution reads of an element, not its name, its documentation or its place in the
drawing. A gateway that was passed must have the same flows out, and a join that was passed the same flows in:
a new branch of a split that lies behind would never be begun, and its join would wait for ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.execution import library
from engine.execution.places import Flow, Level, Place

if TYPE_CHECKING:
    from engine.execution.instance import Instance
    from engine.execution.program import Program

#: Process key → id of an element → its id in the other program, where that is another.
Renaming = Mapping[str, Mapping[str, str]]

#: How far tokens have come at a place: they could not begin, they began, they may leave, they have left.
_HELD, _BEGUN, _AT_WORK, _LEFT = range(4)

#: Where everything is read at the last moment, when the token goes on.
_THROWS = frozenset(["intermediateThrowEvent", "endEvent"])
_JOINS = frozenset(["parallelGateway", "inclusiveGateway"])


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Why a case cannot go on in another program."""

    #: Key of the process, and id of its element that is in the way.
    process: str
    element: str
    #: For a designer.
    reason: str


class Comparison:
    """What is different for a case that goes from one program to another.

    :param renamed: elements with another id in the new program.
    """

    def __init__(self, old: Program, new: Program, renamed: Renaming) -> None:
        self._old, self._new, self._renamed = old, new, renamed

    def id(self, process: str, element: str) -> str:
        """What an element of the old program is called in the new one."""
        return self._renamed.get(process, {}).get(element, element)

    def level(self, level: Level) -> Level | None:
        """The level of the new program that an old one has become."""
        process, slash, holder = level.key.partition("/")
        spec = self._new.specs.get(f"{process}{slash}{self.id(process, holder) if slash else ''}")
        return spec.level if spec is not None else None

    def obstacles(self, instance: Instance, entered: Counter[tuple[str, str]]) -> list[Obstacle]:
        """What is in the way of a case, in the order in which it came there.

        :param entered: how often it entered each element, by process and id.
        """
        come = _progress(instance, entered)
        passed = frozenset(come)
        found = list(self._remembered())
        for (process, element), progress in come.items():
            at = self._places.get((process, element))
            if at is None:
                reason: str | None = "the history names it, and the version that the case runs on has no such element"
            else:
                reason = self._difference(*at, progress, passed)
            if reason is not None:
                found.append(Obstacle(process=process, element=element, reason=reason))
        return found

    def _remembered(self) -> Iterator[Obstacle]:
        """What may be undone once it is completed: whether it was is remembered by the program that completed it."""
        for program in (self._old, self._new) if self._old.undoes or self._new.undoes else ():
            for spec in program.specs.values():
                for place in spec.level.places.values():
                    if place.can_be_undone:
                        reason = "what was completed is remembered to be undone, and that is not carried over"
                        yield Obstacle(process=spec.level.process, element=place.id, reason=reason)
                        return

    def new_events(self, holder: Any, level: Level) -> dict[str, Place]:
        """The events that only the new program has at a token of the old one, or at the root of its level.

        :param level: the level of the new program.
        """
        process = level.process
        if holder is holder.workflow.root:
            known = {self.id(process, place.id) for place in holder.workflow.level.event_subprocesses.values()}
            # Where nothing listens any more the level was interrupted, and nothing new listens either.
            if known and "on" not in holder.internal_data:
                return {}
            return {event: place for event, place in level.event_subprocesses.items() if place.id not in known}
        old = holder.task_spec.place
        new = level.places[self.id(process, old.id)]
        if old.kind == "eventBasedGateway":
            targets = {self.id(process, flow.target) for flow in old.outgoing}
            return {flow.target: level.places[flow.target] for flow in new.outgoing if flow.target not in targets}
        attached = {self.id(process, event.id) for event in old.boundaries}
        return {event.id: event for event in new.boundaries if event.id not in attached}

    # ---------------------------------------------------------------------------------------------------------

    @cached_property
    def _places(self) -> dict[tuple[str, str], tuple[Level, Place]]:
        return {
            (level.process, place.id): (level, place)
            for level in (spec.level for spec in self._old.specs.values())
            for place in level.places.values()
        }

    def _difference(self, level: Level, place: Place, progress: int, passed: frozenset[tuple[str, str]]) -> str | None:
        there = self.level(level)
        new = there.places.get(self.id(level.process, place.id)) if there is not None else None
        if there is None or new is None:
            return "it is not there any more"
        if new.kind != place.kind or (new.element.multi_instance is None) != (place.element.multi_instance is None):
            return "it is something else now"
        begins = _BEGUN if place.kind not in _THROWS else _LEFT
        if progress >= begins and self._content(level, place) != self._content(there, new, new=True):
            return "it is changed"
        if progress >= _BEGUN and new.id != place.id and _named_after_itself(place):
            return "its results are kept under its id, which is another now"
        if progress >= min(begins, _AT_WORK) and place.element.outputs != new.element.outputs:
            return "its output mappings are changed"
        if place.kind == "boundaryEvent" and self.id(level.process, _holder(level, place)) != _holder(there, new):
            return "it is attached to another activity now"
        if place.kind == "eventBasedGateway" and progress == _AT_WORK:
            targets = {self.id(level.process, flow.target) for flow in place.outgoing}
            if not targets <= {flow.target for flow in new.outgoing}:
                return "it waits for other events now"
        if progress == _LEFT:
            return self._flows(level, place, new, passed)
        return None

    def _content(self, level: Level, place: Place, *, new: bool = False) -> Any:
        """What the execution reads of a place when a token begins there, in the new program's words."""
        program = self._new if new else self._old
        process = program.processes[level.process]
        element = replace(place.element, id="", name="", documentation="", process="", line=0, outputs=())
        form = process.forms.get(element.form) if element.form is not None else None
        named = process.decisions.get(element.called_decision or "")
        decision = next((file.content for file in process.files if file.name == named), None)
        return element, place.trigger, place.interrupting, place.event_subprocess, form, decision

    def _flows(self, level: Level, place: Place, new: Place, passed: frozenset[tuple[str, str]]) -> str | None:
        process = level.process

        def out(flow: Flow, of: Place, *, old: bool) -> tuple[Any, ...]:
            id, target = (self.node(process, flow.id), self.id(process, flow.target)) if old else (flow.id, flow.target)
            return id, target, flow.condition, flow.id == of.default

        before = [out(flow, place, old=True) for flow in place.outgoing]
        after = [out(flow, new, old=False) for flow in new.outgoing]
        in_order = place.kind == "exclusiveGateway"
        if before != after if in_order else set(before) != set(after):
            return "the flows that leave it are changed"
        if place.kind in _JOINS and max(len(place.incoming), len(new.incoming)) > 1:
            if {self.node(process, flow) for flow in place.incoming} != set(new.incoming):
                return "the flows that it waits for are changed"
            seen = {(key, self.id(key, element)) for key, element in passed}
            for flow, reach in place.reach.items():
                known = {self.id(process, id) for id in reach if (process, id) in passed}
                if known != {id for id in new.reach[self.node(process, flow)] if (process, id) in seen}:
                    return "other ways lead to it now"
        return None

    def node(self, process: str, id: str) -> str:
        """What a flow or a node is called in the new program: an id, which a word may follow.

        The flow of a link event is so called, and the node of the instances of an activity.
        """
        source, blank, rest = id.partition(" ")
        return f"{self.id(process, source)}{blank}{rest}"


def _progress(instance: Instance, entered: Counter[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """How far tokens have come at each place where the case has been, and at each event that it listens for."""
    come = dict.fromkeys(entered, _LEFT)
    there: dict[tuple[str, str], list[int]] = {}
    listens: list[tuple[str, str]] = []
    for level in instance.tree.levels():
        if level.completed:
            continue
        process = level.level.process
        for token in level.tokens():
            if "index" not in token.internal_data:
                place, progress = token.task_spec.place, _progress_of(token)
                there.setdefault((process, place.id), []).append(progress)
                listens += [(process, event) for event in _events(place) if progress > _HELD]
        if "on" in level.root.internal_data:
            for event, place in level.level.event_subprocesses.items():
                listens += [(process, place.id), (process, event)]
    for place_key, tokens in there.items():
        if entered[place_key] <= len(tokens):
            come[place_key] = max(tokens)
    for event_key in listens:
        come.setdefault(event_key, _BEGUN)
    return come


def _progress_of(token: Any) -> int:
    note = token.internal_data
    if "incident" in note and token._state == library.READY:
        # A stage that fails has changed nothing yet.
        return int(min(note.get("stage", 0), _AT_WORK))
    return _AT_WORK


def _events(place: Place) -> Iterator[str]:
    """The events that a token at a place waits for beside its own work."""
    yield from (event.id for event in place.boundaries)
    if place.kind == "eventBasedGateway":
        yield from (flow.target for flow in place.outgoing)


def _holder(level: Level, event: Place) -> str:
    """Id of the activity that a boundary event is attached to."""
    return next(place.id for place in level.places.values() if event in place.boundaries)


def _named_after_itself(place: Place) -> bool:
    rule = place.element.multi_instance
    return rule is not None and rule.output_collection is None


def renamed_all(entered: Iterable[tuple[str, str]], renamed: Renaming) -> Iterator[tuple[str, str]]:
    """Elements under the names that they have in another program."""
    for process, element in entered:
        yield process, renamed.get(process, {}).get(element, element)
