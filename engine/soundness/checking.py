"""Whether cases of read processes can get stuck: each level by its own token game, what is inside it first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.definitions.model import Problem, Process
from engine.execution.errors import DefinitionError
from engine.execution.expressions import expression
from engine.execution.places import Level, Place
from engine.execution.reading import levels_of
from engine.soundness.faults import Told, label, tell
from engine.soundness.graph import loops
from engine.soundness.model import Fault
from engine.soundness.net import nets_of
from engine.soundness.states import SMALL, explore

#: So many states of one check are looked at altogether, so that it takes a second or two at most.
MAX_STATES = 60_000

_WAITING = frozenset(
    ["userTask", "manualTask", "serviceTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway"]
)
#: Where the rest of what is executed has a topic, it waits for work done outside.
_RUNS_INSIDE = frozenset(["subProcess", "transaction", "callActivity"])


def faults(processes: Mapping[str, Process], *, most: int = MAX_STATES, small: int = SMALL) -> list[Fault]:
    """What can go wrong in the processes, whatever is answered.

    A process that calls one which is not among them takes that as sound. Processes that cannot be executed
    have no token game: they are passed over here, who compiles them says why.

    :param most: so many states are looked at; beyond that it says that it is not decided
    :param small: levels with no more states than this have every order of moves tried
    """
    return _Checking(processes, most, small).faults()


def check(processes: Mapping[str, Process], *, most: int = MAX_STATES) -> list[Problem]:
    """`faults` as problems of the files, in their order."""
    return problems(processes, faults(processes, most=most))


def problems(processes: Mapping[str, Process], found: Iterable[Fault]) -> list[Problem]:
    """Faults as problems of the files, each with the path that shows it."""
    return [
        Problem(
            file=processes[fault.process].file,
            line=processes[fault.process].elements[fault.element].line,
            element=fault.element,
            rule=fault.rule,
            severity=fault.severity,
            message=fault.message + (f" (shown by: {' → '.join(fault.path)})" if fault.path else ""),
        )
        for fault in found
    ]


def text(found: Sequence[Fault]) -> str:
    """Faults for a terminal: each with the path that shows it, one element a step."""
    if not found:
        return "Sound: every case can come to its end, and nothing gets stuck.\n"
    parts = []
    for fault in found:
        lines = [f"{fault.process}: {fault.severity}: [{fault.rule}] {fault.message} ({fault.element})"]
        if fault.path:
            lines.append("    " + " → ".join(fault.path))
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)


@dataclass(frozen=True)
class _Verdict:
    """What the activity around a level must know of it."""

    #: Whether it can end in order. Also where that is not known, or where a fault inside was told already.
    passes: bool = True
    #: Whether it can be left by a cancellation.
    cancels: bool = False


class _Checking:
    def __init__(self, processes: Mapping[str, Process], most: int, small: int) -> None:
        self._processes = processes
        self._left = most
        self._small = small
        self._levels: dict[str, Level] = {}
        self._verdicts: dict[str, _Verdict] = {}
        self._found: dict[str, list[Fault]] = {}
        self._waits: dict[str, bool] = {}

    def faults(self) -> list[Fault]:
        for key, process in self._processes.items():
            try:
                levels = list(levels_of({key: process}))
            except DefinitionError:
                continue
            self._levels.update((level.key, level) for level in levels)
        for key in self._levels:
            self._verdict(key)
        return [fault for key in self._levels for fault in self._found[key]]

    # Levels --------------------------------------------------------------------------------------------------

    def _verdict(self, key: str) -> _Verdict:
        """Look at a level, what is inside it first."""
        waiting = [key]
        while waiting:
            at = waiting[-1]
            inside = [
                place.inside
                for place in self._levels[at].places.values()
                if place.inside in self._levels and place.inside not in self._verdicts and place.inside not in waiting
            ]
            if at in self._verdicts or not inside:
                waiting.pop()
                if at not in self._verdicts:
                    self._verdicts[at] = self._judge(self._levels[at])
            else:
                waiting += [key for key in inside if key is not None]
        return self._verdicts[key]

    def _judge(self, level: Level) -> _Verdict:
        found = self._found[level.key] = []
        ends = leaves = complete = False
        for number, net in enumerate(nets_of(level, self._passes, self._happens)):
            seen = explore(net, max(self._left, 1), self._small)
            self._left -= len(seen.came)
            entry = net.targets[net.entry.bit_length() - 1].place
            before = self._host_of(level, entry) if number else ()
            told = Told(level, before)
            tell(seen, told, self._rests)
            found += told.faults
            if not number:
                ends, leaves, complete = seen.ends, seen.leaves, seen.complete
        self._tell_impossible(level, found)
        self._tell_turning(level, found)
        rescued = any(event.interrupting for event in level.event_subprocesses.values())
        broken = any(fault.severity == "error" for fault in found)
        return _Verdict(passes=ends or rescued or broken or not complete, cancels=leaves)

    def _host_of(self, level: Level, event: Place) -> tuple[str, ...]:
        return tuple(place.id for place in level.places.values() if event in place.boundaries)

    def _passes(self, place: Place) -> bool:
        """Whether an activity can end in order."""
        if place.inside is None or place.inside not in self._verdicts:
            return True
        # None of several instances is in order too, and no round of a loop.
        loop = place.element.loop
        skipped = place.element.multi_instance is not None or (loop is not None and loop.test_before)
        return skipped or self._verdicts[place.inside].passes

    def _happens(self, host: Place, event: Place) -> bool:
        """Whether a boundary event can happen."""
        kind = event.trigger.kind
        if kind in ("error", "escalation"):
            if host.kind not in _RUNS_INSIDE:
                return kind == "error" and self._outside(host)
            return self._throws(host.inside, kind, event.trigger.name, set())
        if kind == "cancel":
            return host.inside in self._levels and any(
                place.trigger.kind == "cancel" for place in self._levels[host.inside].places.values()
            )
        at_once = kind == "conditional" and (host.inside or host.element.multi_instance or host.element.loop)
        return bool(at_once) or self._rests(host)

    def _throws(self, key: str | None, kind: str, code: str | None, seen: set[str | None]) -> bool:
        """Whether anything inside a level throws an error or escalation."""
        if key is None or key in seen:
            return False
        if key not in self._levels:
            return True
        seen.add(key)
        for place in self._levels[key].places.values():
            throws = place.kind in ("endEvent", "intermediateThrowEvent") and place.trigger.kind == kind
            if throws and code in (None, place.trigger.name):
                return True
            if kind == "error" and self._outside(place):
                return True
            if place.inside is not None and self._throws(place.inside, kind, code, seen):
                return True
        return False

    # Waiting -------------------------------------------------------------------------------------------------

    def _rests(self, place: Place) -> bool:
        """Whether a token may come to rest at an element."""
        if place.inside is not None:
            return self._level_rests(place.inside, set())
        if place.kind == "intermediateCatchEvent":
            return place.trigger.kind != "link"
        return place.kind in _WAITING or self._outside(place)

    def _outside(self, place: Place) -> bool:
        return place.element.topic is not None

    def _level_rests(self, key: str, seen: set[str]) -> bool:
        if key not in self._levels:
            return True
        if key not in self._waits and key not in seen:
            seen.add(key)
            level = self._levels[key]
            self._waits[key] = any(
                self._level_rests(place.inside, seen) if place.inside is not None else self._rests(place)
                for place in level.places.values()
                if not place.event_subprocess
            )
        return self._waits.get(key, False)

    # What no state shows -------------------------------------------------------------------------------------

    def _tell_impossible(self, level: Level, found: list[Fault]) -> None:
        """Boundary events that nothing can set off."""
        told = Told(level, ())
        for host in level.places.values():
            for event in host.boundaries:
                if self._happens(host, event):
                    continue
                kind = event.trigger.kind
                if kind in ("error", "escalation", "cancel"):
                    message = f"nothing in {label(host)} throws the {kind} that {label(event)} is to catch"
                else:
                    message = f"{label(host)} is passed at once, so {label(event)} never happens while it runs"
                told.add("dead-element", event.id, (host.id,), (host.id, event.id), message)
        for event in level.event_subprocesses.values():
            kind = event.trigger.kind
            if kind in ("error", "escalation") and not self._throws(
                level.key, kind, event.trigger.name, {event.inside}
            ):
                message = f"nothing around {label(event)} throws the {kind} that it is to start with"
                told.add("dead-element", event.id, (), (event.id,), message)
        told_already = {fault.element for fault in found if fault.rule == "dead-element"}
        found += [fault for fault in told.faults if fault.element not in told_already]

    def _tell_turning(self, level: Level, found: list[Fault]) -> None:
        """Loops that wait for nothing, and in which nothing changes what their conditions ask."""
        told = Told(level, ())
        passed = {id: place for id, place in level.places.items() if not self._rests(place)}
        known = {element for fault in found if fault.rule == "endless-loop" for element in fault.elements}
        for loop in loops(passed, lambda id: [flow.target for flow in passed[id].outgoing]):
            members = [id for id in passed if id in loop]
            if loop & known or any(_changes(passed[id]) for id in members):
                continue
            first = members[0]
            message = (
                f"the loop at {label(passed[first])} waits for nothing and changes nothing: once in it, a case turns "
                "until it is stopped as an incident"
            )
            told.add("endless-loop", first, members, members, message, "warning")
        for id, place in passed.items():
            if _turns(place):
                message = (
                    f"{label(place)} is repeated, waits for nothing and changes nothing that its loop condition asks: "
                    "let something in it change the data, or give it loopMaximum"
                )
                told.add("endless-loop", id, (), (id,), message, "warning")
        found += told.faults


def _turns(place: Place) -> bool:
    """Whether an activity that is passed at once has a loop marker, and nothing in it lets the loop end."""
    loop = place.element.loop
    if loop is None or loop.maximum is not None or loop.condition is None or _changes(place):
        return False
    return "loopCounter" not in expression(loop.condition).parsed.variables()


def _changes(place: Place) -> bool:
    """Whether passing an element may change what conditions read."""
    element = place.element
    return bool(
        place.inside
        or element.outputs
        or element.result_variable
        or element.kind in ("scriptTask", "businessRuleTask")
        or element.multi_instance
        or element.properties
    )
