"""Decision tables (DMN 1.5 chapter 8): which rules hold, and what the hit policy makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from engine.dmn.model import DecisionTable, HitPolicy, InputClause, OutputClause
from engine.feel.comparing import equal
from engine.feel.compile_tests import QUESTION
from engine.feel.compiler import compile_node
from engine.feel.errors import FeelError
from engine.feel.expression import parse, parse_tests
from engine.feel.functions import BUILTINS
from engine.feel.model import Value
from engine.feel.scope import Code, Scope
from engine.feel.syntax import NamedType, Node, UnaryTests

if TYPE_CHECKING:
    from engine.dmn.compiling import Compiler
    from engine.dmn.types import TypeTable

#: makes the result out of the numbers of the rules that hold, from 0, and says what is wrong with them
_Policy = Callable[[Scope, Sequence[int]], tuple[Value, str]]

_AGGREGATES = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}


def compile_table(compiler: Compiler, table: DecisionTable) -> Code:
    """The closure that evaluates the table and records which rules held."""
    inputs = [_input(compiler, clause) for clause in table.inputs]
    tests = compiler.within(QUESTION)
    # A cell that always holds is left out.
    rules = [
        [(column, tests.tests(cell).code) for column, cell in enumerate(rule.tests) if cell.text.strip() != "-"]
        for rule in table.rules
    ]
    policy = _policy(compiler, table)
    identifiers = [rule.id for rule in table.rules]
    first_only = table.hit_policy is HitPolicy.FIRST
    record, owner, cost = compiler.record, compiler.owner, len(rules) + len(inputs)

    def code(scope: Scope) -> Value:
        scope.runtime.budget.spend(cost)
        columns: list[Scope] = []
        for clause in inputs:
            fits, value = clause(scope)
            if not fits:
                record(scope, owner, (), (), "an input has a value that is not allowed")
                return None
            columns.append(scope.inner({QUESTION: value}))
        held: list[int] = []
        for number, cells in enumerate(rules):
            for column, test in cells:
                if test(columns[column]) is not True:
                    break
            else:
                held.append(number)
                if first_only:
                    break
        result, problem = policy(scope, held)
        record(scope, owner, [number + 1 for number in held], [identifiers[number] for number in held], problem)
        return result

    return code


def _input(compiler: Compiler, clause: InputClause) -> Callable[[Scope], tuple[bool, Value]]:
    """The input's value, made to fit its type, and whether it is an allowed one."""
    code = compiler.code(clause.expression)
    if clause.allowed is None:
        return lambda scope: (True, code(scope))
    allowed = compiler.within(QUESTION).tests(clause.allowed).code

    def value(scope: Scope) -> tuple[bool, Value]:
        found = code(scope)
        return found is None or allowed(scope.inner({QUESTION: found})) is True, found

    return value


def _policy(compiler: Compiler, table: DecisionTable) -> _Policy:
    outputs = [
        [
            compiler.typed(compiler.code(cell), clause.type)
            for cell, clause in zip(rule.outputs, table.outputs, strict=True)
        ]
        for rule in table.rules
    ]
    names = [clause.name for clause in table.outputs]

    def output(scope: Scope, number: int) -> Value:
        values = [code(scope) for code in outputs[number]]
        return values[0] if len(values) == 1 else dict(zip(names, values, strict=True))

    default = _default(compiler, table)
    match table.hit_policy:
        case HitPolicy.UNIQUE:
            return _unique(output, default)
        case HitPolicy.ANY:
            return _any(output, default)
        case HitPolicy.FIRST:
            return lambda scope, held: (output(scope, held[0]) if held else default(scope), "")
        case HitPolicy.PRIORITY:
            rank = _ranking(compiler, table)
            return lambda scope, held: (
                min((output(scope, number) for number in held), key=rank(scope)) if held else default(scope),
                "",
            )
        case HitPolicy.OUTPUT_ORDER:
            rank = _ranking(compiler, table)
            return lambda scope, held: (
                sorted((output(scope, number) for number in held), key=rank(scope)) if held else default(scope),
                "",
            )
        case HitPolicy.COLLECT if table.aggregation:
            return _aggregate(output, default, table)
    return lambda scope, held: ([output(scope, number) for number in held] if held else default(scope), "")


def _default(compiler: Compiler, table: DecisionTable) -> Code:
    """What the table gives when no rule holds: its default outputs, or null, or no results."""
    names = [clause.name for clause in table.outputs]
    codes = [
        None if clause.default is None else compiler.typed(compiler.code(clause.default), clause.type)
        for clause in table.outputs
    ]
    if any(codes):

        def code(scope: Scope) -> Value:
            values = [None if code is None else code(scope) for code in codes]
            value = values[0] if len(values) == 1 else dict(zip(names, values, strict=True))
            if table.hit_policy.single or table.aggregation or isinstance(value, list):
                return value
            return [value]

        return code
    if table.aggregation == "COUNT":
        return lambda _: Decimal(0)
    if table.hit_policy.single or table.aggregation:
        return lambda _: None
    return lambda _: []


_Output = Callable[[Scope, int], Value]


def _unique(output: _Output, default: Code) -> _Policy:
    def policy(scope: Scope, held: Sequence[int]) -> tuple[Value, str]:
        if len(held) > 1:
            return None, "several rules hold where the hit policy UNIQUE allows one"
        return (output(scope, held[0]) if held else default(scope)), ""

    return policy


def _any(output: _Output, default: Code) -> _Policy:
    def policy(scope: Scope, held: Sequence[int]) -> tuple[Value, str]:
        if not held:
            return default(scope), ""
        results = [output(scope, number) for number in held]
        budget = scope.runtime.budget
        if all(equal(result, results[0], budget) is True for result in results):
            return results[0], ""
        return None, "rules with different results hold where the hit policy ANY wants them equal"

    return policy


def _aggregate(output: _Output, default: Code, table: DecisionTable) -> _Policy:
    function = BUILTINS[_AGGREGATES[table.aggregation]]
    names = [clause.name for clause in table.outputs]

    def policy(scope: Scope, held: Sequence[int]) -> tuple[Value, str]:
        if not held:
            return default(scope), ""
        results = [output(scope, number) for number in held]
        if len(names) == 1 or table.aggregation == "COUNT":
            return function.call(scope.runtime, [results], None), ""
        return {name: function.call(scope.runtime, [[result[name] for result in results]], None) for name in names}, ""

    return policy


def _ranking(compiler: Compiler, table: DecisionTable) -> Callable[[Scope], Callable[[Value], tuple[int, ...]]]:
    """The order of priority: that of the allowed values, output by output (DMN 1.5 §8.2.8)."""
    orders = [_priorities(compiler, clause, table) for clause in table.outputs]
    names = [clause.name for clause in table.outputs]

    def ranking(scope: Scope) -> Callable[[Value], tuple[int, ...]]:
        known = [[code(scope) for code in order] for order in orders]
        budget = scope.runtime.budget

        def rank(value: Value) -> tuple[int, ...]:
            parts = [value] if len(names) == 1 else [value[name] for name in names]
            return tuple(
                next((place for place, wanted in enumerate(order) if equal(part, wanted, budget)), len(order))
                for part, order in zip(parts, known, strict=True)
            )

        return rank

    return ranking


def _priorities(compiler: Compiler, clause: OutputClause, table: DecisionTable) -> list[Code]:
    return [compile_node(test) for test in _ordered_values(compiler.types, clause, table)]


def _ordered_values(types: TypeTable, clause: OutputClause, table: DecisionTable) -> tuple[Node, ...]:
    """The output's allowed values, the most important first: its own, or else its type's."""
    if clause.allowed is not None:
        tree = parse_tests(clause.allowed.text).tree
    else:
        kind = types.resolve(clause.type or (table.type if len(table.outputs) == 1 else ""))
        definition = types.get(kind.name) if isinstance(kind, NamedType) else None
        if definition is None or definition.allowed is None:
            return ()
        tree = definition.allowed.tree
    return tree.tests if isinstance(tree, UnaryTests) else ()


def output_order(types: TypeTable, table: DecisionTable) -> list[int] | None:
    """The rank of each rule's output, 0 the most important; None when it cannot be told without evaluating."""
    orders = [_ordered_values(types, clause, table) for clause in table.outputs]
    ranks: list[tuple[int, ...]] = []
    for rule in table.rules:
        places: list[int] = []
        for cell, order in zip(rule.outputs, orders, strict=True):
            try:
                wanted = parse(cell.text).tree if cell.text else None
            except FeelError:
                return None
            if order and wanted not in order:
                return None
            places.append(order.index(wanted) if wanted in order else 0)
        ranks.append(tuple(places))
    distinct = sorted(set(ranks))
    return [distinct.index(rank) for rank in ranks]
