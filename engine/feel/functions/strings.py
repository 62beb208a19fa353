"""String functions (DMN 1.5 §10.3.4.3). Positions and lengths count characters, not code units."""

from __future__ import annotations

from decimal import Decimal

from engine.feel.functions.registry import builtin
from engine.feel.limits import Budget
from engine.feel.model import Value
from engine.feel.numbers import to_integer, truncated
from engine.feel.patterns import Pattern, compile_pattern
from engine.feel.patterns.backtracking import Spans
from engine.feel.scope import Runtime


@builtin("substring", "string: string, start position: number, length: number?")
def _substring(_: Runtime, string: str, position: Decimal, length: Decimal | None = None) -> Value:
    start = to_integer(position)
    if start is None or start == 0 or abs(start) > len(string):
        return None
    offset = start - 1 if start > 0 else len(string) + start
    if length is None:
        return string[offset:]
    count = truncated(length)
    if count is None:
        return string[offset:] if length > 0 else None
    return string[offset : offset + count] if count >= 1 else None


@builtin("string length", "string: string")
def _string_length(_: Runtime, string: str) -> Value:
    return Decimal(len(string))


@builtin("upper case", "string: string")
def _upper_case(runtime: Runtime, string: str) -> Value:
    runtime.budget.produce(len(string))
    return string.upper()


@builtin("lower case", "string: string")
def _lower_case(runtime: Runtime, string: str) -> Value:
    runtime.budget.produce(len(string))
    return string.lower()


@builtin("substring before", "string: string, match: string")
def _substring_before(_: Runtime, string: str, match: str) -> Value:
    found = string.find(match)
    return string[:found] if found > 0 else ""


@builtin("substring after", "string: string, match: string")
def _substring_after(_: Runtime, string: str, match: str) -> Value:
    found = string.find(match)
    return string[found + len(match) :] if found >= 0 else ""


@builtin("contains", "string: string, match: string")
def _contains(_: Runtime, string: str, match: str) -> Value:
    return match in string


@builtin("starts with", "string: string, match: string")
def _starts_with(_: Runtime, string: str, match: str) -> Value:
    return string.startswith(match)


@builtin("ends with", "string: string, match: string")
def _ends_with(_: Runtime, string: str, match: str) -> Value:
    return string.endswith(match)


@builtin("matches", "input: string, pattern: string, flags: string|null?")
def _matches(runtime: Runtime, text: str, pattern: str, flags: str | None = None) -> Value:
    compiled = compile_pattern(pattern, flags or "")
    return None if compiled is None else compiled.matches(text, runtime.budget)


@builtin("replace", "input: string, pattern: string, replacement: string, flags: string|null?")
def _replace(runtime: Runtime, text: str, pattern: str, replacement: str, flags: str | None = None) -> Value:
    compiled = compile_pattern(pattern, flags or "")
    if compiled is None or compiled.matches("", runtime.budget):
        return None  # a pattern of nothing matches everywhere (XPath's FORX0003)
    template: list[str | int] | None = [replacement]
    if "q" not in (flags or ""):
        template = _template(replacement, compiled)
    if template is None:
        return None
    return _replaced(compiled, text, template, runtime.budget)


def _replaced(pattern: Pattern, text: str, template: list[str | int], budget: Budget) -> str:
    pieces: list[str] = []
    at = 0
    for spans in pattern.occurrences(text, budget):
        start, end = spans[0]
        inserted = (part if isinstance(part, str) else _group(text, spans, part) for part in template)
        piece = text[at:start] + "".join(inserted)
        budget.produce(len(piece))
        pieces.append(piece)
        at = end
    result = "".join(pieces) + text[at:]
    budget.produce(len(result))
    return result


def _group(text: str, spans: Spans, number: int) -> str:
    if number >= len(spans) or spans[number][0] < 0:
        return ""
    return text[spans[number][0] : spans[number][1]]


def _template(replacement: str, pattern: Pattern) -> list[str | int] | None:
    """Literal pieces and numbers of groups; None for a stray ``$`` or ``\\`` (XPath's FORX0004)."""
    parts: list[str | int] = []
    literal: list[str] = []
    at = 0
    while at < len(replacement):
        char = replacement[at]
        at += 1
        if char == "\\":
            if replacement[at : at + 1] not in ("\\", "$"):
                return None
            char = replacement[at]
            at += 1
        elif char == "$":
            digits = replacement[at : at + 1]
            if not (digits.isascii() and digits.isdigit()):
                return None
            at += 1
            # As many digits as still name a group.
            while (more := replacement[at : at + 1]).isascii() and more.isdigit():
                if int(digits + more) > pattern.groups:
                    break
                digits += more
                at += 1
            parts += ["".join(literal), int(digits)]
            literal = []
            continue
        literal.append(char)
    return [*parts, "".join(literal)]


@builtin("split", "string: string, delimiter: string")
def _split(runtime: Runtime, string: str, delimiter: str) -> Value:
    compiled = compile_pattern(delimiter)
    if compiled is None or compiled.matches("", runtime.budget):
        return None
    pieces: list[str] = []
    at = 0
    for spans in compiled.occurrences(string, runtime.budget):
        pieces.append(string[at : spans[0][0]])
        at = spans[0][1]
    runtime.budget.produce(len(string))
    return [*pieces, string[at:]]


@builtin(
    "string join",
    "list: list, delimiter: string|null?",
    "list: list, delimiter: string|null, prefix: string|null, suffix: string|null",
)
def _string_join(
    runtime: Runtime,
    items: list[Value],
    delimiter: str | None = None,
    prefix: str | None = None,
    suffix: str | None = None,
) -> Value:
    texts = [item for item in items if item is not None]
    if not all(isinstance(text, str) for text in texts):
        return None
    between = delimiter or ""
    runtime.budget.produce(sum(map(len, texts)) + len(between) * len(texts) + len(prefix or "") + len(suffix or ""))
    return (prefix or "") + between.join(texts) + (suffix or "")
