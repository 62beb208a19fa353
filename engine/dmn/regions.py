"""Sets of values that the cells of a decision table let pass, and what is left when some are taken away.

A cell of literals, comparisons and ranges is a set that can be reasoned about: intervals of an ordered type, or
some (or all but some) of single values. A rule is a box: one such set for each input.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from engine.feel import syntax
from engine.feel.compiler import compile_node
from engine.feel.functions import BUILTINS
from engine.feel.limits import DEFAULT
from engine.feel.model import Value
from engine.feel.scope import Runtime, Scope
from engine.feel.temporal import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.writing import write_value


class NotAnalysable(Exception):
    """The cell depends on more than the tested value."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An end of an interval, ordered by its key."""

    key: Any
    included: bool
    value: Value


@dataclass(frozen=True, slots=True)
class Span:
    """An interval; without a bound it goes on for ever."""

    low: Bound | None
    high: Bound | None

    def is_empty(self, discrete: bool) -> bool:
        """Whether nothing lies in it; of days and booleans nothing lies between neighbours."""
        if self.low is None or self.high is None:
            return False
        if self.low.key > self.high.key:
            return True
        if self.low.key == self.high.key:
            return not (self.low.included and self.high.included)
        inside = self.low.included or self.high.included
        return discrete and not inside and bool(self.high.key - self.low.key == 1)


@dataclass(frozen=True, slots=True)
class Ordered:
    """A union of disjoint intervals of one type."""

    kind: str
    spans: tuple[Span, ...]

    @property
    def discrete(self) -> bool:
        """Whether values have neighbours."""
        return self.kind in ("date", "months")

    def _kept(self, spans: list[Span]) -> Ordered:
        return Ordered(self.kind, tuple(span for span in spans if not span.is_empty(self.discrete)))

    def meet(self, other: Ordered) -> Ordered:
        """What lies in both."""
        return self._kept(
            [Span(_later(a.low, b.low), _earlier(a.high, b.high)) for a in self.spans for b in other.spans]
        )

    def minus(self, other: Ordered) -> Ordered:
        """What lies here and not there."""
        left = list(self.spans)
        for taken in other.spans:
            rest: list[Span] = []
            for span in left:
                if taken.low is not None:
                    rest.append(Span(span.low, _earlier(span.high, _flipped(taken.low))))
                if taken.high is not None:
                    rest.append(Span(_later(span.low, _flipped(taken.high)), span.high))
            left = [span for span in rest if not span.is_empty(self.discrete)]
        return Ordered(self.kind, tuple(left))

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.spans

    @property
    def finite(self) -> bool:
        """Whether each part is bounded on both sides."""
        return all(span.low is not None and span.high is not None for span in self.spans)

    def __str__(self) -> str:
        return " or ".join(map(_write_span, self.spans))


@dataclass(frozen=True, slots=True)
class Single:
    """Some single values, or all values but those."""

    values: frozenset[Value]
    others: bool = False

    def meet(self, other: Single) -> Single:
        """What lies in both."""
        if self.others and other.others:
            return Single(self.values | other.values, True)
        if self.others:
            return Single(other.values - self.values)
        return Single(self.values - other.values if other.others else self.values & other.values)

    def minus(self, other: Single) -> Single:
        """What lies here and not there."""
        return self.meet(Single(other.values, not other.others))

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.values and not self.others

    @property
    def finite(self) -> bool:
        """Whether its values can be listed."""
        return not self.others

    def __str__(self) -> str:
        listed = ", ".join(sorted(write_value([value])[1:-1] for value in self.values))
        return f"anything but {listed}" if self.others else listed


Region: TypeAlias = Ordered | Single
Box: TypeAlias = tuple[Region, ...]


def _later(first: Bound | None, second: Bound | None) -> Bound | None:
    if first is None or second is None:
        return first or second
    if first.key == second.key:
        return first if not first.included else second
    return first if first.key > second.key else second


def _earlier(first: Bound | None, second: Bound | None) -> Bound | None:
    if first is None or second is None:
        return first or second
    if first.key == second.key:
        return first if not first.included else second
    return first if first.key < second.key else second


def _flipped(bound: Bound) -> Bound:
    return Bound(bound.key, not bound.included, bound.value)


def _write_span(span: Span) -> str:
    if span.low is not None and span.high is not None:
        if span.low.key == span.high.key:
            return write_value(span.low.value)
        opening, closing = "[" if span.low.included else "(", "]" if span.high.included else ")"
        return f"{opening}{write_value(span.low.value)}..{write_value(span.high.value)}{closing}"
    if span.low is not None:
        return f"{'>=' if span.low.included else '>'} {write_value(span.low.value)}"
    if span.high is not None:
        return f"{'<=' if span.high.included else '<'} {write_value(span.high.value)}"
    return "any value"


def kind_and_key(value: Value) -> tuple[str, Any]:
    """The type of a value, and what orders it; strings and booleans have no order that matters here."""
    match value:
        case bool() | str() | None:
            return "single", value
        case Decimal():
            return "number", value
        case Date():
            return "date", value.number()
        case DateTime():
            return "datetime", (value.utc_offset() is None, value.instant())
        case Time():
            return "time", (value.utc_offset() is None, value.nanos_of_day() - (value.utc_offset() or 0) * 10**9)
        case DaysTimeDuration():
            return "days", value.nanos
        case YearsMonthsDuration():
            return "months", value.months
    raise NotAnalysable


def everything(kind: str) -> Region:
    """The set of all values of a type."""
    return Single(frozenset(), True) if kind == "single" else Ordered(kind, (Span(None, None),))


def cell_kind(tests: syntax.UnaryTests) -> str | None:
    """The type of the values that a cell names; None when it names none.

    :raises NotAnalysable: when it is more than literals, comparisons and ranges
    """
    found: set[str] = set()
    for test in tests.tests:
        for node in _endpoints(test):
            value = _constant(node)
            if value is not None or not isinstance(test, syntax.Interval):
                found.add(kind_and_key(value)[0])
    if len(found) > 1:
        raise NotAnalysable
    return next(iter(found), None)


def cell_region(tests: syntax.UnaryTests, kind: str) -> Region:
    """The values of a type that pass a cell; raises as :func:`cell_kind`."""
    if not tests.tests:
        return everything(kind)
    taken = everything(kind)
    passed = taken.minus(taken)  # type: ignore[arg-type]
    for test in tests.tests:
        region = _test_region(test, kind)
        passed = join(passed, region)
    return minus(everything(kind), passed) if tests.negated else passed


def join(first: Region, second: Region) -> Region:
    """What lies in either."""
    if isinstance(first, Ordered) and isinstance(second, Ordered):
        rest = second.minus(first)
        return Ordered(first.kind, (*first.spans, *rest.spans))
    if isinstance(first, Single) and isinstance(second, Single):
        if first.others or second.others:
            excluded = Single(first.values, not first.others).meet(Single(second.values, not second.others))
            return Single(excluded.values, True)
        return Single(first.values | second.values)
    raise NotAnalysable


def meet(first: Region, second: Region) -> Region:
    """What lies in both."""
    if isinstance(first, Ordered) and isinstance(second, Ordered):
        return first.meet(second)
    if isinstance(first, Single) and isinstance(second, Single):
        return first.meet(second)
    raise NotAnalysable


def minus(first: Region, second: Region) -> Region:
    """What lies in the first alone."""
    if isinstance(first, Ordered) and isinstance(second, Ordered):
        return first.minus(second)
    if isinstance(first, Single) and isinstance(second, Single):
        return first.minus(second)
    raise NotAnalysable


def box_meets(first: Box, second: Box) -> bool:
    """Whether two boxes have a point in common."""
    return all(not meet(a, b).empty for a, b in zip(first, second, strict=True))


def box_minus(box: Box, taken: Box) -> list[Box]:
    """Disjoint boxes that make up what lies in the one and not in the other."""
    if not box_meets(box, taken):
        return [box]
    pieces: list[Box] = []
    for column in range(len(box)):
        rest = minus(box[column], taken[column])
        if not rest.empty:
            before = tuple(meet(box[i], taken[i]) for i in range(column))
            pieces.append((*before, rest, *box[column + 1 :]))
    return pieces


def _endpoints(test: syntax.Node) -> tuple[syntax.Node, ...]:
    match test:
        case syntax.OperatorTest(_, endpoint):
            return (endpoint,)
        case syntax.Interval(start, end, _, _):
            return start, end
    return (test,)


def _constant(node: syntax.Node) -> Value:
    match node:
        case syntax.Literal() | syntax.AtLiteral():
            pass
        case syntax.Negate(operand):
            _constant(operand)
        case syntax.Call(syntax.Name("date" | "time" | "date and time" | "duration" as name), arguments, None):
            if not all(isinstance(argument, (syntax.Literal, syntax.Negate)) for argument in arguments):
                raise NotAnalysable
            scope = Scope(Runtime(None, DEFAULT, {name: BUILTINS[name]}), None, {})
            return compile_node(node)(scope)
        case _:
            raise NotAnalysable
    return compile_node(node)(Scope(Runtime(None, DEFAULT, {}), None, {}))


def _test_region(test: syntax.Node, kind: str) -> Region:
    match test:
        case syntax.OperatorTest(operator, endpoint):
            value = _constant(endpoint)
            return _compared(operator, value, kind)
        case syntax.Interval(start, end, first, last):
            low, high = _bound(_constant(start), first), _bound(_constant(end), last)
            span = Span(low, high)
            return Ordered(kind, () if span.is_empty(kind in ("date", "months")) else (span,))
    return _compared("=", _constant(test), kind)


def _bound(value: Value, included: bool) -> Bound | None:
    return None if value is None else Bound(kind_and_key(value)[1], included, value)


def _compared(operator: str, value: Value, kind: str) -> Region:
    if kind == "single":
        if operator not in ("=", "!="):
            raise NotAnalysable  # strings by their order
        return Single(frozenset([value]), operator == "!=")
    if value is None:
        raise NotAnalysable
    key = kind_and_key(value)[1]
    included, excluded = Bound(key, True, value), Bound(key, False, value)
    match operator:
        case "=":
            return Ordered(kind, (Span(included, included),))
        case "!=":
            return Ordered(kind, (Span(None, excluded), Span(excluded, None)))
        case "<" | "<=":
            return Ordered(kind, (Span(None, included if operator == "<=" else excluded),))
    return Ordered(kind, (Span(included if operator == ">=" else excluded, None),))
