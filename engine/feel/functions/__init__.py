"""FEEL's built-in functions (DMN 1.5 §10.3.4), one module a chapter."""

from __future__ import annotations

from engine.feel.functions import (
    contexts,
    conversions,
    lists,
    numbers,
    ranges,
    statistics,
    strings,
    temporal,
)
from engine.feel.functions.registry import BUILTINS

__all__ = ["BUILTINS", "contexts", "conversions", "lists", "numbers", "ranges", "statistics", "strings", "temporal"]
