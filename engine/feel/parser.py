"""Reads FEEL into its tree: a Pratt parser over DMN 1.5 §10.3.1.2, one method a construct.

Precedence, from loose to tight: or, and, comparison, addition, multiplication, exponentiation, negation,
instance of, then path, filter and invocation.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from engine.feel import syntax
from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.lexer import END, NUMBER, STRING, SYMBOL, WORD, Token, tokenize, unescape
from engine.feel.limits import MAX_NESTING, MAX_TEXT
from engine.feel.names import KEYWORDS, KnownNames, spelled
from engine.feel.numbers import number_literal
from engine.feel.walk import MAX_DEPTH, check_depth, too_deep

_LOOSE, _OR, _AND, _COMPARE, _ADD, _MULTIPLY, _POWER, _NEGATE, _INSTANCE, _POSTFIX = range(10)

_COMPARISONS = frozenset(["=", "!=", "<", "<=", ">", ">="])
_BINDING = {
    "or": _OR,
    "and": _AND,
    "between": _COMPARE,
    "in": _COMPARE,
    "instance": _INSTANCE,
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
    "/": _MULTIPLY,
    "**": _POWER,
    ".": _POSTFIX,
    "[": _POSTFIX,
    "(": _POSTFIX,
    **dict.fromkeys(_COMPARISONS, _COMPARE),
}
# Functions and types whose names hold a keyword, so that joining words does not find them.
_WITH_KEYWORD = KnownNames(["date and time", "years and months duration"])
_TYPES_WITH_KEYWORD = KnownNames(["date and time", "days and time duration", "years and months duration"])
# What cannot begin an expression: a bracket before it closes a range, as in [1..10[, and filters nothing.
_NO_START = frozenset(
    [
        *("", ")", ",", "]", "}", ".", ":", "..", "+", "*", "/", "**", *_COMPARISONS),
        *("and", "or", "then", "else", "return", "satisfies", "in", "between", "instance"),
    ]
)
_NAME_SYMBOLS = frozenset([".", "/", "-", "'", "+", "*", "**"])


def _plain(text: str) -> str:
    """The ASCII sign that a full-width or typographic one looks like; empty when it is none."""
    plain = {"“": '"', "”": '"', "‘": '"', "’": '"', "、": ",", "—": "-", "–": "-", "−": "-"}.get(text)
    plain = plain or unicodedata.normalize("NFKC", text)
    return plain if len(text) == 1 and not text.isascii() and plain.isascii() else ""


def parse_expression(text: str, names: Iterable[str] = ()) -> syntax.Node:
    """The tree of an expression.

    :param names: names in scope; only irregular ones matter
    :raises FeelSyntaxError: with the position and what was expected there
    :raises FeelLimitError: for a text too long or nested too deep
    """
    parser = _Parser(text, names)
    node = parser.expression(_LOOSE)
    parser.finish()
    check_depth(node)
    return node


def parse_unary_tests(text: str, names: Iterable[str] = ()) -> syntax.UnaryTests:
    """The tree of unary tests (DMN 1.5 §10.3.1.2 rule 7); errors as for an expression."""
    parser = _Parser(text, names)
    node = parser.unary_tests()
    parser.finish()
    check_depth(node)
    return node


def parse_type(text: str) -> syntax.TypeNode:
    """The tree of a type such as ``list<number>``."""
    parser = _Parser(text, ())
    node = parser.type_name()
    parser.finish()
    return node


class _Parser:
    def __init__(self, text: str, names: Iterable[str]) -> None:
        if len(text) > MAX_TEXT:
            raise FeelLimitError(f"the expression is longer than {MAX_TEXT} characters")
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.known = KnownNames(names)
        self.nesting = 0

    # Tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def fail(self, expected: str) -> FeelSyntaxError:
        token = self.token
        found = "the end of the text" if token.kind == END else f"'{token.text[:40]}'"
        plain = _plain(token.text)
        if plain:
            found += f", which is not '{plain}'"
        return FeelSyntaxError(self.text, token.start, expected, found)

    def is_symbol(self, *texts: str) -> bool:
        return self.token.kind == SYMBOL and self.token.text in texts

    def is_word(self, text: str) -> bool:
        return self.token.kind == WORD and self.token.text == text

    def accept(self, text: str) -> bool:
        if self.token.text == text and self.token.kind in (SYMBOL, WORD):
            self.at += 1
            return True
        return False

    def expect(self, *texts: str) -> str:
        for text in texts:
            if self.accept(text):
                return text
        raise self.fail(" or ".join(f"'{text}'" for text in texts))

    def finish(self) -> None:
        if self.token.kind != END:
            raise self.fail("an operator or the end of the text")

    # Names

    def name(self, *, called: bool = False) -> str:
        """A name in an expression: the longest known one, or else the words up to a keyword."""
        length = self.known.match(self.tokens, self.at)
        if not length and called:
            length = _WITH_KEYWORD.match(self.tokens, self.at)
            if length and self.peek(length).text != "(":
                length = 0
        if not length:
            if self.token.kind != WORD or self.token.text in KEYWORDS:
                raise self.fail("a name")
            length = 1
            while self._continues_name(self.peek(length), self.peek(length + 1)):
                length += 1
        return self._take(length)

    @staticmethod
    def _continues_name(token: Token, after: Token) -> bool:
        if token.kind == NUMBER:
            return token.text.isdigit()
        if token.kind != WORD or token.text in KEYWORDS:
            return False
        return not (token.text == "instance" and after.text == "of")

    def _take(self, length: int) -> str:
        name = spelled(self.tokens[self.at : self.at + length])
        self.at += length
        return name

    def new_name(self, *ends: str) -> str:
        """A name being defined: everything up to one of the ends."""
        length = 0
        while (token := self.peek(length)).text not in ends:
            if token.kind not in (WORD, NUMBER) and not (length and token.text in _NAME_SYMBOLS):
                break
            length += 1
        if not length or self.token.kind == NUMBER or self.peek(length).text not in ends:
            self.at += length
            raise self.fail("a name" if not length else " or ".join(f"'{end}'" for end in ends))
        name = self._take(length)
        self.known.add(name)
        return name

    # Expressions

    def expression(self, binding: int) -> syntax.Node:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise FeelLimitError(f"the expression is nested more than {MAX_NESTING} deep")
        left = self.operators(self.prefix(), binding)
        self.nesting -= 1
        return left

    def operators(self, left: syntax.Node, binding: int) -> syntax.Node:
        """The operand with all operators after it that bind tighter than ``binding``."""
        for _ in range(MAX_DEPTH):
            token = self.token
            tightness = _BINDING.get(token.text, -1) if token.kind in (SYMBOL, WORD) else -1
            if tightness <= binding or (token.text == "instance" and self.peek().text != "of"):
                return left
            if token.text == "[" and self.peek().text in _NO_START and self.peek().kind != STRING:
                return left
            left = self.infix(left, token, tightness)
        raise too_deep()

    def prefix(self) -> syntax.Node:
        token = self.token
        if token.kind == NUMBER:
            self.at += 1
            return syntax.Literal(self.number(token))
        if token.kind == STRING:
            self.at += 1
            return syntax.Literal(unescape(token.text))
        if token.kind == WORD:
            return self.word(token)
        if token.kind == SYMBOL:
            if token.text == "-":
                self.at += 1
                return syntax.Negate(self.expression(_POWER))
            if token.text == "(":
                return self.parenthesis()
            if token.text in ("[", "]"):
                return self.bracket()
            if token.text == "{":
                return self.context()
            if token.text == "@":
                self.at += 1
                if self.token.kind != STRING:
                    raise self.fail("a string")
                literal = syntax.AtLiteral(unescape(self.token.text))
                self.at += 1
                return literal
        raise self.fail("an expression")

    def number(self, token: Token) -> Decimal:
        value = number_literal(token.text)
        if value is None:
            self.at -= 1
            raise self.fail("a number within 1E-6143 and 1E6144")
        return value

    def word(self, token: Token) -> syntax.Node:
        if not self.known.match(self.tokens, self.at):
            match token.text:
                case "true" | "false" | "null":
                    self.at += 1
                    return syntax.Literal({"true": True, "false": False, "null": None}[token.text])
                case "if":
                    return self.conditional()
                case "for":
                    return self.loop()
                case "some" | "every":
                    return self.quantified()
                case "function":
                    if self.peek().text == "(":
                        return self.function()
        return syntax.Name(self.name(called=True))

    def infix(self, left: syntax.Node, token: Token, tightness: int) -> syntax.Node:
        self.at += 1
        operator = token.text
        match operator:
            case "or":
                return syntax.Or(left, self.expression(tightness))
            case "and":
                return syntax.And(left, self.expression(tightness))
            case "between":
                low = self.expression(_COMPARE)
                self.expect("and")
                return syntax.Between(left, low, self.expression(_COMPARE))
            case "in":
                return syntax.In(left, self.in_tests())
            case "instance":
                self.expect("of")
                return syntax.InstanceOf(left, self.type_name())
            case ".":
                return syntax.Path(left, self.name())
            case "[":
                condition = self.expression(_LOOSE)
                self.expect("]")
                return syntax.Filter(left, condition)
            case "(":
                return self.call(left)
        right = self.expression(tightness)
        if operator in _COMPARISONS:
            return syntax.Comparison(operator, left, right)
        return syntax.Arithmetic(operator, left, right)

    def call(self, function: syntax.Node) -> syntax.Node:
        arguments: list[syntax.Node] = []
        names: list[str] = []
        while not self.accept(")"):
            if arguments:
                self.expect(",")
            name = self.parameter_name()
            if name is not None:
                names.append(name)
            if bool(names) != (name is not None) or (name is not None and len(names) != len(arguments) + 1):
                raise self.fail("either names for all arguments or for none")
            arguments.append(self.expression(_LOOSE))
        return syntax.Call(function, tuple(arguments), tuple(names) if names else None)

    def parameter_name(self) -> str | None:
        length = 0
        while True:
            token = self.peek(length)
            if token.text == ":" and length:
                name = self._take(length)
                self.at += 1
                return name
            if token.kind not in (WORD, NUMBER) and token.text not in _NAME_SYMBOLS:
                return None
            length += 1

    # Constructs

    def conditional(self) -> syntax.Node:
        self.expect("if")
        condition = self.expression(_LOOSE)
        self.expect("then")
        yes = self.expression(_LOOSE)
        self.expect("else")
        return syntax.If(condition, yes, self.expression(_LOOSE))

    def iterations(self, end: str) -> tuple[syntax.Iteration, ...]:
        found: list[syntax.Iteration] = []
        while not found or self.accept(","):
            name = self.new_name("in")
            self.expect("in")
            source = self.expression(_LOOSE)
            found.append(syntax.Iteration(name, source, self.expression(_LOOSE) if self.accept("..") else None))
        self.expect(end)
        return tuple(found)

    def loop(self) -> syntax.Node:
        self.expect("for")
        iterations = self.iterations("return")
        self.known.add("partial")
        return syntax.For(iterations, self.expression(_LOOSE))

    def quantified(self) -> syntax.Node:
        quantifier = self.expect("some", "every")
        iterations = self.iterations("satisfies")
        return syntax.Quantified(quantifier, iterations, self.expression(_LOOSE))

    def function(self) -> syntax.Node:
        self.expect("function")
        self.expect("(")
        parameters: list[tuple[str, syntax.TypeNode | None]] = []
        while not self.accept(")"):
            if parameters:
                self.expect(",")
            name = self.new_name(":", ",", ")")
            parameters.append((name, self.type_name() if self.accept(":") else None))
        external = self.is_word("external")
        if external:
            self.at += 1
        return syntax.Function(tuple(parameters), self.expression(_LOOSE), external)

    def context(self) -> syntax.Node:
        self.expect("{")
        entries: list[tuple[str, syntax.Node]] = []
        while not self.accept("}"):
            if entries:
                self.expect(",")
            if self.token.kind == STRING:
                key = unescape(self.token.text)
                self.at += 1
                self.known.add(key)
            else:
                key = self.new_name(":")
            self.expect(":")
            entries.append((key, self.expression(_LOOSE)))
        return syntax.Context(tuple(entries))

    def parenthesis(self) -> syntax.Node:
        self.expect("(")
        if self.is_symbol(*_COMPARISONS):
            test = self.operator_test()
            self.expect(")")
            return test
        inner = self.expression(_LOOSE)
        if self.accept(".."):
            return self.interval(inner, False)
        self.expect(")")
        return inner

    def bracket(self) -> syntax.Node:
        opening = self.expect("[", "]")
        if opening == "[" and self.accept("]"):
            return syntax.ListOf(())
        first = self.list_item() if opening == "[" else self.expression(_LOOSE)
        if opening == "]" and not self.is_symbol(".."):
            raise self.fail("'..'")
        if self.accept(".."):
            return self.interval(first, opening == "[")
        items = [first]
        while self.accept(","):
            items.append(self.list_item())
        self.expect("]")
        return syntax.ListOf(tuple(items))

    def list_item(self) -> syntax.Node:
        # Lists of ranges may leave out their parentheses: [< 5, > 10].
        return self.operator_test() if self.is_symbol(*_COMPARISONS) else self.expression(_LOOSE)

    def interval(self, start: syntax.Node, start_included: bool) -> syntax.Node:
        end = self.expression(_LOOSE)
        closing = self.expect("]", ")", "[")
        return syntax.Interval(start, end, start_included, closing == "]")

    # Unary tests

    def operator_test(self) -> syntax.Node:
        operator = self.token.text
        self.at += 1
        return syntax.OperatorTest(operator, self.expression(_COMPARE))

    def test(self, binding: int = _LOOSE) -> syntax.Node:
        return self.operator_test() if self.is_symbol(*_COMPARISONS) else self.expression(binding)

    def in_tests(self) -> tuple[syntax.Node, ...]:
        """What follows ``in``: one test, or several in parentheses."""
        if not self.accept("("):
            return (self.test(_COMPARE),)
        tests = self.tests()
        if len(tests) == 1 and self.accept(".."):
            return (self.operators(self.interval(tests[0], False), _COMPARE),)
        self.expect(")")
        if len(tests) == 1 and not isinstance(tests[0], syntax.OperatorTest):
            return (self.operators(tests[0], _COMPARE),)
        return tests

    def unary_tests(self) -> syntax.UnaryTests:
        if self.token.kind == END:
            raise self.fail("a test, or '-' for any value")
        if self.is_symbol("-") and self.peek().kind == END:
            self.at += 1
            return syntax.UnaryTests(())
        if self.is_word("not") and self.peek().text == "(":
            start = self.at
            self.at += 2
            tests = self.tests()
            if self.accept(")") and self.token.kind == END:
                return syntax.UnaryTests(tests, True)
            self.at, self.nesting = start, 0
        return syntax.UnaryTests(self.tests())

    def tests(self) -> tuple[syntax.Node, ...]:
        found = [self.test()]
        while self.accept(","):
            found.append(self.test())
        return tuple(found)

    # Types

    def type_name(self) -> syntax.TypeNode:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise FeelLimitError(f"the type is nested more than {MAX_NESTING} deep")
        try:
            if self.token.kind != WORD:
                raise self.fail("a type")
            if self.peek().text == "<":
                match self.token.text:
                    case "list":
                        return syntax.ListType(self.type_argument())
                    case "range":
                        return syntax.RangeType(self.type_argument())
                    case "context":
                        return self.context_type()
                    case "function":
                        return self.function_type()
            length = _TYPES_WITH_KEYWORD.match(self.tokens, self.at) or self.known.match(self.tokens, self.at)
            if length:
                return syntax.NamedType(self._take(length))
            if self.accept("function"):
                return syntax.NamedType("function")
            if self.is_word("null"):
                self.at += 1
                return syntax.NamedType("Null")
            name = self.name()
            while self.is_symbol(".") and self.peek().kind == WORD:
                self.at += 1
                name += "." + self.name()
            return syntax.NamedType(name)
        finally:
            self.nesting -= 1

    def type_argument(self) -> syntax.TypeNode:
        self.at += 2
        item = self.type_name()
        self.expect(">")
        return item

    def context_type(self) -> syntax.TypeNode:
        self.at += 2
        entries: list[tuple[str, syntax.TypeNode]] = []
        while not self.accept(">"):
            if entries:
                self.expect(",")
            key = self.new_name(":")
            self.expect(":")
            entries.append((key, self.type_name()))
        return syntax.ContextType(tuple(entries))

    def function_type(self) -> syntax.TypeNode:
        self.at += 2
        parameters: list[syntax.TypeNode] = []
        while not self.accept(">"):
            if parameters:
                self.expect(",")
            parameters.append(self.type_name())
        self.expect("->")
        return syntax.FunctionType(tuple(parameters), self.type_name())
