"""Loops in a graph, and an order of its nodes in which what may still lead to a node comes before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

Following = Callable[[str], Iterable[str]]

#: Loops inside loops that are told apart; deeper ones are ordered as they come.
_DEEPEST = 30


def components(nodes: Iterable[str], following: Following) -> list[list[str]]:
    """The strongly connected components (Tarjan 1972), each after those that its nodes lead to.

    In a component the node that was found first stands last.
    """
    roots = list(nodes)
    among = set(roots)
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    held: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for root in roots:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        held.append(root)
        on_stack.add(root)
        work = [(root, iter(following(root)))]
        while work:
            id, rest = work[-1]
            after = next((id for id in rest if id in among), None)
            if after is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[id])
                if low[id] == index[id]:
                    cut = _position(held, id)
                    component = held[cut:][::-1]
                    del held[cut:]
                    on_stack.difference_update(component)
                    found.append(component)
            elif after not in index:
                index[after] = low[after] = len(index)
                held.append(after)
                on_stack.add(after)
                work.append((after, iter(following(after))))
            elif after in on_stack:
                low[id] = min(low[id], index[after])
    return found


def _position(held: list[str], id: str) -> int:
    position = len(held) - 1
    while held[position] != id:
        position -= 1
    return position


def loops(nodes: Iterable[str], following: Following) -> list[frozenset[str]]:
    """The components that hold a flow: whoever is in one can come back to where he is."""
    return [
        frozenset(component)
        for component in components(nodes, following)
        if len(component) > 1 or component[0] in following(component[0])
    ]


def ordered(roots: Iterable[str], following: Following, depth: int = 0) -> list[str]:
    """The nodes that `roots` hold, branch by branch: each loop after what leads to it, before what it leads to."""
    order: list[str] = []
    for component in reversed(components(roots, following)):
        first, inside = component[-1], component[:-1]
        order.append(first)
        if not inside or depth == _DEEPEST:
            order += inside[::-1]
            continue
        # Without the flows back to where the loop is entered, the loops inside it show.
        kept = dict.fromkeys(inside[::-1])
        entered = [target for target in following(first) if target in kept]
        within = _among(kept, following)
        order += ordered(dict.fromkeys([*entered, *kept]), within, depth + 1)
    return order


def _among(kept: Mapping[str, None], following: Following) -> Following:
    return lambda id: [target for target in following(id) if target in kept]
