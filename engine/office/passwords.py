"""Passwords: what is accepted as one, how it is kept, whether one is right."""

from __future__ import annotations

import re
import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Collection, Container
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from engine.forms.messages import both

#: Characters (NIST SP 800-63B §3.1.1 asks for no fewer).
SHORTEST = 8
LONGEST = 256

#: Those that guessing begins with here and that lists made elsewhere leave out.
_COMMON_HERE = frozenset({"1314520520", "5201314520", "woaini123", "woaini520", "woaini521", "woaini1314"})
#: The program's own names: the first words that somebody thinks of before its log-in page.
_OURS = frozenset({"yichuang", "一窗"})

# What is left of a password without the digits and signs around it.
_SURROUNDED = re.compile(r"[\W\d_]*(.*?)[\W\d_]*", re.DOTALL)

# Argon2id with the second recommended option of RFC 9106 §4 (64 MiB, 3 passes).
_HASHER = PasswordHasher()
# Every hashing takes 64 MiB: many people who log in at once must not take the server's memory.
_AT_ONCE = BoundedSemaphore(4)


def fault(
    password: str, username: str, words: Collection[str] = (), breached: Container[str] = frozenset()
) -> str | None:
    """Why `password` is not accepted for `username`, in words for them; null where it is.

    No mixture of kinds of characters is asked for; what is common, and what the place suggests, is refused (NIST SP
    800-63B §3.1.1.2).

    :param words: of the office, such as its units' names: none with mere digits or signs around it is a password.
    :param breached: what was stolen elsewhere.
    """
    plain = _normal(password)
    folded = plain.casefold()
    if len(plain) < SHORTEST:
        return both(f"密码至少 {SHORTEST} 个字符。", f"The password needs at least {SHORTEST} characters.")
    if max(len(plain), len(password)) > LONGEST:
        return both(f"密码最多 {LONGEST} 个字符。", f"The password may have at most {LONGEST} characters.")
    if len(set(plain)) < 5:
        return both("密码至少包含五个不同的字符。", "The password needs at least five different characters.")
    if folded in _common():
        return both("这个密码太常见，请换一个。", "The password is one that is guessed first; choose another.")
    if plain in breached or password in breached:
        return both("这个密码在别处泄露过，请换一个。", "The password was stolen elsewhere; choose another.")
    if len(username) > 3 and username in folded:
        return both("密码不能包含用户名。", "The password must not contain the user name.")
    if _SURROUNDED.fullmatch(folded)[1] in {*_OURS, *(_normal(word).casefold() for word in words)}:  # type: ignore[index]
        return both(
            "密码不能只是单位或系统的名称加数字。",
            "The password must be more than a name of the office or the program with digits.",
        )
    return None


def nobodys() -> str:
    """A password that nobody knows: for who logs in through the identity provider alone."""
    return secrets.token_urlsafe(32)


def first() -> str:
    """A password to be told to somebody who chooses another with it: 79 random bits, in letters that look different."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def same(one: str, other: str) -> bool:
    """Whether both are one password."""
    return _normal(one) == _normal(other)


def hashed(password: str) -> str:
    """What is stored in place of `password`."""
    with _AT_ONCE:
        return _HASHER.hash(_encoded(password))


def matches(password: str, stored: str | None) -> bool:
    """Whether `password` is the one that `stored` was made of.

    Where there is nothing to compare with (null) it takes as long, and is false.
    """
    if len(password) > LONGEST:
        password, stored = "", None
    with _AT_ONCE:
        try:
            return _HASHER.verify(stored or _unmatchable(), _encoded(password))
        except Argon2Error:
            return False


def is_outdated(stored: str) -> bool:
    """Whether `stored` was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _common() -> frozenset[str]:
    """The 30,000 passwords that were most frequent in what was stolen elsewhere, and some of ours."""
    # Read when somebody first chooses a password: most processes never need it.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"]) | _COMMON_HERE


def _normal(password: str) -> str:
    # The same password from another keyboard or input method, full-width digits included (NFKC).
    return unicodedata.normalize("NFKC", password)


def _encoded(password: str) -> bytes:
    # JSON can bring lone surrogates: a wrong password, not an error.
    return _normal(password).encode("utf-8", "surrogatepass")


def _unmatchable() -> str:
    # A hash of nothing: its digest is random, so comparing with it costs the same and never succeeds.
    salt, digest = (b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (16, 32))
    cost = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"
