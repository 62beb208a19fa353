"""Splits a FEEL text into tokens; what a sequence of words means is the parser's to decide.

A name may hold blanks and operators (DMN 1.5 §10.3.1.2 rules 25 to 31), so only its words are tokens here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from engine.feel.errors import FeelLimitError, FeelSyntaxError
from engine.feel.limits import MAX_TOKENS

NUMBER, STRING, WORD, SYMBOL, END = "number", "string", "word", "symbol", "end"

# Rules 28 and 29, without the full-width and ideographic punctuation that the ranges of the standard take in: a
# comparison typed as '＞' must not silently become part of a name. A variable that has it in its name is still found.
_START = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3005-\u3007\u3021-\u302f\u3031-\u3035\u3038-\u303c\u3041-\u30fa\u30fc-\ud7ff"
    "\uf900-\ufdcf\ufdf0-\uff00\uff10-\uff19\uff21-\uff3a\uff3f\uff41-\uff5a\uff66-\ufffd\U00010000-\U000effff"
)
_PART = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_SPACE = (
    "\\u0009\\u000a\\u000b\\u000c\\u000d\\u0020\\u0085\\u00a0\\u1680\\u180e\\u2000-\\u200b"
    "\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
)

_TOKEN = re.compile(
    rf"""
    (?P<space>[{_SPACE}]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)
    |(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")
    |(?P<word>[{_START}][{_PART}]*)
    |(?P<symbol>\*\*|\.\.|<=|>=|!=|->|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(rf"[{_START}][{_PART}]*")
_BLANKS = re.compile(rf"[{_SPACE}]+")

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_HALF = re.compile("[\ud800-\udfff]")


class Token(NamedTuple):
    """A piece of the text and where it stands."""

    kind: str
    text: str
    start: int
    end: int
    #: whether white space or a comment stands before it
    spaced: bool


def tokenize(text: str) -> list[Token]:
    """All tokens, the last of which is of kind ``END``.

    :raises FeelSyntaxError: for a string without an end
    :raises FeelLimitError: for too many tokens
    """
    tokens: list[Token] = []
    spaced = False
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or SYMBOL
        if kind == "space":
            spaced = True
            continue
        if kind == SYMBOL and match.group() == '"':
            raise FeelSyntaxError(text, match.start(), 'a closing "', "the end of the text")
        tokens.append(Token(kind, match.group(), match.start(), match.end(), spaced))
        if len(tokens) > MAX_TOKENS:
            raise FeelLimitError(f"the expression has more than {MAX_TOKENS} words and symbols")
        spaced = False
    tokens.append(Token(END, "", len(text), len(text), spaced))
    return tokens


def is_word(text: str) -> bool:
    """Whether the text is a name of a single word."""
    return _WORD.fullmatch(text) is not None


def normalise(name: str) -> str:
    """A name with its white space as single blanks (DMN 1.5 §10.3.1.4)."""
    return _BLANKS.sub(" ", name).strip(" ")


def unescape(token: str) -> str:
    """The characters of a string literal, given with its quotes.

    Escapes that FEEL does not know stay as they are, as modelers leave ``\\d`` in patterns unescaped.
    """
    body = token[1:-1]
    if "\\" not in body:
        return characters(body)

    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code:
            number = int(code, 16)
            return chr(number) if number <= 0x10FFFF else match[0]
        return _ESCAPES.get(match[3], match[0])

    text = _ESCAPE.sub(one, body)
    text = _SURROGATES.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    return characters(text)


def characters(text: str) -> str:
    """A text of the same length without lone halves of pairs, which are no characters and could not be stored."""
    return text if text.isascii() else _HALF.sub("\ufffd", text)


_QUOTED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", '"': '\\"', "\\": "\\\\"}


def quote(value: str) -> str:
    """A string as a FEEL literal."""
    return '"' + "".join(_QUOTED.get(char, char) for char in value) + '"'
