"""Which words of a text belong to one name.

FEEL's names may hold blanks, operators and keywords, so ``a-b`` is a name where one of that spelling is in
scope (DMN 1.5 §10.3.1.4, the longest wins). Only such irregular names have to be known when a text is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import END, STRING, Token, is_word, normalise, tokenize

#: words that end a name, unless a name in scope holds them
KEYWORDS = frozenset(
    [
        *("and", "or", "between", "in", "if", "then", "else", "for", "return", "some", "every", "satisfies"),
        *("function", "true", "false", "null"),
    ]
)


def is_irregular(name: str) -> bool:
    """Whether a name must be known to the parser to be seen."""
    return not (name.isidentifier() or is_word(name))


class KnownNames:
    """Irregular names in scope, to be matched against tokens."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Start with the names given; regular ones are ignored."""
        self._by_word: dict[str, list[list[Token]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Bring a name into scope."""
        if not is_irregular(name):
            return
        try:
            tokens = tokenize(normalise(name))[:-1]
        except FeelSyntaxError:
            return  # a quote in it: it can be reached by get value() only
        if len(tokens) < 2 or any(token.kind == STRING for token in tokens):
            return
        known = self._by_word.setdefault(tokens[0].text, [])
        known.append(tokens)
        known.sort(key=len, reverse=True)

    def match(self, tokens: list[Token], at: int) -> int:
        """How many tokens from ``at`` on make the longest known name; 0 when none does."""
        for name in self._by_word.get(tokens[at].text, ()):
            if _matches(name, tokens, at):
                return len(name)
        return 0


def _matches(name: list[Token], tokens: list[Token], at: int) -> bool:
    for offset, part in enumerate(name):
        token = tokens[at + offset] if at + offset < len(tokens) else None
        if token is None or token.kind == END or token.text != part.text:
            return False
        if offset and token.spaced != part.spaced:
            return False
    return True


def spelled(tokens: list[Token]) -> str:
    """The name that these tokens spell."""
    return "".join((" " if index and token.spaced else "") + token.text for index, token in enumerate(tokens))


_MAX_NAMES = 2_000
_MAX_LEVELS = 12


def irregular_names(context: Mapping[str, object]) -> frozenset[str]:
    """The irregular names among the keys of a context and of the contexts within it."""
    found: set[str] = set()
    for name in _keys(context, 0):
        if is_irregular(name):
            found.add(normalise(name))
            if len(found) > _MAX_NAMES:
                break
    return frozenset(found)


def _keys(value: object, level: int) -> Iterator[str]:
    if level > _MAX_LEVELS:
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str):
                yield key
            if isinstance(item, (Mapping, list, tuple)):
                yield from _keys(item, level + 1)
    elif isinstance(value, (list, tuple)):
        # Rows of a table share their columns: the first few tell.
        for item in value[:10]:
            if isinstance(item, (Mapping, list, tuple)):
                yield from _keys(item, level + 1)
