"""Walks over an expression's tree: its depth, and the names it reads from outside."""

from __future__ import annotations

from collections.abc import Iterator

from engine.feel import syntax
from engine.feel.errors import FeelLimitError

#: deepest tree that is compiled; a row of operators counts one level each
MAX_DEPTH = 200


def children(node: syntax.Node) -> Iterator[syntax.Node]:
    """The nodes right below a node."""
    match node:
        case syntax.Path(base, _):
            yield base
        case syntax.Filter(base, condition):
            yield base
            yield condition
        case syntax.Call(function, arguments, _):
            yield function
            yield from arguments
        case syntax.Negate(operand):
            yield operand
        case syntax.Arithmetic(_, left, right) | syntax.Comparison(_, left, right):
            yield left
            yield right
        case syntax.And(left, right) | syntax.Or(left, right):
            yield left
            yield right
        case syntax.Between(value, low, high):
            yield value
            yield low
            yield high
        case syntax.In(value, tests):
            yield value
            yield from tests
        case syntax.InstanceOf(value, _):
            yield value
        case syntax.If(condition, yes, no):
            yield condition
            yield yes
            yield no
        case syntax.For(iterations, body) | syntax.Quantified(_, iterations, body):
            for iteration in iterations:
                yield iteration.source
                if iteration.end is not None:
                    yield iteration.end
            yield body
        case syntax.Function(_, body, _):
            yield body
        case syntax.ListOf(items):
            yield from items
        case syntax.Context(entries):
            for _, value in entries:
                yield value
        case syntax.Interval(start, end, _, _):
            yield start
            yield end
        case syntax.OperatorTest(_, endpoint):
            yield endpoint
        case syntax.UnaryTests(tests, _):
            yield from tests


def depth(node: syntax.Node) -> int:
    """Levels of the tree."""
    deepest = 0
    level = [node]
    while level:
        deepest += 1
        level = [child for parent in level for child in children(parent)]
    return deepest


def size(node: syntax.Node) -> int:
    """Nodes of the tree."""
    count = 0
    waiting = [node]
    while waiting:
        count += 1
        waiting.extend(children(waiting.pop()))
    return count


def check_depth(node: syntax.Node) -> None:
    """Refuse a tree that could not be compiled safely.

    :raises FeelLimitError: when it is too deep
    """
    if depth(node) > MAX_DEPTH:
        raise too_deep()


def too_deep() -> FeelLimitError:
    """The error for an expression that nests, or strings together, too much."""
    return FeelLimitError(f"more than {MAX_DEPTH} operators in a row or nested: use a list and a function of it")


def free_names(node: syntax.Node) -> frozenset[str]:
    """Variables that the expression reads from its context; functions it calls by name are among them.

    A name used inside a filter may be an entry of the filtered elements instead: it is counted as free,
    so that nothing read is missed.
    """
    return frozenset(path[0] for path in free_paths(node))


def free_paths(node: syntax.Node) -> frozenset[tuple[str, ...]]:
    """What is read from the context, as far as it is a plain path: ``("applicant", "name")``."""
    found: set[tuple[str, ...]] = set()
    _collect(node, frozenset(), found)
    return frozenset(found)


def _collect(node: syntax.Node, bound: frozenset[str], found: set[tuple[str, ...]]) -> None:
    steps: list[str] = []
    base = node
    while isinstance(base, syntax.Path):
        steps.append(base.name)
        base = base.base
    if isinstance(base, syntax.Name):
        if base.name not in bound:
            found.add((base.name, *reversed(steps)))
        return
    match base:
        case syntax.For(iterations, body) | syntax.Quantified(_, iterations, body):
            for iteration in iterations:
                _collect(iteration.source, bound, found)
                if iteration.end is not None:
                    _collect(iteration.end, bound, found)
                bound |= {iteration.name}
            partial = {"partial"} if isinstance(base, syntax.For) else set()
            _collect(body, bound | partial, found)
        case syntax.Function(parameters, body, _):
            _collect(body, bound | {name for name, _ in parameters}, found)
        case syntax.Context(entries):
            for name, value in entries:
                _collect(value, bound, found)
                bound |= {name}
        case syntax.Filter(filtered, condition):
            _collect(filtered, bound, found)
            _collect(condition, bound | {"item"}, found)
        case _:
            for child in children(base):
                _collect(child, bound, found)
