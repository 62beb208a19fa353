"""Writes a regular expression's tree for RE2, which matches in time linear to the text."""

from __future__ import annotations

from engine.feel.patterns.characters import fixed_ranges
from engine.feel.patterns.tree import Anchor, Back, Choice, Class, Group, Part, Repeat, Sequence

_LAST = 0x10FFFF
_Ranges = list[tuple[int, int]]


class NotLinear(Exception):
    """RE2 cannot say this."""


def write(part: Part, *, lines: bool) -> str:
    """The part in RE2's syntax.

    :param lines: whether anchors hold at each line (flag ``m``)
    :raises NotLinear: for a back-reference, or a subtraction that is no plain set of code points
    """
    match part:
        case Class():
            return _class(part)
        case Sequence(parts):
            return "".join(write(each, lines=lines) for each in parts)
        case Choice(options):
            return "(?:" + "|".join(write(each, lines=lines) for each in options) + ")"
        case Repeat(inner, least, most, greedy):
            counts = {(0, 1): "?", (0, None): "*", (1, None): "+"}.get((least, most))
            if counts is None:
                counts = f"{{{least}}}" if least == most else f"{{{least},{'' if most is None else most}}}"
            return f"(?:{write(inner, lines=lines)}){counts}{'' if greedy else '?'}"
        case Group(inner, number):
            return f"({'' if number is not None else '?:'}{write(inner, lines=lines)})"
        case Anchor(sign):
            if lines:
                return f"(?m:{sign})"
            return r"\A" if sign == "^" else r"\z"
        case Back():
            raise NotLinear


def _class(kind: Class) -> str:
    if kind.without is not None:
        ranges = _minus(_plain(kind), _plain(kind.without))
        return "[" + _write_ranges(ranges) + "]" if ranges else r"[^\x{0}-\x{10FFFF}]"
    if not kind.properties and not kind.negated and len(kind.ranges) == 1 and kind.ranges[0][0] == kind.ranges[0][1]:
        return _character(kind.ranges[0][0])
    body = _write_ranges(list(kind.ranges)) + "".join(_property(name, inverted) for name, inverted in kind.properties)
    return f"[{'^' if kind.negated else ''}{body}]"


def _character(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else f"\\x{{{code:X}}}"


def _write_ranges(ranges: _Ranges) -> str:
    return "".join(_character(low) + (f"-{_character(high)}" if high > low else "") for low, high in ranges)


def _property(name: str, inverted: bool) -> str:
    ranges = fixed_ranges(name)
    if ranges is not None:
        return _write_ranges(_complement(list(ranges)) if inverted else list(ranges))
    if name == "d":
        return r"\P{Nd}" if inverted else r"\p{Nd}"
    if name == "w":
        # RE2's sets cannot be subtracted: the categories left over when P, Z and C are gone.
        return r"\p{P}\p{Z}\p{C}" if inverted else r"\p{L}\p{M}\p{N}\p{S}"
    if name in ("Cn", "C"):
        raise NotLinear
    return f"\\{'P' if inverted else 'p'}{{{name}}}"


def _plain(kind: Class) -> _Ranges:
    """The code points of a class; refused when a category is among them."""
    ranges = list(kind.ranges)
    for name, inverted in kind.properties:
        fixed = fixed_ranges(name)
        if fixed is None:
            raise NotLinear
        ranges += _complement(list(fixed)) if inverted else fixed
    merged = _merged(ranges)
    if kind.negated:
        merged = _complement(merged)
    return merged if kind.without is None else _minus(merged, _plain(kind.without))


def _merged(ranges: _Ranges) -> _Ranges:
    merged: _Ranges = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _complement(ranges: _Ranges) -> _Ranges:
    result: _Ranges = []
    start = 0
    for low, high in _merged(ranges):
        if low > start:
            result.append((start, low - 1))
        start = high + 1
    if start <= _LAST:
        result.append((start, _LAST))
    return result


def _minus(ranges: _Ranges, removed: _Ranges) -> _Ranges:
    return _complement(_complement(ranges) + removed)
