"""What a decision reads from its caller, for those who must know before it is ever evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.dmn import model
from engine.feel.errors import FeelError
from engine.feel.expression import parse, parse_tests
from engine.feel.functions import BUILTINS

if TYPE_CHECKING:
    from engine.dmn.decisions import DecisionModel

#: a name and the names after it, as in ``applicant.phone``
Path = tuple[str, ...]


def paths_read(of: DecisionModel, node: model.Node) -> frozenset[Path]:
    """The paths into the caller's inputs that an element reads, and all that it requires.

    A name within a filter may be an entry of the filtered rows instead: it is told all the same, so that
    nothing read is missed. Expressions that are no FEEL read nothing.
    """
    found: set[Path] = set()
    _collect(of, node, found, set())
    return frozenset(found)


def _collect(of: DecisionModel, node: model.Node, found: set[Path], seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    required: tuple[model.Reference, ...] = ()
    expression: model.Expression | None = None
    match node:
        case model.InputData():
            return
        case model.Decision(required=first, knowledge=second, expression=expression):
            required = (*first, *second)
        case model.BusinessKnowledge(knowledge=required, function=expression):
            pass
        case model.DecisionService(outputs=required):
            pass
    computed: set[str] = set()
    for reference in required:
        reached = of.node(reference)
        if reached is None:
            continue
        owner, needed = reached
        computed.add(of.import_name(owner) or needed.variable.name)
        if isinstance(needed, model.InputData):
            computed.discard(needed.variable.name)
            if owner is not of:
                found.add((needed.name,))
        _collect(owner, needed, found, seen)
    if expression is not None:
        found |= {path for path in _expression(of, expression, frozenset(computed)) if path[0] not in BUILTINS}


def _expression(of: DecisionModel, expression: model.Expression | None, bound: frozenset[str]) -> Iterator[Path]:
    match expression:
        case None:
            return
        case model.Literal():
            yield from _text(of, expression, bound)
        case model.DecisionTable(inputs=inputs, outputs=outputs, rules=rules):
            for clause in inputs:
                yield from _text(of, clause.expression, bound)
            for output in outputs:
                yield from _expression(of, output.default, bound)
            for rule in rules:
                for cell in rule.tests:
                    yield from _text(of, cell, bound)
                for result in rule.outputs:
                    yield from _text(of, result, bound)
        case model.BoxedContext(entries=entries):
            for entry in entries:
                yield from _expression(of, entry.expression, bound)
                if entry.variable is not None:
                    bound |= {entry.variable.name}
        case model.FunctionDefinition(parameters=parameters, body=body):
            yield from _expression(of, body, bound | {parameter.name for parameter in parameters})
        case model.Iterator(variable=variable, source=source, body=body):
            yield from _expression(of, source, bound)
            yield from _expression(of, body, bound | {variable, "partial"})
        case model.BoxedFilter(source=source, match=match):
            yield from _expression(of, source, bound)
            yield from _expression(of, match, bound | {"item"})
        case _:
            for part in _parts(expression):
                yield from _expression(of, part, bound)


def _parts(expression: model.Expression) -> Iterator[model.Expression | None]:
    match expression:
        case model.Invocation(function=function, bindings=bindings):
            yield function
            for _, argument in bindings:
                yield argument
        case model.BoxedList(items=items):
            yield from items
        case model.Relation(rows=rows):
            for row in rows:
                yield from row
        case model.Conditional(condition=condition, yes=yes, no=no):
            yield from (condition, yes, no)


def _text(of: DecisionModel, text: model.Literal | model.Tests, bound: frozenset[str]) -> Iterator[Path]:
    read = parse if isinstance(text, model.Literal) else parse_tests
    try:
        paths = read(text.text, of.names).paths() if text.text and not text.language else ()
    except FeelError:
        return
    yield from (path for path in paths if path[0] not in bound and path[0] != "?")
