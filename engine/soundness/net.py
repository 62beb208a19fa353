"""The token game of one level: what each element takes from its incoming flows and puts on its outgoing ones.

An abstraction of `engine.execution`: data conditions are free choices, what runs inside an activity is one
step, and whatever may happen to an activity while it runs (boundary events) is one more free choice. A set of
tokens is an integer with a bit for each flow that holds one. Bits are in the order in which tokens should
move: what may still add to a place moves first (see `states`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from engine.execution.places import Level, Place
from engine.execution.reading import GATEWAYS
from engine.soundness.graph import ordered

#: Flows out of one element that may be taken in any combination; with more, not all combinations are tried.
MAX_TOGETHER = 8

Join = Literal["one", "all", "some"]
End = Literal["terminate", "leave"]


@dataclass(frozen=True)
class Way:
    """One thing that an element may do with a token."""

    #: Flows that get a token.
    puts: int
    #: Those of them that lead straight to an end event, whose token is gone at once.
    ends: tuple[str, ...] = ()
    #: For each element that it leads to and that several flows lead to, those flows: one may hold a token.
    meets: tuple[int, ...] = ()


@dataclass(kw_only=True)
class Node:
    """An element as it takes part in the token game."""

    place: Place
    join: Join = "one"
    #: Its incoming flows.
    takes: int = 0
    ways: tuple[Way, ...] = ()
    #: Whether it takes all other tokens away: the level is over, in order or not.
    end: End | None = None
    #: Of an inclusive join: for each incoming flow (as a bit) the flows whose tokens may still come to it.
    reach: Mapping[int, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The element's id."""
        return self.place.id


@dataclass(kw_only=True)
class Net:
    """The token game from one entry: a level's start, or a non-interrupting event with a course of its own."""

    nodes: Mapping[str, Node]
    #: Node that each bit's flow leads to.
    targets: tuple[Node, ...]
    #: The token at the entry.
    entry: int
    #: The inclusive joins.
    inclusive: tuple[Node, ...]
    #: The ends of all tokens, and the flows to them.
    enders: tuple[Node, ...]
    ending: int
    #: Elements of which not all combinations of flows are tried.
    cut: tuple[str, ...]


@dataclass(frozen=True)
class _Arc:
    source: str
    target: str
    #: None for the way from an activity to its boundary event, and for the entry.
    flow: str | None


def nets_of(level: Level, passes: Callable[[Place], bool], happens: Callable[[Place, Place], bool]) -> Iterator[Net]:
    """The token games of a level.

    A non-interrupting boundary event whose course never meets that of the others has a game of its own: how
    often it happens does not matter to the others.

    :param passes: whether an activity can end in order
    :param happens: whether a boundary event of an activity can happen at all
    """
    waiting, done = [level.start], set[str]()
    while waiting:
        entry = waiting.pop(0)
        if entry in done:
            continue
        done.add(entry)
        apart = _apart(level, entry, happens)
        waiting += apart
        yield _build(level, entry, frozenset(apart), passes, happens)


def successors(level: Level, id: str, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """The elements that a token may be at next, boundary events of an activity among them."""
    place = level.places[id]
    yield from (flow.target for flow in place.outgoing)
    yield from (event.id for event in place.boundaries if event.id not in without)


def reached(level: Level, entry: str, without: frozenset[str] = frozenset()) -> set[str]:
    """The elements that flows from the entry lead to, itself included."""
    found, waiting = {entry}, [entry]
    while waiting:
        for target in successors(level, waiting.pop(), without):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def _apart(level: Level, entry: str, happens: Callable[[Place, Place], bool]) -> list[str]:
    """The non-interrupting boundary events whose courses never meet the one from the entry, but in end events."""
    beside = {
        event.id: host
        for host in level.places.values()
        for event in host.boundaries
        if not event.interrupting and happens(host, event)
    }
    together = set[str]()
    while True:
        apart = frozenset(beside.keys() - together)
        main = reached(level, entry, apart)
        busy = {id for id in main if level.places[id].kind != "endEvent"}
        met = [id for id in apart if beside[id].id in main and not busy.isdisjoint(reached(level, id, apart))]
        if not met:
            return [id for id in beside if id in apart and beside[id].id in main]
        together.update(met)


def _build(
    level: Level,
    entry: str,
    apart: frozenset[str],
    passes: Callable[[Place], bool],
    happens: Callable[[Place, Place], bool],
) -> Net:
    ids = reached(level, entry, apart)
    order = {id: position for position, id in enumerate(_ranked(level, entry, ids, apart))}
    arcs = [_Arc("", entry, None)]
    for id in ids:
        place = level.places[id]
        arcs += [_Arc(id, flow.target, flow.id) for flow in place.outgoing]
        arcs += [_Arc(id, event.id, None) for event in place.boundaries if event.id not in apart]
    # A join waits for these too, though no token ever comes on them from here.
    foreign = (place for place in level.places.values() if place.id not in ids)
    arcs += [_Arc(place.id, flow.target, flow.id) for place in foreign for flow in place.outgoing if flow.target in ids]
    arcs.sort(key=lambda arc: order[arc.target])
    nodes = {id: Node(place=level.places[id], end=_end(level, level.places[id])) for id in ids}
    bits: dict[tuple[str, str | None, str], int] = {}
    for position, arc in enumerate(arcs):
        bits[arc.source, arc.flow, arc.target] = 1 << position
        nodes[arc.target].takes |= 1 << position
    cut = []
    for node in nodes.values():
        node.join = _join(node.place)
        outgoing = {flow.id: bits[node.id, flow.id, flow.target] for flow in node.place.outgoing}
        chosen, complete = _choices(node.place)
        if not complete:
            cut.append(node.id)
        normal = [frozenset(choice) for choice in chosen] if passes(node.place) else []
        events = [event for event in node.place.boundaries if event.id not in apart and happens(node.place, event)]
        node.ways = tuple(_ways(node.place, nodes, outgoing, bits, normal, events))
    incoming_of: dict[str, dict[str | None, int]] = {}
    for arc in arcs:
        incoming_of.setdefault(arc.target, {})[arc.flow] = bits[arc.source, arc.flow, arc.target]
    for node in nodes.values():
        if node.join == "some":
            incoming = incoming_of.get(node.id, {})
            node.reach = {
                incoming[flow]: _flows_into(nodes, sources)
                for flow, sources in node.place.reach.items()
                if flow in incoming
            }
    enders = tuple(node for node in nodes.values() if node.end is not None)
    return Net(
        nodes=nodes,
        targets=tuple(nodes[arc.target] for arc in arcs),
        entry=bits["", None, entry],
        inclusive=tuple(node for node in nodes.values() if node.join == "some"),
        enders=enders,
        ending=sum(node.takes for node in enders),
        cut=tuple(cut),
    )


def _flows_into(nodes: Mapping[str, Node], ids: frozenset[str]) -> int:
    mask = 0
    for id in ids:
        if id in nodes:
            mask |= nodes[id].takes
    return mask


def _ranked(level: Level, entry: str, ids: set[str], apart: frozenset[str]) -> list[str]:
    """The elements in the order in which their tokens move; what ends all tokens comes last."""
    ranked = ordered([entry, *sorted(ids - {entry})], lambda id: list(successors(level, id, apart)))
    return sorted(ranked, key=lambda id: _end(level, level.places[id]) is not None)


def _end(level: Level, place: Place) -> End | None:
    if place.kind != "endEvent":
        return None
    if place.trigger.kind == "terminate":
        return "terminate"
    if place.trigger.kind == "cancel":
        return "leave"
    if place.trigger.kind == "error":
        caught = any(
            event.trigger.kind == "error" and event.trigger.name in (None, place.trigger.name)
            for event in level.event_subprocesses.values()
        )
        return "terminate" if caught else "leave"
    return None


def _join(place: Place) -> Join:
    if len(place.incoming) > 1 and place.kind == "parallelGateway":
        return "all"
    if len(place.incoming) > 1 and place.kind == "inclusiveGateway":
        return "some"
    return "one"


def _choices(place: Place) -> tuple[list[tuple[str, ...]], bool]:
    """The sets of flows of which one gets tokens, and whether they are all that there are."""
    flows = [flow.id for flow in place.outgoing]
    if place.kind in ("exclusiveGateway", "eventBasedGateway"):
        return [(flow,) for flow in flows], True
    conditional = [flow.id for flow in place.outgoing if flow.condition is not None and flow.id != place.default]
    if place.kind == "parallelGateway" or not (conditional or place.default):
        return [tuple(flows)], True
    always = tuple(flow for flow in flows if flow not in conditional and flow != place.default)
    complete = len(conditional) <= MAX_TOGETHER
    sizes = range(len(conditional) + 1) if complete else (0, 1, len(conditional))
    chosen = [(*always, *some) for size in sizes for some in combinations(conditional, size) if always or some]
    if place.default and not always:
        chosen.append((place.default,))
    return chosen, complete


def _ways(
    place: Place,
    nodes: Mapping[str, Node],
    outgoing: Mapping[str, int],
    bits: Mapping[tuple[str, str | None, str], int],
    normal: list[frozenset[str]],
    events: list[Place],
) -> Iterator[Way]:
    targets = {flow.id: flow.target for flow in place.outgoing}
    leaving = [
        Way(
            puts=sum(outgoing[flow] for flow in flows if not _is_plain_end(nodes[targets[flow]])),
            ends=tuple(targets[flow] for flow in flows if _is_plain_end(nodes[targets[flow]])),
            meets=tuple(dict.fromkeys(nodes[targets[flow]].takes for flow in flows if _is_done(nodes[targets[flow]]))),
        )
        for flows in normal
    ]
    leaving += [Way(bits[place.id, None, event.id]) for event in events if event.interrupting]
    beside = [bits[place.id, None, event.id] for event in events if not event.interrupting]
    for size in range(len(beside) + 1):
        for some in combinations(beside, size):
            for way in leaving:
                yield Way(way.puts + sum(some), way.ends, way.meets)


def _is_done(node: Node) -> bool:
    """Whether something is done at an element that several flows lead to, for each token that comes."""
    return node.takes & (node.takes - 1) != 0 and node.place.kind not in GATEWAYS and node.place.kind != "endEvent"


def _is_plain_end(node: Node) -> bool:
    return node.place.kind == "endEvent" and node.end is None
