"""The numbers that people read out and type in: case numbers and tracking codes. Not for keys of rows.

The layout of a case number stands here and nowhere else.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date

from stdnum.iso7064 import mod_37_36

from engine.errors import FieldError, Invalid

#: What a case number looks like, for messages and documentation.
LAYOUT = "YYYYMMDD-WINDOW-NNNN-C"

_WINDOW = re.compile(r"[A-Z0-9]{1,32}")
_NUMBER = re.compile(rf"([0-9]{{8}})-({_WINDOW.pattern})-([0-9]{{4,9}})-([0-9A-Z])")

#: Crockford's base 32: digits and letters without I, L, O and U, which are misread or make words.
TRACKING_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TRACKING_GROUPS = 3
_TRACKING_GROUP = 4
#: Each character carries 5 bits.
TRACKING_BITS = 5 * _TRACKING_GROUPS * _TRACKING_GROUP
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "-": "", " ": ""})


@dataclass(frozen=True)
class CaseNumber:
    """A case number, taken apart. `str()` writes it."""

    day: date
    #: Code of the window that accepted the case, ``[A-Z0-9]+``.
    window: str
    #: Serial of the day at that window, from 1.
    serial: int

    @property
    def check(self) -> str:
        """The check character: ISO 7064 MOD 37,36 over the rest without hyphens.

        It finds every wrong single character and every exchange of two neighbours but one pair of 630.
        """
        return mod_37_36.calc_check_digit(f"{self._date}{self.window}{self.serial:04d}")

    @property
    def _date(self) -> str:
        # %Y does not pad years below 1000 everywhere.
        return self.day.isoformat().replace("-", "")

    def __str__(self) -> str:
        return f"{self._date}-{self.window}-{self.serial:04d}-{self.check}"


def make(day: date, window: str, serial: int) -> CaseNumber:
    """The number of the day's n-th case at a window.

    :param serial: from 1; it takes four digits, and more when a day has more than 9999 cases
    :raises ValueError: when the window code or the serial cannot stand in a number
    """
    if not _WINDOW.fullmatch(window):
        raise ValueError(f"window code {window!r}: 1 to 32 of A-Z and 0-9")
    if not 1 <= serial <= 999_999_999:
        raise ValueError(f"serial {serial}: 1 to 999999999")
    return CaseNumber(day, window, serial)


def parse(text: str, *, pointer: str = "/number") -> CaseNumber:
    """Read a case number as a person typed it: small and full-width letters and spaces around it are mended.

    :param pointer: where the number stood in the input, for the error
    :raises Invalid: with what is wrong: the layout, the date, the serial or the check character
    """
    typed = unicodedata.normalize("NFKC", text[:100]).strip().upper()
    found = _NUMBER.fullmatch(typed)
    if not found:
        raise _wrong(pointer, f"办件编号格式应为 {LAYOUT} / a case number is written {LAYOUT}")
    digits, window, serial, check = found.groups()
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise _wrong(pointer, f"{digits} 不是有效日期 / {digits} is not a date") from None
    number = CaseNumber(day, window, int(serial))
    if number.serial < 1 or f"{number.serial:04d}" != serial:
        raise _wrong(pointer, f"{serial} 不是有效流水号 / {serial} is not a serial: 0001 upwards, no further zeros")
    if number.check != check:
        raise _wrong(pointer, "校验位不符，请核对各位字符 / the check character does not fit: compare each character")
    return number


def _wrong(pointer: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(pointer, message)])


def tracking_code() -> str:
    """A new secret by which a citizen follows a case: 60 random bits, such as ``7K3M-Q9TA-X2RD``."""
    groups = (
        "".join(secrets.choice(TRACKING_ALPHABET) for _ in range(_TRACKING_GROUP)) for _ in range(_TRACKING_GROUPS)
    )
    return "-".join(groups)


def plain_tracking_code(typed: str) -> str:
    """What is kept and compared: capitals without hyphens and spaces; I and L are read as 1, O as 0.

    Any text is taken; one that is no code simply equals none. Compare in constant time.
    """
    return unicodedata.normalize("NFKC", typed[:100]).upper().translate(_MISREAD)
