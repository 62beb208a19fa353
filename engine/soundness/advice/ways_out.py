"""Conditions of which none may hold: the case then stops as an incident (BPMN 2.0.2 §13.4.2, §13.4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine import forms
from engine.definitions.model import Process
from engine.execution.expressions import Expression
from engine.execution.places import Level, Place
from engine.feel import syntax
from engine.handling.case import TYPES
from engine.soundness.advice.remark import Remark
from engine.soundness.faults import label

_OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
#: What compares two values the other way round.
_TURNED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def remarks(process: Process, levels: Iterable[Level]) -> Iterator[Remark]:
    """Elements that a token may be unable to leave."""
    domains = _domains(process)
    for level in levels:
        for place in level.places.values():
            if not _may_hold_none(place, domains):
                continue
            message = (
                f"if none of the conditions behind {label(place)} holds, the case stops there as an incident: make one "
                "of the flows the default, which is taken then"
            )
            yield Remark("no-default", place.id, message)


def _domains(process: Process) -> Mapping[str, frozenset[object]]:
    """The values that a variable can have: the options of the one field that writes it."""
    found: dict[str, frozenset[object]] = {"type": frozenset(TYPES)}
    for schema in process.forms.values():
        for field in forms.fields(schema):
            if field.options and field.required and field.key not in found:
                found[field.key] = frozenset(
                    option.value for option in field.options if isinstance(option.value, str | bool)
                )
    return found


def _may_hold_none(place: Place, domains: Mapping[str, frozenset[object]]) -> bool:
    if place.kind in ("parallelGateway", "eventBasedGateway") or not place.outgoing:
        return False
    conditions = [flow.condition for flow in place.outgoing if flow.id != place.default]
    given = [condition for condition in conditions if condition is not None]
    if place.default or len(given) < len(conditions):
        return False
    return not _one_surely_holds(given, domains)


def _one_surely_holds(conditions: list[Expression], domains: Mapping[str, frozenset[object]]) -> bool:
    trees = [condition.parsed.tree for condition in conditions]
    if any(isinstance(tree, syntax.Literal) and tree.value is True for tree in trees):
        return True
    asked: dict[str, set[object]] = {}
    for tree in trees:
        match tree:
            case syntax.Comparison(operator="=", left=syntax.Name(name=name), right=syntax.Literal(value=value)):
                asked.setdefault(name, set()).add(value)
    if any(domains[name] <= values for name, values in asked.items() if domains.get(name)):
        return True
    return any(_opposed(one, other) for one in trees for other in trees if one is not other)


def _opposed(one: syntax.Node, other: syntax.Node) -> bool:
    """Whether of two conditions always one holds."""
    if _negated(one) == other or _negated(other) == one:
        return True
    if isinstance(one, syntax.Comparison) and isinstance(other, syntax.Comparison):
        opposite = _OPPOSITES.get(one.operator)
        if (other.operator, other.left, other.right) == (opposite, one.left, one.right):
            return True
        turned = _TURNED.get(other.operator)
        return (turned, other.right, other.left) == (opposite, one.left, one.right)
    return False


def _negated(tree: syntax.Node) -> syntax.Node | None:
    if isinstance(tree, syntax.Call) and tree.function == syntax.Name("not") and len(tree.arguments) == 1:
        return tree.arguments[0]
    return None
