"""Secrets by which whoever holds one is known: tokens and sessions. Only their digests are stored."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, false, func

#: What one is called in lists and in the ledger: not enough to use it, nor to guess it.
_NAME = re.compile(r"[0-9a-f]{16}")


def digest(secret: str) -> str:
    """What is stored of a secret."""
    # 256 random bits: there is nothing to guess, so a fast hash is enough.
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def name(digest: str) -> str:
    """What the secret of a digest is called."""
    return digest[:16]


def called(column: Any, name: str) -> ColumnElement[bool]:
    """Whether a column of digests holds that of the secret that is called so."""
    return func.substr(column, 1, 16) == name if _NAME.fullmatch(name) else false()
