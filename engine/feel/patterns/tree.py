"""The tree of a regular expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Class:
    """A set of characters: ranges of code points, and properties such as ``Lu``, ``IsCyrillic`` or ``d``."""

    ranges: tuple[tuple[int, int], ...] = ()
    #: names of properties, with True when it is all characters without it
    properties: tuple[tuple[str, bool], ...] = ()
    negated: bool = False
    without: Class | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part several times; without a maximum, as often as it goes."""

    part: Part
    least: int
    most: int | None
    greedy: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A part in parentheses, numbered from 1; None does not capture."""

    part: Part
    number: int | None


@dataclass(frozen=True, slots=True)
class Back:
    """What a group captured, once more."""

    number: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """``^`` or ``$``."""

    sign: str


Part: TypeAlias = Class | Sequence | Choice | Repeat | Group | Back | Anchor
