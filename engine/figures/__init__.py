"""Figures of an office's work: what came in, what was kept in time, where cases wait. It only sums up."""

from engine.figures.behind import COUNTED, MOST_BEHIND, PARTS, Behind, Taken, counts, spent
from engine.figures.course import Course, Stations, StationView, Variants, VariantView, way_id
from engine.figures.spread import Spread, SpreadView
from engine.figures.tally import ANSWERED, LATE, CaseFacts, Figures, Tally, is_late

__all__ = [
    "ANSWERED",
    "COUNTED",
    "LATE",
    "MOST_BEHIND",
    "PARTS",
    "Behind",
    "CaseFacts",
    "Course",
    "Figures",
    "Spread",
    "SpreadView",
    "StationView",
    "Stations",
    "Taken",
    "Tally",
    "VariantView",
    "Variants",
    "counts",
    "is_late",
    "spent",
    "way_id",
]
