"""Texts and bytes as nobody means them: damaged, cut, repeated, and made of pieces that belong together in no way."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

#: What readers stumble over.
_ODD = (
    "\x00",
    "\ud800",
    "\U0010ffff",
    "\u202e",
    "ſ",
    "İ",
    "e\u0301",
    "\r\n",
    "\\",
    "'",
    '"',
    "`",
    "%",
    "${x}",
    "{{x}}",
    "../",
    "<script>",
    "=cmd()",
    "-",
    "9" * 40,
    "1e999",
    "-0",
    "null",
    "true",
    "NaN",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    ",",
    ":",
    "@",
)


def text(chance: random.Random, samples: Sequence[str], pieces: Sequence[str]) -> str:
    """A sample damaged in one to four places, or a heap of pieces."""
    if chance.random() < 0.3:
        return " ".join(chance.choice(pieces) for _ in range(chance.randint(1, 14)))
    made = chance.choice(samples)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(5):
            case 0:
                made = made[:at] + chance.choice(_ODD) + made[at:]
            case 1:
                made = made[:at] + made[at + chance.randint(1, 6) :]
            case 2:
                made = made[:at] + chance.choice(pieces) + made[at:]
            case 3:
                made = made[:at] + made[at : at + chance.randint(1, 12)] * chance.randint(2, 30) + made[at:]
            case _:
                other = chance.choice(samples)
                made = made[:at] + other[chance.randrange(len(other) + 1) :]
    return made


def content(chance: random.Random, samples: Sequence[bytes]) -> bytes:
    """A sample damaged in one to four places."""
    made = bytearray(chance.choice(samples))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(5):
            case 0:
                made[at:at] = chance.randbytes(chance.randint(1, 8))
            case 1:
                del made[at : at + chance.randint(1, 40)]
            case 2:
                made[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                made[at:at] = made[at : at + chance.randint(1, 40)] * chance.randint(2, 6)
            case _:
                made[at:at] = chance.choice(_ODD).encode("utf-8", "surrogatepass")
    return bytes(made)


def value(chance: random.Random, sample: Any) -> Any:
    """A JSON value with one to three places of it turned into something else."""
    made = sample
    for _ in range(chance.randint(1, 3)):
        made = _changed(chance, made)
    return made


def anything(chance: random.Random, depth: int = 3) -> Any:
    """Some JSON value."""
    match chance.randrange(9 if depth else 6):
        case 0:
            return None
        case 1:
            return chance.random() < 0.5
        case 2:
            return chance.choice([0, -1, 1, 2.5, 10**15, -(10**15), 1e300, 7])
        case 3 | 4:
            return chance.choice([*_ODD, "", "a", "2026-03-10", "x" * 300])
        case 5:
            return {} if chance.random() < 0.5 else []
        case 6:
            return [anything(chance, depth - 1) for _ in range(chance.randrange(4))]
        case _:
            names = ("a", "id", "type", "key", "components", "values", "=", "__class__", "")
            return {chance.choice(names): anything(chance, depth - 1) for _ in range(chance.randrange(4))}


def _changed(chance: random.Random, at: Any) -> Any:
    if chance.random() < 0.25 or not isinstance(at, dict | list) or not at:
        return anything(chance)
    if isinstance(at, list):
        copy = list(at)
        place = chance.randrange(len(copy))
        if chance.random() < 0.2:
            del copy[place]
        else:
            copy[place] = _changed(chance, copy[place])
        return copy
    changed = dict(at)
    name = chance.choice(list(changed))
    match chance.randrange(6):
        case 0:
            del changed[name]
        case 1:
            changed[chance.choice(["", "id", "type", "x" * 100, "__proto__"])] = changed.pop(name)
        case _:
            changed[name] = _changed(chance, changed[name])
    return changed
