"""Closures for unary tests and the operator ``in`` (DMN 1.5 §10.3.2.8 and table 54)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.feel import syntax
from engine.feel.comparing import compare, either, equal, within
from engine.feel.compile_basics import compare_constant
from engine.feel.compiler import compile_node, compiles
from engine.feel.model import Range, Value
from engine.feel.scope import Code, Scope
from engine.feel.walk import free_names

#: a test of a value; the scope gives the names within the test
Test = Callable[[Value, Scope], bool | None]

# What is a condition by its form, not a value to compare with.
_CONDITIONS = (
    syntax.Comparison,
    syntax.And,
    syntax.Or,
    syntax.Between,
    syntax.In,
    syntax.InstanceOf,
    syntax.Quantified,
    syntax.Call,
)

#: the name that a unary test gives the tested value
QUESTION = "?"


@compiles(syntax.In)
def _in(node: syntax.In) -> Code:
    value = compile_node(node.value)
    tests = [_test(test, unary=False) for test in node.tests]
    if len(tests) == 1 and not isinstance(node.tests[0], syntax.OperatorTest):
        among = compile_node(node.tests[0])
        return lambda scope: matches(value(scope), among(scope), scope, whole=False)

    def code(scope: Scope) -> bool | None:
        tested = value(scope)
        result: bool | None = False
        for test in tests:
            result = either(result, test(tested, scope))
            if result is True:
                break
        return result

    return code


@compiles(syntax.UnaryTests)
def _unary_tests(node: syntax.UnaryTests) -> Code:
    """Tests of the variable ``?``."""
    if not node.tests:
        return lambda _: True
    if len(node.tests) == 1 and not node.negated:
        single = _constant_test(node.tests[0])
        if single is not None:
            return single
    tests = [_test(test, unary=True) for test in node.tests]
    negated = node.negated

    def code(scope: Scope) -> bool | None:
        tested = scope.variables.get(QUESTION)
        result: bool | None = False
        for test in tests:
            result = either(result, test(tested, scope))
            if result is True:
                break
        if not negated:
            return result
        return None if result is None else not result

    return code


def _question(scope: Scope) -> Value:
    return scope.variables.get(QUESTION)


def _constant_test(node: syntax.Node) -> Code | None:
    """The frequent cells of decision tables: a literal, or a comparison with one."""
    match node:
        case syntax.Literal(value) if not isinstance(value, bool):
            return compare_constant("=", _question, value)
        case syntax.OperatorTest(operator, syntax.Literal(value)):
            return compare_constant(operator, _question, value)
        case syntax.Interval(syntax.Literal(Decimal() as low), syntax.Literal(Decimal() as high), first, last):

            def code(scope: Scope) -> bool | None:
                value = scope.variables.get(QUESTION)
                if type(value) is not Decimal:
                    return None
                above = low <= value if first else low < value
                return bool(above and (value <= high if last else value < high))

            return code
    return None


def _test(node: syntax.Node, *, unary: bool) -> Test:
    if isinstance(node, syntax.OperatorTest):
        operator, endpoint = node.operator, compile_node(node.endpoint)
        return lambda value, scope: compare(operator, value, endpoint(scope), scope.runtime.budget)
    code = compile_node(node)
    if unary and QUESTION in free_names(node):

        def asked(value: Value, scope: Scope) -> bool | None:
            result = code(scope)
            return result if isinstance(result, bool) else matches(value, result, scope)

        return asked
    if not unary:
        return lambda value, scope: matches(value, code(scope), scope)

    condition = isinstance(node, _CONDITIONS)

    def plain(value: Value, scope: Scope) -> bool | None:
        result = code(scope)
        if condition and isinstance(result, bool) and not isinstance(value, bool):
            return result  # a condition that does not mention the value
        return matches(value, result, scope)

    return plain


def matches(value: Value, result: Value, scope: Scope, *, whole: bool = True) -> bool | None:
    """Whether a value is, or is among, what a test evaluated to.

    :param whole: whether a list passes for being the very list, not only for being among its elements
    """
    budget = scope.runtime.budget
    if isinstance(result, Range):
        return within(value, result, budget)
    if type(result) is list:
        budget.spend(len(result))
        if whole and type(value) is list and equal(value, result, budget):
            return True
        found: bool | None = False
        for item in result:
            held = within(value, item, budget) if isinstance(item, Range) else equal(value, item, budget)
            if held is True:
                return True
            if held is None and isinstance(item, Range):
                found = None
        return found
    return equal(value, result, budget)
