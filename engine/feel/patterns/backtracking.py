"""A backtracking matcher for what RE2 lacks. Every step it takes is counted against the bounds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from engine.feel.errors import FeelLimitError
from engine.feel.limits import Budget
from engine.feel.patterns.characters import holds
from engine.feel.patterns.tree import Anchor, Back, Choice, Class, Group, Part, Repeat, Sequence

#: start and end of the whole match and of each group, (-1, -1) where it took no part
Spans = list[tuple[int, int]]

_Next = Callable[[int], bool]
_STEP = 3


class Matcher:
    """Matches one tree against texts."""

    def __init__(self, part: Part, groups: int, *, lines: bool, ignore_case: bool) -> None:
        """Flags as of the pattern: ``m`` and ``i``."""
        self._part = part
        self._groups = groups
        self._lines = lines
        self._ignore_case = ignore_case

    def search(self, text: str, start: int, budget: Budget) -> Spans | None:
        """The first match at or after a position.

        :raises FeelLimitError: when it takes too many steps, or goes too deep
        """
        try:
            for at in range(start, len(text) + 1):
                spans: Spans = [(-1, -1)] * (self._groups + 1)
                attempt = _Attempt(self, text, spans, budget)
                if attempt.match(self._part, at, partial(attempt.finish, at)):
                    return attempt.spans
        except RecursionError:
            raise FeelLimitError("a pattern with back-references goes too deep for this text") from None
        return None

    def char_matches(self, kind: Class, char: str) -> bool:
        """Whether a class has a character, in either case with flag ``i``."""
        if holds(kind, char):
            return True
        return self._ignore_case and any(len(c) == 1 and holds(kind, c) for c in (char.lower(), char.upper()))

    def at_anchor(self, sign: str, text: str, at: int) -> bool:
        """Whether ``^`` or ``$`` holds at a position."""
        edge = 0 if sign == "^" else len(text)
        if at == edge:
            return True
        return self._lines and text[at - 1 if sign == "^" else at] == "\n"

    def same(self, left: str, right: str) -> bool:
        """Whether what a group captured comes again."""
        return left == right or (self._ignore_case and left.casefold() == right.casefold())


class _Attempt:
    def __init__(self, matcher: Matcher, text: str, spans: Spans, budget: Budget) -> None:
        self.matcher = matcher
        self.text = text
        self.spans = spans
        self.budget = budget

    def finish(self, start: int, end: int) -> bool:
        self.spans[0] = (start, end)
        return True

    def match(self, part: Part, at: int, after: _Next) -> bool:
        self.budget.spend(_STEP)
        match part:
            case Class():
                return at < len(self.text) and self.matcher.char_matches(part, self.text[at]) and after(at + 1)
            case Sequence(parts):
                return self._sequence(parts, 0, at, after)
            case Choice(options):
                return any(self.match(option, at, after) for option in options)
            case Group(inner, None):
                return self.match(inner, at, after)
            case Group(inner, int() as number):
                return self._group(inner, number, at, after)
            case Back(number):
                return self._back(number, at, after)
            case Anchor(sign):
                return self.matcher.at_anchor(sign, self.text, at) and after(at)
            case Repeat(Class() as kind, least, most, greedy):
                return self._repeat_class(kind, least, most, greedy, at, after)
            case Repeat():
                return self._repeat(part, 0, at, after)
        return False

    def _sequence(self, parts: tuple[Part, ...], index: int, at: int, after: _Next) -> bool:
        if index == len(parts):
            return after(at)
        return self.match(parts[index], at, lambda end: self._sequence(parts, index + 1, end, after))

    def _group(self, inner: Part, number: int, at: int, after: _Next) -> bool:
        before = self.spans[number]

        def close(end: int) -> bool:
            outer = self.spans[number]
            self.spans[number] = (at, end)
            if after(end):
                return True
            self.spans[number] = outer
            return False

        if self.match(inner, at, close):
            return True
        self.spans[number] = before
        return False

    def _back(self, number: int, at: int, after: _Next) -> bool:
        start, end = self.spans[number]
        captured = self.text[start:end] if start >= 0 else ""
        self.budget.spend(len(captured) // 20)
        again = self.text[at : at + len(captured)]
        return self.matcher.same(captured, again) and after(at + len(captured))

    def _repeat_class(self, kind: Class, least: int, most: int | None, greedy: bool, at: int, after: _Next) -> bool:
        text, limit = self.text, len(self.text) if most is None else min(len(self.text), at + most)
        end = at
        if greedy:
            while end < limit and self.matcher.char_matches(kind, text[end]):
                end += 1
                self.budget.spend(1)
            return any(after(stop) for stop in range(end, at + least - 1, -1))
        while True:
            if end - at >= least and after(end):
                return True
            if end >= limit or not self.matcher.char_matches(kind, text[end]):
                return False
            end += 1
            self.budget.spend(1)

    def _repeat(self, part: Repeat, count: int, at: int, after: _Next) -> bool:
        def more() -> bool:
            if part.most is not None and count >= part.most:
                return False
            # A round that takes nothing would go on for ever.
            return self.match(
                part.part,
                at,
                lambda end: (end > at or count < part.least) and self._repeat(part, count + 1, end, after),
            )

        if count < part.least:
            return more()
        return more() or after(at) if part.greedy else after(at) or more()
