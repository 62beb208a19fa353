"""DMN 1.1 to 1.6: decision models, evaluated and checked.

::

    from engine import dmn

    model = dmn.parse(path_or_bytes)
    model.decisions                                     # names
    model.evaluate("triage", {"departments": 3})        # the result
    model.evaluate_with_trace("triage", {...}).trace    # which rules held
    dmn.check(model)                                    # overlaps, gaps, rules never reached
"""

from __future__ import annotations

from engine.dmn.check import Finding, check
from engine.dmn.decisions import DecisionModel, Traced
from engine.dmn.errors import DmnError
from engine.dmn.evaluation import Matched
from engine.dmn.loading import parse

__all__ = ["DecisionModel", "DmnError", "Finding", "Matched", "Traced", "check", "parse"]
