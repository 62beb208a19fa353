"""Repeating a request safely: the key that a client gives, and what it stands for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Once:
    """An idempotency key with the request that it was sent with."""

    key: str
    #: What was asked for, without the body: the path of the call.
    scope: str
    #: Digest of the body's content; another body under the same key is refused.
    digest: str
    #: Why the request cannot be read; then it is refused with this where its key would be looked up: after rights.
    unread: Exception | None = None


def require_readable(once: Once | None) -> None:
    """Refuse a request that cannot be read, with the reason: called once rights have been looked at."""
    if once is not None and once.unread is not None:
        raise once.unread
