"""Numeric functions (DMN 1.5 §10.3.4.5)."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)

from engine.feel.functions.registry import builtin
from engine.feel.model import Value
from engine.feel.numbers import ARITHMETIC
from engine.feel.scope import Runtime
from engine.feel.temporal import DaysTimeDuration, YearsMonthsDuration

_MIN_SCALE, _MAX_SCALE = -6111, 6176
# Room for any number at any scale, without rounding twice.
_EXACT = Context(prec=13_000, Emin=-20_000, Emax=20_000)


def _scaled(number: Decimal, scale: Decimal, rounding: str) -> Decimal | None:
    """The number at so many digits after the point; null outside IEEE's scales."""
    if scale.adjusted() > 5:
        return None
    digits = int(scale)
    if not _MIN_SCALE <= digits <= _MAX_SCALE:
        return None
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    if digits >= -exponent:
        # Already that exact; as many zeros are shown as its 34 digits allow.
        room = ARITHMETIC.prec - number.adjusted() - 1 if number else digits
        return number.quantize(Decimal(1).scaleb(-min(digits, room)), context=_EXACT) if 0 <= digits <= room else number
    return ARITHMETIC.plus(number.quantize(Decimal(1).scaleb(-digits, _EXACT), rounding, _EXACT))


@builtin("decimal", "n: number, scale: number")
def _decimal(_: Runtime, n: Decimal, scale: Decimal) -> Value:
    return _scaled(n, scale, ROUND_HALF_EVEN)


@builtin("floor", "n: number, scale: number?")
def _floor(_: Runtime, n: Decimal, scale: Decimal | None = None) -> Value:
    return _scaled(n, scale or Decimal(0), ROUND_FLOOR)


@builtin("ceiling", "n: number, scale: number?")
def _ceiling(_: Runtime, n: Decimal, scale: Decimal | None = None) -> Value:
    return _scaled(n, scale or Decimal(0), ROUND_CEILING)


@builtin("round up", "n: number, scale: number?")
def _round_up(_: Runtime, n: Decimal, scale: Decimal | None = None) -> Value:
    return _scaled(n, scale or Decimal(0), ROUND_UP)


@builtin("round down", "n: number, scale: number?")
def _round_down(_: Runtime, n: Decimal, scale: Decimal | None = None) -> Value:
    return _scaled(n, scale or Decimal(0), ROUND_DOWN)


@builtin("round half up", "n: number, scale: number?")
def _round_half_up(_: Runtime, n: Decimal, scale: Decimal | None = None) -> Value:
    return _scaled(n, scale or Decimal(0), ROUND_HALF_UP)


@builtin("round half down", "n: number, scale: number?")
def _round_half_down(_: Runtime, n: Decimal, scale: Decimal | None = None) -> Value:
    return _scaled(n, scale or Decimal(0), ROUND_HALF_DOWN)


@builtin("abs", "n: number|days|months")
def _abs(_: Runtime, n: Value) -> Value:
    if isinstance(n, DaysTimeDuration):
        return DaysTimeDuration(abs(n.nanos))
    if isinstance(n, YearsMonthsDuration):
        return YearsMonthsDuration(abs(n.months))
    return ARITHMETIC.abs(n)


@builtin("modulo", "dividend: number, divisor: number", cost=20)
def _modulo(_: Runtime, dividend: Decimal, divisor: Decimal) -> Value:
    """``dividend - divisor * floor(dividend / divisor)``: the sign is the divisor's."""
    rest = _EXACT.remainder(dividend, divisor) if divisor else None
    if rest is None:
        return None
    if rest and rest.is_signed() != divisor.is_signed():
        rest = _EXACT.add(rest, divisor)
    return ARITHMETIC.plus(rest)


@builtin("sqrt", "number: number", cost=20)
def _sqrt(_: Runtime, number: Decimal) -> Value:
    return None if number < 0 else ARITHMETIC.sqrt(number)


@builtin("log", "number: number", cost=50)
def _log(_: Runtime, number: Decimal) -> Value:
    return ARITHMETIC.ln(number) if number > 0 else None


@builtin("exp", "number: number", cost=50)
def _exp(_: Runtime, number: Decimal) -> Value:
    return ARITHMETIC.exp(number)


@builtin("odd", "number: number")
def _odd(_: Runtime, number: Decimal) -> Value:
    return abs(_EXACT.remainder(number, Decimal(2))) == 1


@builtin("even", "number: number")
def _even(_: Runtime, number: Decimal) -> Value:
    return _EXACT.remainder(number, Decimal(2)) == 0
