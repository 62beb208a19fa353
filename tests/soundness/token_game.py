"""The token game told again, plainly: every order of moves is tried, nothing is left out. For small models.

Written from BPMN 2.0.2 §13 over its own drawing of a model, so that it shares nothing with the check but the
file that both read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from engine.definitions import Process, SourceFile, read
from tests.execution.stories import definitions

TAGS = {"xor": "exclusiveGateway", "and": "parallelGateway", "or": "inclusiveGateway", "task": "userTask"}
#: Flows that hold a token, with how many.
Marking = tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """Nodes with flows between them; `start` begins, and every node is of a kind of `TAGS`, or an end."""

    kinds: dict[str, str]
    flows: tuple[tuple[str, str, str], ...]

    def out(self, id: str) -> list[tuple[str, str]]:
        """Flows from a node, with their targets."""
        return [(flow, target) for flow, source, target in self.flows if source == id]

    def into(self, id: str) -> list[str]:
        """Flows to a node."""
        return [flow for flow, _, target in self.flows if target == id]

    def process(self) -> Process:
        """The model as a designer would upload it."""
        parts = []
        for id, kind in self.kinds.items():
            default = ""
            out = self.out(id)
            if kind in ("xor", "or") and len(out) > 1:
                default = f' default="{out[-1][0]}"'
            match kind:
                case "start":
                    parts.append(f'<startEvent id="{id}"/>')
                case "end":
                    parts.append(f'<endEvent id="{id}"/>')
                case "terminate":
                    parts.append(f'<endEvent id="{id}"><terminateEventDefinition/></endEvent>')
                case _:
                    parts.append(f'<{TAGS[kind]} id="{id}"{default}/>')
        for flow, source, target in self.flows:
            condition = ""
            if self.kinds[source] in ("xor", "or") and flow != self.out(source)[-1][0]:
                condition = f'<conditionExpression>= holds("{source}", "{flow}")</conditionExpression>'
            parts.append(
                f'<sequenceFlow id="{flow}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>'
            )
        reading = read([SourceFile(name="p.bpmn", content=definitions("".join(parts)).encode())])
        assert reading.ok, reading.problems
        return reading.processes[0]


@dataclass
class Seen:
    """What the game came to."""

    stuck: list[Marking] = field(default_factory=list)
    #: Flows that held two tokens, tasks that two came to.
    unsafe: set[str] = field(default_factory=set)
    endless: list[Marking] = field(default_factory=list)
    fired: set[str] = field(default_factory=set)
    markings: set[Marking] = field(default_factory=set)
    complete: bool = True


def play(model: Model, most: int = 4_000) -> Seen:
    """Every marking that can be reached, every order of moves; no further than a marking with two on one flow."""
    seen = Seen()
    entry: Marking = ("",)
    after: dict[Marking, list[Marking]] = {}
    waiting = deque([entry])
    seen.markings.add(entry)
    unsafe: set[Marking] = set()
    while waiting:
        marking = waiting.popleft()
        if marking in unsafe:
            continue
        after[marking] = []
        for node, following in moves(model, marking):
            seen.fired.add(node)
            after[marking].append(following)
            if following in seen.markings:
                continue
            seen.markings.add(following)
            twice = {flow for flow in following if following.count(flow) > 1 and not _ends(model, flow)}
            twice |= {id for id, kind in model.kinds.items() if kind == "task" and _coming(model, id, following) > 1}
            if twice:
                seen.unsafe |= twice
                unsafe.add(following)
            elif len(seen.markings) > most:
                seen.complete = False
                return seen
            waiting.append(following)
        if marking and not after[marking]:
            seen.stuck.append(marking)
    can_end = {marking for marking in seen.markings if not marking or marking in unsafe or not after[marking]}
    before: dict[Marking, list[Marking]] = {}
    for marking, followings in after.items():
        for following in followings:
            before.setdefault(following, []).append(marking)
    pending = list(can_end)
    while pending:
        for marking in before.get(pending.pop(), ()):
            if marking not in can_end:
                can_end.add(marking)
                pending.append(marking)
    seen.endless = [marking for marking in after if marking not in can_end]
    return seen


def moves(model: Model, marking: Marking) -> Iterator[tuple[str, Marking]]:
    """The nodes that can move, each with what follows."""
    targets = {flow: target for flow, _, target in model.flows} | {"": "start"}
    for id in dict.fromkeys(targets[flow] for flow in marking):
        kind, into, out = model.kinds[id], model.into(id), [flow for flow, _ in model.out(id)]
        here = [flow for flow in dict.fromkeys(marking) if targets[flow] == id]
        takes: list[list[str]] = [[flow] for flow in here]
        if kind == "and" and len(into) > 1:
            takes = [into] if set(into) <= set(here) else []
        elif kind == "or" and len(into) > 1:
            takes = [here] if _may_go_on(model, id, here, [flow for flow in marking if targets[flow] != id]) else []
        if kind == "terminate":
            yield id, ()
            continue
        puts = [out]
        if kind == "xor":
            puts = [[flow] for flow in out]
        elif kind == "or" and len(out) > 1:
            puts = [list(some) for n in range(1, len(out)) for some in combinations(out[:-1], n)] + [out[-1:]]
        for taken in takes:
            rest = list(marking)
            for flow in taken:
                rest.remove(flow)
            for put in puts:
                kept = [flow for flow in put if model.kinds[targets[flow]] != "end"]
                yield id, tuple(sorted([*rest, *kept]))


def _coming(model: Model, id: str, marking: Marking) -> int:
    return sum(marking.count(flow) for flow in model.into(id))


def _ends(model: Model, flow: str) -> bool:
    return any(id == flow and model.kinds[target] == "terminate" for id, _, target in model.flows)


def _may_go_on(model: Model, join: str, here: list[str], others: list[str]) -> bool:
    targets = {flow: target for flow, _, target in model.flows} | {"": "start"}
    for other in others:
        ways = {flow for flow in model.into(join) if _leads_to(model, targets[other], flow, join)}
        if ways and not ways & set(here):
            return False
    return True


def _leads_to(model: Model, node: str, flow: str, join: str) -> bool:
    """Whether a path leads from a node to a flow without visiting the join."""
    seen, waiting = {node}, [node]
    while waiting:
        for out, target in model.out(waiting.pop()):
            if out == flow:
                return True
            if target not in seen and target != join:
                seen.add(target)
                waiting.append(target)
    return False
