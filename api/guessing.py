"""A look at something by a secret that could be guessed: who guesses is slowed down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request

from api.serving import office
from engine.errors import NotFound, Unauthorised


@contextmanager
def guessed(kind: str) -> Iterator[None]:
    """A block that finds what a secret is for, or raises `NotFound` or `Unauthorised`, which is counted.

    :param kind: one of `engine.office.attempts.ALLOWANCES`.
    :raises RateLimited: where too many from the same address failed of late.
    """
    address = request.remote_addr or ""
    office().attempts.check(kind, address)
    try:
        yield
    except (NotFound, Unauthorised):
        office().attempts.failed(kind, address)
        raise
