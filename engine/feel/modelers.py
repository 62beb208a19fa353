"""Expressions as modelers' editors save them: ``= FEEL``, bare FEEL, and Camunda 7's ``${…}``.

Of the last, the Unified Expression Language (JSR 341), comparisons, logic, arithmetic and paths are translated
to FEEL. It could call any method of any object; such expressions are refused, with what to do instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from engine.feel import syntax
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.expression import Expression, parse
from engine.feel.limits import MAX_NESTING, MAX_TEXT
from engine.feel.numbers import number_literal
from engine.feel.walk import check_depth

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<word>[^\W\d][\w$]*)|(?P<symbol>&&|\|\||==|!=|<=|>=|.))""",
    re.DOTALL,
)
_BRACES = re.compile(r"\s*[$#]\{(.*)\}\s*", re.DOTALL)
_COMPARISONS = {
    "==": "=",
    "eq": "=",
    "!=": "!=",
    "ne": "!=",
    "<": "<",
    "lt": "<",
    "<=": "<=",
    "le": "<=",
    ">": ">",
    "gt": ">",
    ">=": ">=",
    "ge": ">=",
}
_RESERVED = frozenset(["and", "or", "not", "empty", "div", "mod", "instanceof", *filter(str.isalpha, _COMPARISONS)])


def from_modeler(text: str, names: Iterable[str] = ()) -> Expression:
    """Read an expression in any of the forms that modelers save.

    :raises FeelSyntaxError: when it is none, or is a ``${…}`` that calls a method or mixes text and expressions
    """
    stripped = text.strip()
    if stripped.startswith("="):
        return parse(stripped[1:].strip(), names)
    if "${" in stripped or "#{" in stripped:
        found = _BRACES.fullmatch(text)
        if found and not _has_second(found[1]):
            tree = _Translator(text, found.start(1), found.end(1)).translate()
            check_depth(tree)
            return Expression(text, tree)
        if not _in_string(stripped):
            raise FeelSyntaxError(text, 0, "a single ${…}", 'text around it; write FEEL: = "…" + variable')
    return parse(stripped, names)


def _has_second(body: str) -> bool:
    return "${" in body or "#{" in body


def _in_string(text: str) -> bool:
    """Whether a FEEL expression merely has the braces within a string."""
    return "${" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", text) and "#{" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", text)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


class _Translator:
    def __init__(self, text: str, start: int, end: int) -> None:
        if len(text) > MAX_TEXT:
            raise FeelLimitError(f"the expression is longer than {MAX_TEXT} characters")
        self.text = text
        self.tokens = [
            _Token(match.lastgroup or "symbol", match[match.lastgroup or "symbol"], match.start(match.lastgroup or 0))
            for match in _TOKEN.finditer(text[:end].rstrip(), start)
        ]
        self.tokens.append(_Token("end", "", end))
        self.at = 0
        self.nesting = 0

    def translate(self) -> syntax.Node:
        node = self.ternary()
        if self.token.kind != "end":
            raise self.fail("an operator or '}'")
        return node

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def fail(self, expected: str) -> FeelSyntaxError:
        token = self.token
        return FeelSyntaxError(self.text, token.start, expected, f"'{token.text}'" if token.text else "'}'")

    def accept(self, *texts: str) -> str | None:
        if self.token.kind in ("symbol", "word") and self.token.text in texts:
            self.at += 1
            return self.tokens[self.at - 1].text
        return None

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.fail(f"'{text}'")

    def ternary(self) -> syntax.Node:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise FeelLimitError(f"the expression is nested more than {MAX_NESTING} deep")
        node = self.disjunction()
        if self.accept("?"):
            yes = self.ternary()
            self.expect(":")
            node = syntax.If(node, yes, self.ternary())
        self.nesting -= 1
        return node

    def disjunction(self) -> syntax.Node:
        node = self.conjunction()
        while self.accept("||", "or"):
            node = syntax.Or(node, self.conjunction())
        return node

    def conjunction(self) -> syntax.Node:
        node = self.comparison()
        while self.accept("&&", "and"):
            node = syntax.And(node, self.comparison())
        return node

    def comparison(self) -> syntax.Node:
        node = self.sum()
        while operator := self.accept(*_COMPARISONS):
            node = syntax.Comparison(_COMPARISONS[operator], node, self.sum())
        return node

    def sum(self) -> syntax.Node:
        node = self.product()
        while operator := self.accept("+", "-"):
            node = syntax.Arithmetic(operator, node, self.product())
        return node

    def product(self) -> syntax.Node:
        node = self.unary()
        while operator := self.accept("*", "/", "div", "%", "mod"):
            right = self.unary()
            if operator in ("%", "mod"):
                node = syntax.Call(syntax.Name("modulo"), (node, right))
            else:
                node = syntax.Arithmetic("/" if operator == "div" else operator, node, right)
        return node

    def unary(self) -> syntax.Node:
        signs: list[str] = []
        while sign := self.accept("!", "not", "-", "empty"):
            signs.append(sign)
            if len(signs) > MAX_NESTING:
                raise FeelLimitError(f"the expression is nested more than {MAX_NESTING} deep")
        node = self.path(self.operand())
        for sign in reversed(signs):
            if sign == "-":
                node = syntax.Negate(node)
            elif sign == "empty":
                node = syntax.In(node, (syntax.Literal(None), syntax.Literal(""), syntax.ListOf(())))
            else:
                node = syntax.Call(syntax.Name("not"), (node,))
        return node

    def path(self, node: syntax.Node) -> syntax.Node:
        while True:
            if self.token.text == "(" and self.token.kind == "symbol":
                raise self.fail("a comparison or a path: methods and functions cannot be called in ${…}, use FEEL")
            if self.accept("."):
                node = syntax.Path(node, self.word())
            elif self.accept("["):
                node = self.index(node)
            else:
                return node

    def word(self) -> str:
        if self.token.kind != "word":
            raise self.fail("a name")
        self.at += 1
        return self.tokens[self.at - 1].text

    def index(self, node: syntax.Node) -> syntax.Node:
        key = self.operand()
        self.expect("]")
        if isinstance(key, syntax.Literal):
            if isinstance(key.value, str):
                return syntax.Path(node, key.value)
            if isinstance(key.value, Decimal):
                # Counted from 0 there, from 1 in FEEL.
                return syntax.Filter(node, syntax.Literal(key.value + 1))
        self.at -= 1
        raise self.fail("a number or a string in brackets")

    def operand(self) -> syntax.Node:
        token = self.token
        if token.kind == "number":
            value = number_literal(token.text)
            if value is None:
                raise self.fail("a number within FEEL's range")
            self.at += 1
            return syntax.Literal(value)
        if token.kind == "string":
            self.at += 1
            return syntax.Literal(re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL))
        if token.kind == "word" and token.text not in _RESERVED:
            self.at += 1
            constants: dict[str, bool | None] = {"true": True, "false": False, "null": None}
            return syntax.Literal(constants[token.text]) if token.text in constants else syntax.Name(token.text)
        if self.accept("("):
            node = self.ternary()
            self.expect(")")
            return node
        raise self.fail("a value")
