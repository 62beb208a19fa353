"""Patterns of forms: JavaScript regular expressions, run by RE2 in time linear in the text.

A browser runs `validate.pattern` as JavaScript does, without flags. Here it is refused unless RE2 can be
given the same meaning, so a pattern that could run for ever, or that would accept something else than the
browser did, never gets into a deployed form. One difference stays: characters beyond U+FFFF (rare hanzi in
names) count as one here and as two in a browser.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol

import re2

#: Characters of one pattern.
MOST_CHARACTERS = 1_000

# Bytes of RE2's program and caches for one pattern: a nested count such as (a{500}){500} needs more.
_MEMORY = 1 << 20

# An escape sequence of either dialect, the head of a group or class that differs between them, or one character.
_TOKEN = re.compile(r"\\u\{[0-9A-Fa-f]+\}|\\u[0-9A-Fa-f]{4}|\\c[A-Za-z]|\\.?|\(\?<?[^:)]?|\[\[:|\[\^?\]|.", re.DOTALL)
# Escapes with one meaning in both: classes, word boundaries, control characters.
_SHARED_ESCAPES = frozenset("dDwWbBfnrtv")
# JavaScript's \s and . know Unicode's spaces and line ends, RE2's only ASCII's.
_SPACES = r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_OTHERS = (
    r"\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}"
    r"\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}"
)
_NO_LINE_END = r"[^\n\r\x{2028}\x{2029}]"


class PatternError(ValueError):
    """The pattern cannot be run here; the message says which part, and what to write instead."""


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> object | None:
        """The first place where the pattern matches, or None."""


@lru_cache(maxsize=1_000)
def compile_pattern(pattern: str) -> Pattern:
    """The pattern, ready to search a text in linear time.

    :raises PatternError: for what RE2 does not know or would read differently
    """
    if len(pattern) > MOST_CHARACTERS:
        raise PatternError(f"longer than {MOST_CHARACTERS} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        compiled: Pattern = re2.compile(translate(pattern), options)
    except re2.error as error:
        detail = error.args[0] if error.args else ""
        text = detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
        raise PatternError(text) from error
    return compiled


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text, as JavaScript's ``RegExp.test`` says.

    :raises PatternError: as `compile_pattern`
    """
    return compile_pattern(pattern).search(text) is not None


def translate(pattern: str) -> str:
    """The JavaScript pattern in RE2's syntax.

    :raises PatternError: for a part without a counterpart
    """
    translated = []
    in_class = False
    for token in _TOKEN.findall(pattern):
        translated.append(_translated(token, in_class))
        if token in "[]":
            in_class = token == "["
    return "".join(translated)


def _translated(token: str, in_class: bool) -> str:
    if token.startswith("\\"):
        return _escape(token, in_class)
    if in_class:
        return token
    if token == ".":
        return _NO_LINE_END
    if token.startswith("(?"):
        return _group(token)
    if token.startswith("[["):
        raise PatternError("[[:…:]] is not a class in a browser: use \\d, \\w or a range")
    if token in ("[]", "[^]"):
        raise PatternError(f"{token} is not supported: use [\\s\\S] for any character")
    return token


def _group(token: str) -> str:
    if token in ("(?", "(?<"):
        return token  # the head of a non-capturing group, whose colon follows; or an error that RE2 reports
    if token[2] in "=!" or token in ("(?<=", "(?<!"):
        raise PatternError(f"look-around {token}…) is not supported: write what the text must look like")
    if token[2] == "<":
        return f"(?P<{token[3:]}"
    raise PatternError(f"{token}…) is not supported: use (?:…)")


def _escape(token: str, in_class: bool) -> str:
    name = token[1:]
    if not name:
        raise PatternError("ends with a lone \\")
    if token.startswith("\\u{"):
        raise PatternError(f"{token} needs the flag u, which forms do not set: write the character itself")
    if name[0] == "u" and len(name) == 5:
        return f"\\x{{{name[1:]}}}"
    if name in ("s", "S"):
        members = _SPACES if name == "s" else _OTHERS
        return members if in_class else f"[{members}]"
    if name in _SHARED_ESCAPES:
        return token
    if name.isdigit() and name != "0":
        raise PatternError(f"the back-reference {token} is not supported: write the alternatives")
    if name.isalnum():
        raise PatternError(f"the escape {token} is not supported: use a range such as [\\u4e00-\\u9fff]")
    return re.escape(name)
