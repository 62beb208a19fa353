"""A compiled regular expression, by whichever matcher can do it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

from engine.feel.limits import Budget
from engine.feel.patterns.backtracking import Matcher, Spans
from engine.feel.patterns.linear import NotLinear, write
from engine.feel.patterns.reader import InvalidPattern, Reader, without_spaces

_FLAGS = frozenset("smixq")
# Memory of RE2 for one pattern; a larger one is refused.
_RE2_MEMORY = 2 << 20


class Pattern:
    """Finds matches in texts."""

    def __init__(self, source: str, flags: str) -> None:
        """:raises InvalidPattern: for what is no pattern, or unknown flags"""
        if not _FLAGS.issuperset(flags):
            raise InvalidPattern
        self._linear: Any = None
        self._matcher: Matcher | None = None
        ignore_case, lines = "i" in flags, "m" in flags
        if "q" in flags:
            self.groups = 0
            self._linear = _re2(re2.escape(source), ignore_case)
            return
        reader = Reader(without_spaces(source) if "x" in flags else source, dot_all="s" in flags)
        part = reader.read()
        self.groups = reader.groups
        try:
            self._linear = _re2(write(part, lines=lines), ignore_case)
        except NotLinear:
            self._matcher = Matcher(part, reader.groups, lines=lines, ignore_case=ignore_case)

    def _cost(self, length: int) -> int:
        """Steps that RE2 counts for: linear in the text, by a factor that grows with the pattern."""
        size: int = self._linear.programsize
        return 5 + length * (1 + size // 20) // 20

    def search(self, text: str, start: int, budget: Budget) -> Spans | None:
        """The first match from a position on: the span of the whole and of each group."""
        if self._matcher is not None:
            return self._matcher.search(text, start, budget)
        budget.spend(self._cost(len(text) - start))
        found = self._linear.search(text, start)
        return None if found is None else [found.span(group) for group in range(self.groups + 1)]

    def matches(self, text: str, budget: Budget) -> bool:
        """Whether it occurs anywhere in the text."""
        return self.search(text, 0, budget) is not None

    def occurrences(self, text: str, budget: Budget) -> Iterator[Spans]:
        """All matches, one after the other, none of them empty."""
        if self._matcher is None:
            budget.spend(self._cost(len(text)))
            for found in self._linear.finditer(text):
                budget.spend(10 + 5 * self.groups)
                if found.end() > found.start():
                    yield [found.span(group) for group in range(self.groups + 1)]
            return
        at = 0
        while at <= len(text):
            spans = self._matcher.search(text, at, budget)
            if spans is None:
                return
            start, end = spans[0]
            at = end if end > start else end + 1
            if end > start:
                yield spans


def _re2(source: str, ignore_case: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _RE2_MEMORY
    options.case_sensitive = not ignore_case
    try:
        return re2.compile(source, options)
    except re2.error:
        raise InvalidPattern from None


@lru_cache(maxsize=256)
def compile_pattern(source: str, flags: str = "") -> Pattern | None:
    """The pattern, or None for what is no regular expression."""
    try:
        return Pattern(source, flags)
    except InvalidPattern:
        return None
