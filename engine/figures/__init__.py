"""Figures of an office's work: what came in, what was kept in time, where cases wait. It only sums up."""

from engine.figures.course import Course, Stations, StationView, Variants, VariantView
from engine.figures.spread import Spread, SpreadView
from engine.figures.tally import ANSWERED, LATE, CaseFacts, Figures, Tally

__all__ = [
    "ANSWERED",
    "LATE",
    "CaseFacts",
    "Course",
    "Figures",
    "Spread",
    "SpreadView",
    "StationView",
    "Stations",
    "Tally",
    "VariantView",
    "Variants",
]
