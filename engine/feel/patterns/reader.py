"""Reads a regular expression of XPath's (XPath functions 3.1 §5.6.1, XML Schema 1.1 part 2 §G)."""

from __future__ import annotations

from engine.feel.patterns.characters import is_property
from engine.feel.patterns.tree import Anchor, Back, Choice, Class, Group, Part, Repeat, Sequence

_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_QUOTABLE = frozenset("\\|.?*+(){}$-[]^")
_MULTI = frozenset("sSiIcCdDwW")
_LAST = 0x10FFFF
_MAX_NESTING = 30
_MAX_COUNT = 1000
_MAX_LENGTH = 2_000
SPACES = "\t\n\r "


class InvalidPattern(Exception):
    """Not a regular expression; becomes ``null``."""


class Reader:
    """One pass over a pattern."""

    def __init__(self, pattern: str, *, dot_all: bool) -> None:
        """:param dot_all: whether ``.`` takes the ends of lines, too (flag ``s``)"""
        if len(pattern) > _MAX_LENGTH:
            raise InvalidPattern
        self.pattern = pattern
        self.at = 0
        self.groups = 0
        self.closed: set[int] = set()
        self.nesting = 0
        self.has_back = False
        self._dot = Class(((0, _LAST),)) if dot_all else Class(((10, 10), (13, 13)), negated=True)

    def read(self) -> Part:
        """The whole pattern.

        :raises InvalidPattern: when it is none
        """
        part = self._choice()
        if self.at < len(self.pattern):
            raise InvalidPattern
        return part

    def _peek(self) -> str:
        return self.pattern[self.at] if self.at < len(self.pattern) else ""

    def _take(self) -> str:
        char = self._peek()
        if not char:
            raise InvalidPattern
        self.at += 1
        return char

    def _accept(self, text: str) -> bool:
        if self.pattern.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def _choice(self) -> Part:
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise InvalidPattern
        options = [self._sequence()]
        while self._accept("|"):
            options.append(self._sequence())
        self.nesting -= 1
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while (char := self._peek()) and char not in "|)":
            parts.append(self._quantified())
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _quantified(self) -> Part:
        part = self._atom()
        char = self._peek()
        if not char or char not in "?*+{":
            return part
        if isinstance(part, Anchor):
            raise InvalidPattern
        self.at += 1
        least, most = self._counts() if char == "{" else {"?": (0, 1), "*": (0, None), "+": (1, None)}[char]
        return Repeat(part, least, most, not self._accept("?"))

    def _counts(self) -> tuple[int, int | None]:
        end = self.pattern.find("}", self.at)
        if end < 0:
            raise InvalidPattern
        low, comma, high = self.pattern[self.at : end].partition(",")
        self.at = end + 1
        if not low.isascii() or not low.isdigit() or (high and not (high.isascii() and high.isdigit())):
            raise InvalidPattern
        if len(low) > 5 or len(high) > 5:
            raise InvalidPattern
        least = int(low)
        most = least if not comma else int(high) if high else None
        if least > _MAX_COUNT or (most is not None and (most > _MAX_COUNT or most < least)):
            raise InvalidPattern
        return least, most

    def _atom(self) -> Part:
        char = self._take()
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == ".":
            return self._dot
        if char in "^$":
            return Anchor(char)
        if char == "\\":
            return self._escape()
        if char in "?*+{}])":
            raise InvalidPattern
        return Class(((ord(char), ord(char)),))

    def _group(self) -> Part:
        number = None
        if not self._accept("?:"):
            if self._peek() == "?":
                raise InvalidPattern
            self.groups += 1
            number = self.groups
        part = self._choice()
        if not self._accept(")"):
            raise InvalidPattern
        if number is not None:
            self.closed.add(number)
        return Group(part, number)

    def _escape(self) -> Part:
        char = self._peek()
        if not (char.isascii() and char.isdigit()):
            return self._class_escape()
        digits = self._take()
        while self._peek().isascii() and self._peek().isdigit() and int(digits + self._peek()) <= self.groups:
            digits += self._take()
        if int(digits) not in self.closed:
            raise InvalidPattern
        self.has_back = True
        return Back(int(digits))

    def _class_escape(self) -> Class:
        char = self._take()
        if char in _ESCAPED:
            return _single(_ESCAPED[char])
        if char in _QUOTABLE:
            return _single(char)
        if char in _MULTI:
            return Class(properties=((char.lower(), char.isupper()),))
        if char in "pP" and self._accept("{"):
            end = self.pattern.find("}", self.at)
            name = self.pattern[self.at : end]
            if end < 0 or not is_property(name):
                raise InvalidPattern
            self.at = end + 1
            return Class(properties=((name, char == "P"),))
        raise InvalidPattern

    def _class(self) -> Class:
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise InvalidPattern
        negated = self._accept("^")
        ranges: list[tuple[int, int]] = []
        properties: list[tuple[str, bool]] = []
        without: Class | None = None
        while not self._accept("]"):
            if without is not None:
                raise InvalidPattern
            if (ranges or properties) and self._accept("-["):
                without = self._class()
                continue
            member = self._member()
            properties += member.properties
            if not member.ranges:
                continue
            low = high = member.ranges[0][0]
            if self._peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", "["):
                self.at += 1
                last = self._member()
                if not last.ranges:
                    raise InvalidPattern
                high = last.ranges[0][0]
            if high < low:
                raise InvalidPattern
            ranges.append((low, high))
        if not ranges and not properties:
            raise InvalidPattern
        self.nesting -= 1
        return Class(tuple(ranges), tuple(properties), negated, without)

    def _member(self) -> Class:
        char = self._take()
        if char == "\\":
            return self._class_escape()
        if char in "[]":
            raise InvalidPattern
        return _single(char)


def _single(char: str) -> Class:
    return Class(((ord(char), ord(char)),))


def without_spaces(pattern: str) -> str:
    """The pattern as flag ``x`` reads it: white space outside brackets is not part of it."""
    kept: list[str] = []
    brackets, escaped = 0, False
    for char in pattern:
        if char in SPACES and not brackets:
            continue
        if not escaped:
            brackets += {"[": 1, "]": -1}.get(char, 0)
        escaped = char == "\\" and not escaped
        kept.append(char)
    return "".join(kept)
