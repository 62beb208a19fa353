"""FEEL, the expression language of DMN 1.5 (chapter 10), evaluated without side effects and within bounds.

::

    from engine import feel

    feel.evaluate("amount * 2 + 1", {"amount": 20})        # Decimal("41")
    feel.unary_test("< 5, [10..20]", 12)                   # True
    feel.from_modeler("${amount > 5000}").evaluate({"amount": 1})  # False

By FEEL's rules an operand of a wrong type gives ``None``; only what is no expression, or exceeds a bound, raises.
"""

from __future__ import annotations

from engine.feel.errors import FeelError, FeelLimitError, FeelSyntaxError, FeelValueError
from engine.feel.expression import Expression, evaluate, parse, parse_tests, unary_test
from engine.feel.functions import BUILTINS
from engine.feel.limits import Limits
from engine.feel.model import Offset, Range
from engine.feel.modelers import from_modeler
from engine.feel.temporal import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration

#: names of the standard's functions
FUNCTION_NAMES = frozenset(BUILTINS)

__all__ = [
    "FUNCTION_NAMES",
    "Date",
    "DateTime",
    "DaysTimeDuration",
    "Expression",
    "FeelError",
    "FeelLimitError",
    "FeelSyntaxError",
    "FeelValueError",
    "Limits",
    "Offset",
    "Range",
    "Time",
    "YearsMonthsDuration",
    "evaluate",
    "from_modeler",
    "parse",
    "parse_tests",
    "unary_test",
]
