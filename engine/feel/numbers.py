"""FEEL's numbers: IEEE 754-2008 decimals of 34 digits, rounded half to even (DMN 1.5 §10.3.2.3.1)."""

from __future__ import annotations

from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

#: decimal digits of a number
DIGITS = 34
#: least and largest exponent of ten
MIN_EXPONENT, MAX_EXPONENT = -6143, 6144

#: the context of all arithmetic; what has no result raises an ``ArithmeticError``, which becomes null
ARITHMETIC = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=MIN_EXPONENT,
    Emax=MAX_EXPONENT,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
#: room for sums and scales before the final rounding
WIDE = Context(prec=80, Emin=-999_999, Emax=999_999, traps=[InvalidOperation, DivisionByZero, Overflow])

# Smaller integers need no rounding.
_EXACT = 10**DIGITS


def number_literal(text: str) -> Decimal | None:
    """The number a literal stands for, or None beyond FEEL's range."""
    if len(text) > 10_000:
        return None
    try:
        return ARITHMETIC.create_decimal(text)
    except ArithmeticError:
        return None


def from_int(value: int) -> Decimal | None:
    """A host's integer; None beyond the range."""
    if -_EXACT < value < _EXACT:
        return Decimal(value)
    if value.bit_length() > 21_000:
        return None
    try:
        return ARITHMETIC.create_decimal(value)
    except ArithmeticError:
        return None


def from_float(value: float) -> Decimal | None:
    """A host's double, by its shortest decimal form: 0.1 is 0.1."""
    if value != value or value in (float("inf"), float("-inf")):
        return None
    return Decimal(repr(value))


def from_decimal(value: Decimal) -> Decimal | None:
    """A host's decimal, rounded to 34 digits."""
    if not value.is_finite():
        return None
    try:
        return ARITHMETIC.plus(value)
    except ArithmeticError:
        return None


def to_integer(value: Decimal) -> int | None:
    """A whole number's value, None with a fraction or beyond a billion."""
    if value.adjusted() > 9 or value != value.to_integral_value():
        return None
    return int(value)


def truncated(value: Decimal) -> int | None:
    """The integer part, None beyond a billion."""
    return None if value.adjusted() > 9 else int(value)


def write_number(value: Decimal) -> str:
    """Its digits without an exponent."""
    if not value:
        value = abs(value)  # FEEL has no negative zero
    return format(value, "f")
