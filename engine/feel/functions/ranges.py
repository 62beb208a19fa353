"""Functions that relate points and ranges (DMN 1.5 §10.3.4.9, after Allen's interval algebra)."""

from __future__ import annotations

from engine.feel.comparing import at_most, both, either, equal, less
from engine.feel.functions.registry import builtin
from engine.feel.model import Range, Value
from engine.feel.scope import Runtime

_Truth = bool | None

_RANGES = "range1: range, range2: range"
_POINT = "number|string|date|time|datetime|days|months"


def _same(left: Value, right: Value, runtime: Runtime) -> _Truth:
    if left is None or right is None:
        return None
    return equal(left, right, runtime.budget)


def _both(*conditions: _Truth) -> _Truth:
    result: _Truth = True
    for condition in conditions:
        result = both(result, condition)
    return result


def _not(condition: _Truth) -> _Truth:
    return None if condition is None else not condition


def _starts_at(point: Value, bounds: Range) -> _Truth:
    """Whether a point lies not before a range's start."""
    return at_most(bounds.start, point) if bounds.start_included else less(bounds.start, point)


def _ends_at(point: Value, bounds: Range) -> _Truth:
    return at_most(point, bounds.end) if bounds.end_included else less(point, bounds.end)


def _all_before(first: Range, second: Range, runtime: Runtime) -> _Truth:
    """Whether the first ends before the second starts."""
    touching = _same(first.end, second.start, runtime)
    shared = first.end_included and second.start_included
    return either(less(first.end, second.start), both(touching, not shared))


@builtin("before", f"point1: {_POINT}, point2: {_POINT}")
def _before_points(_: Runtime, first: Value, second: Value) -> Value:
    return less(first, second)


@builtin("before", f"point: {_POINT}, range: range")
def _before_range(_: Runtime, point: Value, bounds: Range) -> Value:
    return less(point, bounds.start) if bounds.start_included else at_most(point, bounds.start)


@builtin("before", f"range: range, point: {_POINT}")
def _range_before(_: Runtime, bounds: Range, point: Value) -> Value:
    return less(bounds.end, point) if bounds.end_included else at_most(bounds.end, point)


@builtin("before", _RANGES)
def _before_ranges(runtime: Runtime, first: Range, second: Range) -> Value:
    return _all_before(first, second, runtime)


@builtin("after", f"point1: {_POINT}, point2: {_POINT}")
def _after_points(_: Runtime, first: Value, second: Value) -> Value:
    return less(second, first)


@builtin("after", f"point: {_POINT}, range: range")
def _after_range(runtime: Runtime, point: Value, bounds: Range) -> Value:
    return _range_before(runtime, bounds, point)


@builtin("after", f"range: range, point: {_POINT}")
def _range_after(runtime: Runtime, bounds: Range, point: Value) -> Value:
    return _before_range(runtime, point, bounds)


@builtin("after", _RANGES)
def _after_ranges(runtime: Runtime, first: Range, second: Range) -> Value:
    return _all_before(second, first, runtime)


@builtin("meets", _RANGES)
def _meets(runtime: Runtime, first: Range, second: Range) -> Value:
    return both(first.end_included and second.start_included, _same(first.end, second.start, runtime))


@builtin("met by", _RANGES)
def _met_by(runtime: Runtime, first: Range, second: Range) -> Value:
    return _meets(runtime, second, first)


@builtin("overlaps", _RANGES)
def _overlaps(runtime: Runtime, first: Range, second: Range) -> Value:
    return both(_not(_all_before(first, second, runtime)), _not(_all_before(second, first, runtime)))


@builtin("overlaps before", _RANGES)
def _overlaps_before(runtime: Runtime, first: Range, second: Range) -> Value:
    """The first starts earlier, and ends within the second."""
    starts = either(
        less(first.start, second.start),
        both(_same(first.start, second.start, runtime), first.start_included and not second.start_included),
    )
    ends = either(
        less(first.end, second.end),
        both(_same(first.end, second.end, runtime), not first.end_included or second.end_included),
    )
    return _both(starts, ends, _not(_all_before(first, second, runtime)))


@builtin("overlaps after", _RANGES)
def _overlaps_after(runtime: Runtime, first: Range, second: Range) -> Value:
    """The first starts within the second, and ends later."""
    return _overlaps_before(runtime, second, first)


@builtin("finishes", f"point: {_POINT}, range: range")
def _finishes_point(runtime: Runtime, point: Value, bounds: Range) -> Value:
    return both(bounds.end_included, _same(bounds.end, point, runtime))


@builtin("finishes", _RANGES)
def _finishes(runtime: Runtime, first: Range, second: Range) -> Value:
    starts = either(
        less(second.start, first.start),
        both(_same(first.start, second.start, runtime), not first.start_included or second.start_included),
    )
    return _both(first.end_included == second.end_included, _same(first.end, second.end, runtime), starts)


@builtin("finished by", f"range: range, point: {_POINT}")
def _finished_by_point(runtime: Runtime, bounds: Range, point: Value) -> Value:
    return _finishes_point(runtime, point, bounds)


@builtin("finished by", _RANGES)
def _finished_by(runtime: Runtime, first: Range, second: Range) -> Value:
    return _finishes(runtime, second, first)


@builtin("includes", f"range: range, point: {_POINT}")
def _includes_point(_: Runtime, bounds: Range, point: Value) -> Value:
    return both(_starts_at(point, bounds), _ends_at(point, bounds))


@builtin("includes", _RANGES)
def _includes(runtime: Runtime, first: Range, second: Range) -> Value:
    starts = either(
        less(first.start, second.start),
        both(_same(first.start, second.start, runtime), first.start_included or not second.start_included),
    )
    ends = either(
        less(second.end, first.end),
        both(_same(first.end, second.end, runtime), first.end_included or not second.end_included),
    )
    return both(starts, ends)


@builtin("during", f"point: {_POINT}, range: range")
def _during_point(runtime: Runtime, point: Value, bounds: Range) -> Value:
    return _includes_point(runtime, bounds, point)


@builtin("during", _RANGES)
def _during(runtime: Runtime, first: Range, second: Range) -> Value:
    return _includes(runtime, second, first)


@builtin("starts", f"point: {_POINT}, range: range")
def _starts_point(runtime: Runtime, point: Value, bounds: Range) -> Value:
    return both(bounds.start_included, _same(bounds.start, point, runtime))


@builtin("starts", _RANGES)
def _starts(runtime: Runtime, first: Range, second: Range) -> Value:
    ends = either(
        less(first.end, second.end),
        both(_same(first.end, second.end, runtime), not first.end_included or second.end_included),
    )
    return _both(first.start_included == second.start_included, _same(first.start, second.start, runtime), ends)


@builtin("started by", f"range: range, point: {_POINT}")
def _started_by_point(runtime: Runtime, bounds: Range, point: Value) -> Value:
    return _starts_point(runtime, point, bounds)


@builtin("started by", _RANGES)
def _started_by(runtime: Runtime, first: Range, second: Range) -> Value:
    return _starts(runtime, second, first)


@builtin("coincides", f"point1: {_POINT}, point2: {_POINT}")
def _coincides_points(runtime: Runtime, first: Value, second: Value) -> Value:
    return _same(first, second, runtime)


@builtin("coincides", _RANGES)
def _coincides(runtime: Runtime, first: Range, second: Range) -> Value:
    return _both(
        first.start_included == second.start_included,
        first.end_included == second.end_included,
        _same(first.start, second.start, runtime),
        _same(first.end, second.end, runtime),
    )
