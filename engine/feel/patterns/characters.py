"""Sets of characters: Unicode categories and blocks, and XML's names, for both matchers."""

from __future__ import annotations

import re
import unicodedata

from engine.feel.patterns.tree import Class

_CATEGORIES = re.compile("L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cfon]?")

#: Unicode's blocks by the names of XML Schema 1.1 §G.4.2.3; the frequent ones
BLOCKS = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "IPAExtensions": (0x0250, 0x02AF),
    "SpacingModifierLetters": (0x02B0, 0x02FF),
    "CombiningDiacriticalMarks": (0x0300, 0x036F),
    "Greek": (0x0370, 0x03FF),
    "GreekandCoptic": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Armenian": (0x0530, 0x058F),
    "Hebrew": (0x0590, 0x05FF),
    "Arabic": (0x0600, 0x06FF),
    "Devanagari": (0x0900, 0x097F),
    "Bengali": (0x0980, 0x09FF),
    "Tamil": (0x0B80, 0x0BFF),
    "Thai": (0x0E00, 0x0E7F),
    "Tibetan": (0x0F00, 0x0FFF),
    "Georgian": (0x10A0, 0x10FF),
    "HangulJamo": (0x1100, 0x11FF),
    "Mongolian": (0x1800, 0x18AF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "SuperscriptsandSubscripts": (0x2070, 0x209F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "BoxDrawing": (0x2500, 0x257F),
    "GeometricShapes": (0x25A0, 0x25FF),
    "CJKRadicalsSupplement": (0x2E80, 0x2EFF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "Bopomofo": (0x3100, 0x312F),
    "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "YiSyllables": (0xA000, 0xA48F),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "PrivateUse": (0xE000, 0xF8FF),
    "CJKCompatibilityIdeographs": (0xF900, 0xFAFF),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
}

_NAME_START = (
    (0x3A, 0x3A),
    (0x41, 0x5A),
    (0x5F, 0x5F),
    (0x61, 0x7A),
    (0xC0, 0xD6),
    (0xD8, 0xF6),
    (0xF8, 0x2FF),
    (0x370, 0x37D),
    (0x37F, 0x1FFF),
    (0x200C, 0x200D),
    (0x2070, 0x218F),
    (0x2C00, 0x2FEF),
    (0x3001, 0xD7FF),
    (0xF900, 0xFDCF),
    (0xFDF0, 0xFFFD),
    (0x10000, 0xEFFFF),
)
#: the sets of code points behind the escapes of fixed sets
FIXED: dict[str, tuple[tuple[int, int], ...]] = {
    "s": ((0x09, 0x0A), (0x0D, 0x0D), (0x20, 0x20)),
    "i": _NAME_START,
    "c": (*_NAME_START, (0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040)),
}


def is_property(name: str) -> bool:
    """Whether ``\\p{name}`` is known."""
    return _CATEGORIES.fullmatch(name) is not None or (name.startswith("Is") and name[2:] in BLOCKS)


def fixed_ranges(name: str) -> tuple[tuple[int, int], ...] | None:
    """The code points of a property that is no category; None for a category."""
    if name.startswith("Is"):
        return (BLOCKS[name[2:]],)
    return FIXED.get(name)


def holds(kind: Class, char: str) -> bool:
    """Whether a class has a character."""
    code = ord(char)
    found = any(low <= code <= high for low, high in kind.ranges) or any(
        _has(name, code, char) is not inverted for name, inverted in kind.properties
    )
    if found is kind.negated:
        return False
    return kind.without is None or not holds(kind.without, char)


def _has(name: str, code: int, char: str) -> bool:
    ranges = fixed_ranges(name)
    if ranges is not None:
        return any(low <= code <= high for low, high in ranges)
    category = unicodedata.category(char)
    if name == "d":
        return category == "Nd"
    if name == "w":
        return category[0] not in "PZC"
    return category.startswith(name)
