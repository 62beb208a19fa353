"""Patterns mean what they mean in a browser, or are refused; none runs for ever."""

from __future__ import annotations

import time

import pytest

from engine.forms.patterns import PatternError, compile_pattern, matches

#: Everything that JavaScript's \s matches (ECMA-262 §12.2 and §12.3).
JAVASCRIPT_SPACES = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
JAVASCRIPT_SPACES += "\u2028\u2029\u202f\u205f\u3000\ufeff"


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^[\u4e00-\u9fff]{2,4}$", "王小明", True),
        (r"^[\u4e00-\u9fff]{2,4}$", "Wang", False),
        (r"^1[3-9]\d{9}$", "13800000000", True),
        (r"^\d+$", "１２", False),
        (r"a", "bab", True),
        (r"^a$", "a\n", False),
        (r"^.$", "\r", False),
        (r"^.$", "\u2028", False),
        (r"^.$", "𠮷", True),
        (r"^[\s\S]$", "\n", True),
        (r"^[^\s]$", "\u3000", False),
        (r"^[\S]$", "\u3000", False),
        (r"^[.]$", "a", False),
        (r"^(?<year>\d{4})-(?:0[1-9]|1[0-2])$", "2026-03", True),
        (r"^a\/b\-c$", "a/b-c", True),
        (r"^[\w\-\]]+$", "a-]", True),
        (r"\bstop\b", "non-stop!", True),
    ],
)
def test_a_pattern_matches_as_in_a_browser(pattern: str, text: str, found: bool) -> None:
    assert matches(pattern, text) is found


def test_blanks_are_those_of_javascript() -> None:
    for code in [*range(0xD800), *range(0xE000, 0x10000)]:
        character = chr(code)
        assert matches(r"^\s$", character) == (character in JAVASCRIPT_SPACES), hex(code)
        assert matches(r"^\S$", character) != (character in JAVASCRIPT_SPACES), hex(code)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        (r"(?=a)", "look-around"),
        (r"(?<!a)b", "look-around"),
        (r"(a)\1", "back-reference"),
        (r"\p{Han}", "escape"),
        (r"\Qa\E", "escape"),
        (r"\u{4e00}", "flag u"),
        (r"(?i)a", "(?:"),
        (r"(?P<a>b)", "(?:"),
        (r"[[:alpha:]]", "class"),
        (r"[^]", "any character"),
        ("a\\", "lone"),
        ("(", "missing"),
        ("a{1001}", "repetition"),
        ("((a{100}){100}){100}", "repetition"),
        ("a" * 1001, "longer than"),
    ],
)
def test_what_would_mean_something_else_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(PatternError) as refused:
        compile_pattern(pattern)
    assert says in str(refused.value)


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|aa)+$", r"(.*)*x", r"^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_an_evil_pattern_is_answered_at_once(pattern: str) -> None:
    started = time.process_time()
    assert not matches(pattern, "a" * 50_000 + "!")
    assert time.process_time() - started < 5
