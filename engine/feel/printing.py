"""Writes a tree back as FEEL; reading that again gives the same tree."""

from __future__ import annotations

from engine.feel import syntax
from engine.feel.lexer import quote
from engine.feel.names import KEYWORDS, is_irregular
from engine.feel.numbers import write_number

_OPEN, _OR, _AND, _COMPARE, _ADD, _MULTIPLY, _POWER, _NEGATE, _INSTANCE, _POSTFIX = range(10)
_ARITHMETIC = {"+": _ADD, "-": _ADD, "*": _MULTIPLY, "/": _MULTIPLY, "**": _POWER}


def print_node(node: syntax.Node) -> str:
    """The tree as FEEL text."""
    return _print(node, _OPEN)


def _print(node: syntax.Node, least: int) -> str:
    """The node, in parentheses when it binds looser than its place asks."""
    level, text = _compose(node)
    return text if level >= least else f"({text})"


def _compose(node: syntax.Node) -> tuple[int, str]:
    match node:
        case syntax.Literal(value):
            return _POSTFIX, _literal(value)
        case syntax.AtLiteral(text):
            return _POSTFIX, "@" + quote(text)
        case syntax.Name(name):
            return _POSTFIX, name
        case syntax.Path(base, name):
            return _POSTFIX, f"{_print(base, _POSTFIX)}.{name}"
        case syntax.Filter(base, condition):
            return _POSTFIX, f"{_print(base, _POSTFIX)}[{print_node(condition)}]"
        case syntax.Call():
            return _POSTFIX, _call(node)
        case syntax.Negate(operand):
            return _NEGATE, f"-{_print(operand, _NEGATE)}"
        case syntax.Arithmetic(operator, left, right):
            level = _ARITHMETIC[operator]
            return level, f"{_print(left, level)} {operator} {_print(right, level + 1)}"
        case syntax.Comparison(operator, left, right):
            return _COMPARE, f"{_print(left, _COMPARE)} {operator} {_print(right, _ADD)}"
        case syntax.And(left, right):
            return _AND, f"{_print(left, _AND)} and {_print(right, _COMPARE)}"
        case syntax.Or(left, right):
            return _OR, f"{_print(left, _OR)} or {_print(right, _AND)}"
        case syntax.Between(value, low, high):
            return _COMPARE, f"{_print(value, _COMPARE)} between {_print(low, _ADD)} and {_print(high, _ADD)}"
        case syntax.In(value, tests):
            return _COMPARE, f"{_print(value, _COMPARE)} in ({', '.join(map(print_node, tests))})"
        case syntax.InstanceOf(value, kind):
            return _INSTANCE, f"{_print(value, _INSTANCE)} instance of {print_type(kind)}"
        case syntax.UnaryTests(tests, negated):
            return _OPEN, _unary_tests(tests, negated)
    return _construct(node)


def _construct(node: syntax.Node) -> tuple[int, str]:
    match node:
        case syntax.If(condition, yes, no):
            return _OPEN, f"if {print_node(condition)} then {print_node(yes)} else {print_node(no)}"
        case syntax.For(iterations, body):
            return _OPEN, f"for {_iterations(iterations)} return {print_node(body)}"
        case syntax.Quantified(quantifier, iterations, condition):
            return _OPEN, f"{quantifier} {_iterations(iterations)} satisfies {print_node(condition)}"
        case syntax.Function(parameters, body, external):
            named = ", ".join(name if kind is None else f"{name}: {print_type(kind)}" for name, kind in parameters)
            return _OPEN, f"function({named}) {'external ' if external else ''}{print_node(body)}"
        case syntax.ListOf(items):
            return _POSTFIX, f"[{', '.join(map(print_node, items))}]"
        case syntax.Context(entries):
            return _POSTFIX, "{" + ", ".join(f"{_key(key)}: {print_node(value)}" for key, value in entries) + "}"
        case syntax.Interval(start, end, start_included, end_included):
            opening, closing = "[" if start_included else "(", "]" if end_included else ")"
            return _POSTFIX, f"{opening}{_print(start, _POSTFIX)}..{_print(end, _POSTFIX)}{closing}"
        case syntax.OperatorTest(operator, endpoint):
            return _POSTFIX, f"({operator} {_print(endpoint, _ADD)})"
    raise AssertionError(f"no text for {type(node).__name__}")


def _literal(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote(value) if isinstance(value, str) else write_number(value)  # type: ignore[arg-type]


def _call(node: syntax.Call) -> str:
    arguments = list(map(print_node, node.arguments))
    if node.names is not None:
        arguments = [f"{name}: {text}" for name, text in zip(node.names, arguments, strict=True)]
    return f"{_print(node.function, _POSTFIX)}({', '.join(arguments)})"


def _iterations(iterations: tuple[syntax.Iteration, ...]) -> str:
    return ", ".join(
        f"{each.name} in {print_node(each.source)}"
        if each.end is None
        else f"{each.name} in {_print(each.source, _POSTFIX)}..{_print(each.end, _POSTFIX)}"
        for each in iterations
    )


def _unary_tests(tests: tuple[syntax.Node, ...], negated: bool) -> str:
    if not tests:
        return "-"
    # A call of the function not() would be read as negated tests.
    texts = [f"({text})" if text.startswith("not(") else text for text in map(print_node, tests)]
    return f"not({', '.join(texts)})" if negated else ", ".join(texts)


def _key(key: str) -> str:
    return quote(key) if not key or is_irregular(key) or key in KEYWORDS else key


def print_type(kind: syntax.TypeNode) -> str:
    """The type as FEEL text."""
    match kind:
        case syntax.NamedType(name):
            return name
        case syntax.ListType(item):
            return f"list<{print_type(item)}>"
        case syntax.RangeType(item):
            return f"range<{print_type(item)}>"
        case syntax.ContextType(entries):
            return "context<" + ", ".join(f"{name}: {print_type(entry)}" for name, entry in entries) + ">"
        case syntax.FunctionType(parameters, result):
            return f"function<{', '.join(map(print_type, parameters))}> -> {print_type(result)}"
