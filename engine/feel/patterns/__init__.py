"""Regular expressions as XPath 3.1 §5.6 defines them, matched in bounded time.

Nearly all are translated for RE2, which is linear; what RE2 lacks (back-references, some subtractions of
character classes) is matched by a small backtracking matcher that counts its steps.
"""

from __future__ import annotations

from engine.feel.patterns.pattern import Pattern, compile_pattern

__all__ = ["Pattern", "compile_pattern"]
