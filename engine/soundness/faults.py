"""From the states of a token game to what the designer is told, each fault with a path that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from engine.definitions.model import Severity
from engine.execution.places import Level, Place
from engine.soundness.graph import loops
from engine.soundness.model import SEVERITIES, Fault, Rule
from engine.soundness.net import Node
from engine.soundness.states import Move, States, explore_all, missed

#: So many faults of one kind are told of one level; the first ones usually explain the others.
MAX_EACH = 10
#: So many states are looked at in all orders of moves before an element is called dead.
MAX_AGAIN = 5_000


class Told:
    """The faults of one level, each element's once."""

    def __init__(self, level: Level, before: tuple[str, ...]) -> None:
        """:param before: the elements that lead to the level's game, such as the host of a boundary event"""
        self.level = level
        self.before = before
        self.faults: list[Fault] = []

    def add(
        self,
        rule: Rule,
        element: str,
        elements: Iterable[str],
        path: Iterable[str],
        message: str,
        severity: Severity | None = None,
    ) -> None:
        """Tell a fault, unless that element has one of the kind, or enough are told.

        :param severity: another than the rule's own
        """
        alike = [fault.element for fault in self.faults if fault.rule == rule]
        if element in alike or len(alike) >= MAX_EACH:
            return
        self.faults.append(
            Fault(
                rule=rule,
                severity=severity or SEVERITIES[rule],
                process=self.level.process,
                element=element,
                elements=tuple(dict.fromkeys((element, *elements))),
                path=(*self.before, *path),
                message=message,
            )
        )

    def label(self, id: str) -> str:
        """An element's name for a message."""
        return label(self.level.places[id])


def label(place: Place) -> str:
    """An element's name for a message: its own, else its id."""
    return f"“{' '.join(place.element.name.split()) or place.id}”"


def tell(seen: States, told: Told, waits: Callable[[Place], bool]) -> None:
    """Tell what is wrong in the states that were seen.

    :param waits: whether a token rests at an element, for a person, an event or work done outside
    """
    for state in seen.stuck:
        _tell_stuck(seen, state, told)
    for collision in seen.collisions:
        meeting = _targets(seen, collision.flows)[0]
        moves = [*seen.moves_to(collision.state), collision.move]
        path = _cause(seen, moves, collision.flows, collision.twice)
        message = (
            f"two tokens come to {told.label(meeting.id)}, which is then done twice: "
            "join parallel ways in a gateway of the kind that split them"
        )
        told.add("lack-of-synchronisation", meeting.id, (), path, message)
    if seen.complete:
        _tell_endless(seen, told, waits)
        if not seen.collisions:
            # Else some moves were not followed.
            _tell_dead(seen, told)
    for id in seen.net.cut:
        message = f"so many flows can be taken together at {told.label(id)} that not all combinations were tried"
        told.add("not-decided", id, (), (), message)
    if not seen.complete and not told.faults:
        message = f"not decided within the bound: more than {len(seen.came)} states of its tokens were seen"
        told.add("not-decided", _inside(told.level), (), (), message)


def _inside(level: Level) -> str:
    """The element whose inside a level is."""
    return level.key.rpartition("/")[2]


def _tell_stuck(seen: States, state: int, told: Told) -> None:
    moves = seen.moves_to(state)
    for node in _targets(seen, state):
        arrived = state & node.takes
        path = (*_cause(seen, moves, arrived), node.id)
        if node.join == "all":
            empty = node.takes & ~arrived
            missing = "its other flow" if empty & (empty - 1) == 0 else "its other flows"
            message = (
                f"{told.label(node.id)} waits for a token on {missing} for ever: what an exclusive gateway splits, "
                "an exclusive gateway must join; a parallel one waits for all"
            )
            told.add("deadlock", node.id, (), path, message)
        elif node.join == "some":
            others = [other.id for other in _targets(seen, state & missed(node, arrived))]
            message = f"{told.label(node.id)} waits for ever for what waits at {', '.join(map(told.label, others))}"
            told.add("deadlock", node.id, others, path, message)
        else:
            message = f"a token stays in {told.label(node.id)} for ever: nothing that runs inside it comes to its end"
            told.add("deadlock", node.id, (), path, message)


def _tell_endless(seen: States, told: Told, waits: Callable[[Place], bool]) -> None:
    trapped = seen.endless()
    if not trapped:
        return
    nodes = {node.id: node for state in trapped for node in _targets(seen, state) if node.join == "one" and node.ways}
    for loop in loops(nodes, lambda id: (flow.target for flow in nodes[id].place.outgoing)):
        if any(event.interrupting for id in loop for event in nodes[id].place.boundaries):
            continue
        inside = [id for id in nodes if id in loop]
        if any(flow.target not in loop for id in inside for flow in nodes[id].place.outgoing):
            # Something leaves it, so it is not what keeps the case from its end.
            continue
        first = next(state for state in trapped if any(node.id in loop for node in _targets(seen, state)))
        token = next(node for node in _targets(seen, first) if node.id in loop)
        path = (*_cause(seen, seen.moves_to(first), first & token.takes), *_round(nodes, loop, token.id))
        if any(waits(nodes[id].place) for id in inside):
            message = f"no flow leads out of the loop at {told.label(token.id)}: a case that comes here never ends"
            told.add("no-way-to-end", token.id, inside, path, message)
        else:
            message = (
                f"no flow leads out of the loop at {told.label(token.id)}, and it waits for nothing: it turns until "
                "the case is stopped as an incident"
            )
            told.add("endless-loop", token.id, inside, path, message)
    if not any(fault.rule in ("no-way-to-end", "endless-loop") for fault in told.faults):
        state = trapped[0]
        node = _targets(seen, state)[0]
        message = f"from {told.label(node.id)} on no answer brings the case to its end: tokens go round for ever"
        path = (*_cause(seen, seen.moves_to(state), state & node.takes), node.id)
        told.add("no-way-to-end", node.id, nodes, path, message)


def _round(nodes: dict[str, Node], loop: frozenset[str], start: str) -> list[str]:
    """One round of a loop: the elements from `start` back to it, by the shortest way."""
    before: dict[str, str] = {}
    waiting = [start]
    for id in waiting:
        for flow in nodes[id].place.outgoing:
            if flow.target == start:
                way = [id]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return [*way[::-1], start]
            if flow.target in loop and flow.target not in before:
                before[flow.target] = id
                waiting.append(flow.target)
    return [start]


def _tell_dead(seen: States, told: Told) -> None:
    fired = seen.fired
    if seen.reduced and seen.net.enders and seen.net.nodes.keys() - fired:
        # An end of all tokens may have come before moves that were put off: ask again with none put off.
        every = explore_all(seen.net, MAX_AGAIN)
        if not every.complete:
            return
        fired = fired | every.fired
    dead = seen.net.nodes.keys() - fired
    explained = {fault.element for fault in told.faults}
    alive_before = {
        flow.target
        for id in fired
        for flow in seen.net.nodes[id].place.outgoing
        if flow.target in dead and flow.target not in explained
    }
    for id in seen.net.nodes:
        if id in alive_before:
            message = f"no case ever comes to {told.label(id)}, whatever is answered before it"
            path = _cause_of_dead(seen, id, fired)
            told.add("dead-element", id, (), path, message)


def _cause_of_dead(seen: States, id: str, fired: set[str]) -> tuple[str, ...]:
    """To a live element in front of a dead one."""
    before = next(other for other in seen.net.nodes if other in fired and _leads(seen.net.nodes[other].place, id))
    for state in seen.came:
        if state & seen.net.nodes[before].takes:
            taken = state & seen.net.nodes[before].takes
            return (*_cause(seen, seen.moves_to(state), taken), before, id)
    return (before, id)


def _leads(place: Place, id: str) -> bool:
    return any(flow.target == id for flow in place.outgoing)


def _targets(seen: States, flows: int) -> list[Node]:
    """The elements that flows lead to."""
    found: dict[str, Node] = {}
    while flows:
        lowest = flows & -flows
        flows ^= lowest
        node = seen.net.targets[lowest.bit_length() - 1]
        found[node.id] = node
    return list(found.values())


def _cause(seen: States, moves: list[Move], tokens: int, twice: int = 0) -> tuple[str, ...]:
    """The elements of those moves without which the tokens would not be there, in order.

    :param twice: those of them that are put for a second time
    """
    needed = {flow: 2 if flow & twice else 1 for flow in _flows(tokens)}
    path: list[str] = []
    for move in reversed(moves):
        put = [flow for flow in _flows(move.way.puts) if needed.get(flow)]
        if put:
            for flow in put:
                needed[flow] -= 1
            for flow in _flows(move.takes):
                needed[flow] = needed.get(flow, 0) + 1
            path.append(move.node.id)
            if move.node.join == "some":
                # It went on because other tokens could come no more: where they went matters too.
                return tuple(move.node.id for move in moves)
    return tuple(path[::-1])


def _flows(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        mask ^= lowest
        yield lowest
