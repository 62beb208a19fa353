"""The states that a token game can come to, and what is wrong with some of them.

In a small game every order of moves is tried. In a large one not all are: moves of tokens on parallel ways do
not touch each other, so in each state only one element moves, in all its ways (a persistent set; Godefroid
1996, chapter 4). It is the one that is nearest to the entry, so that tokens which can meet do meet. Where an
inclusive join could go on early or late, at an end of all tokens, and where tokens go round without coming to
any end, every order is tried. If from each state that is seen an end can be reached, no element's moves were
put off for ever, and the same holds for all other states: no case gets stuck. Without loops no two tokens that
can meet are missed either; in a large game with loops that split into parallel ways they may be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.soundness.net import Net, Node, Way

#: With no more states than this, every order of moves is tried.
SMALL = 2_000
#: Where faults have shown, no more states than this are looked at: the first ones usually explain the others.
ENOUGH = 5_000


@dataclass(frozen=True)
class Move:
    """One element takes tokens and puts others."""

    node: Node
    #: The flows whose tokens it takes.
    takes: int
    way: Way


@dataclass(frozen=True)
class Collision:
    """Two tokens on one flow, or on two flows to an element that then does its work twice."""

    #: The state before, and the move that puts the second one.
    state: int
    move: Move
    #: The flows that hold a token then, and those of them that would hold two.
    flows: int
    twice: int


@dataclass(kw_only=True)
class States:
    """What was seen of a token game."""

    net: Net
    #: Each state, in the order in which it was found → the state before it, and the move from there.
    came: dict[int, tuple[int, Move] | None] = field(default_factory=dict)
    following: dict[int, list[int]] = field(default_factory=dict)
    #: Elements that took part.
    fired: set[str] = field(default_factory=set)
    collisions: list[Collision] = field(default_factory=list)
    #: States in which tokens are left and none can move.
    stuck: list[int] = field(default_factory=list)
    #: Whether all tokens can end in order, and whether they can be taken away by an error or a cancellation.
    ends: bool = False
    leaves: bool = False
    #: Whether all states were seen.
    complete: bool = True
    #: Whether some orders of moves were left out.
    reduced: bool = False

    def moves_to(self, state: int) -> list[Move]:
        """The moves from the entry to a state."""
        moves = []
        while (came := self.came[state]) is not None:
            state, move = came
            moves.append(move)
        return moves[::-1]

    def endless(self) -> list[int]:
        """States, in the order in which they were found, from which nothing ever ends, sticks or collides."""
        into: dict[int, list[int]] = {}
        for state, following in self.following.items():
            for after in following:
                into.setdefault(after, []).append(state)
        colliding = [collision.state for collision in self.collisions]
        waiting = [0, *self.stuck, *colliding]
        alive = set(waiting)
        while waiting:
            for before in into.get(waiting.pop(), ()):
                if before not in alive:
                    alive.add(before)
                    waiting.append(before)
        return [state for state in self.following if state not in alive]


def explore(net: Net, most: int, small: int = SMALL) -> States:
    """Play the game, breadth first, until every state was seen or there are more than `most`.

    A small game is played in every order of moves, so that nothing is missed and the paths are the shortest.
    """
    seen = explore_all(net, min(most, small))
    if seen.complete:
        return seen
    seen = States(net=net, reduced=True)
    seen.came[net.entry] = None
    _play(seen, deque([net.entry]), most, every=False)
    again = seen.endless() if seen.complete else []
    if again:
        # From here nothing ended; but perhaps only because tokens that go round were moved first.
        _play(seen, deque(again), min(most, len(seen.came) + ENOUGH), every=True)
    return seen


def explore_all(net: Net, most: int) -> States:
    """Play the game in every order of moves."""
    seen = States(net=net)
    seen.came[net.entry] = None
    _play(seen, deque([net.entry]), most, every=True)
    return seen


def _play(seen: States, waiting: deque[int], most: int, *, every: bool) -> None:
    """Follow the moves from states, and from those that they lead to.

    :param every: whether all elements that can move are to move
    """
    net = seen.net
    while waiting:
        state = waiting.popleft()
        following = seen.following[state] = []
        moves = 0
        for move in _moves(net, state, every):
            moves += 1
            seen.fired.add(move.node.id)
            if move.node.end is not None:
                seen.leaves |= move.node.end == "leave"
                seen.ends |= move.node.end == "terminate"
                following.append(0)
                continue
            seen.fired.update(move.way.ends)
            rest = state & ~move.takes
            if both := rest & move.way.puts & ~net.ending:
                seen.collisions.append(Collision(state, move, both, both))
                continue
            if met := _met(rest | move.way.puts, move.way):
                seen.collisions.append(Collision(state, move, met, 0))
                continue
            after = rest | move.way.puts
            following.append(after)
            if after == 0:
                seen.ends = True
            elif after not in seen.came:
                if len(seen.came) >= (min(most, ENOUGH) if seen.collisions or seen.stuck else most):
                    seen.complete = False
                    return
                seen.came[after] = (state, move)
                waiting.append(after)
        if not moves:
            seen.stuck.append(state)


def _met(state: int, way: Way) -> int:
    """The tokens on several flows to one element."""
    for flows in way.meets:
        tokens = state & flows
        if tokens & (tokens - 1):
            return tokens
    return 0


def _moves(net: Net, state: int, every: bool) -> Iterator[Move]:
    every = every or _order_matters(net, state)
    for node, takes in enabled(net, state):
        yield from (Move(node, takes, way) for way in node.ways)
        if not every:
            break
    if state & net.ending:
        # One end takes all tokens away; another may do so in another way.
        yield from (Move(node, state, Way(0)) for node in net.enders if node.takes & state)


def enabled(net: Net, state: int) -> Iterator[tuple[Node, int]]:
    """The elements that can move, the nearest to the entry first, with the tokens that they would take."""
    rest = state
    while rest:
        lowest = rest & -rest
        node = net.targets[lowest.bit_length() - 1]
        if node.join == "one":
            rest ^= lowest
            if node.ways and node.end is None:
                yield node, lowest
        else:
            rest &= ~node.takes
            arrived = state & node.takes
            if arrived == node.takes if node.join == "all" else not state & missed(node, arrived):
                yield node, arrived


def missed(join: Node, arrived: int) -> int:
    """Tokens that an inclusive join waits for (BPMN 2.0.2 §13.4.3): they can come only on a flow without one."""
    to_full = to_empty = 0
    for flow, sources in join.reach.items():
        if flow & arrived:
            to_full |= sources
        else:
            to_empty |= sources
    return to_empty & ~to_full & ~join.takes


def _order_matters(net: Net, state: int) -> bool:
    """Whether an inclusive join waits while another token may still come on a flow that has one."""
    for join in net.inclusive:
        arrived = state & join.takes
        if arrived:
            for flow, sources in join.reach.items():
                if flow & arrived and state & sources & ~join.takes:
                    return True
    return False
