"""Passwords that were stolen elsewhere: the list that an operator keeps, such as the one of Have I Been Pwned."""

from __future__ import annotations

import re
from hashlib import sha1
from pathlib import Path

from engine.errors import Invalid, Unavailable

_LINE = re.compile(rb"[0-9A-Fa-f]{40}(:\d+)?\r?\n?")
_DIGITS = 40


class Breached:
    """A file whose lines begin with a password's SHA-1 in hexadecimal digits, in rising order, perhaps with ``:COUNT``.

    It may have any size: a look takes some forty reads.

    :raises Invalid: where `path` is no such file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                begins_right = _LINE.fullmatch(file.readline(128)) is not None
        except OSError as error:
            raise Invalid(f"The list of breached passwords cannot be read: {error}.") from error
        if not begins_right:
            raise Invalid(
                f"{path} is no list of breached passwords: lines of SHA-1 digests, such as 5BAA61E4…:3861493."
            )

    def __contains__(self, password: object) -> bool:
        """Whether the list has the password.

        :raises Unavailable: where it cannot be read now.
        """
        # SHA-1 is what such lists are made with; nothing is protected by it here.
        asked = sha1(str(password).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper().encode()
        try:
            with self._path.open("rb") as file:
                # The first line that is not before `asked` begins at `low` or later, and not after that at `high`.
                low, high = 0, file.seek(0, 2)
                while low < high:
                    middle = (low + high) // 2
                    file.seek(max(middle - 1, 0))
                    if middle:
                        file.readline()
                    if file.readline()[:_DIGITS].upper() < asked and file.tell() > low:
                        low = file.tell()
                    else:
                        high = middle
                file.seek(low)
                return file.readline()[:_DIGITS].upper() == asked
        except OSError as error:
            raise Unavailable("The list of breached passwords cannot be read now.") from error
