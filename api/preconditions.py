"""What a request says about itself in its headers: do this once, and only if nothing has changed since."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from flask import g, request

from engine.errors import Malformed
from engine.office.once import Once

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_TAG = re.compile(r'"v([0-9]{1,15})"')

#: A version that nothing ever has: what an entity tag that we did not make stands for.
_NEVER = -1


def etag(version: int) -> str:
    """The strong entity tag (RFC 9110 §8.8.3) of a version of a case or task."""
    return f'"v{version}"'


def if_match() -> int | None:
    """The version that the request insists on, or None where it insists on none.

    Weak tags never match (RFC 9110 §13.1.1), nor do tags that this API does not make.
    """
    given = None if "unread" in g else request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    tags = [tag.strip() for tag in given.split(",")]
    if len(tags) > 1:
        raise Malformed("If-Match must name one entity tag: the one that you read.")
    match = _TAG.fullmatch(tags[0])
    return int(match[1]) if match else _NEVER


def once(body: Any = None) -> Once | None:
    """The request's idempotency key with what it was sent with, or None where it has no key.

    :param body: the parsed body; for an upload, whatever is equal for equal uploads.
    """
    return _once(digest(body), lambda key: key)


def once_unread() -> Once | None:
    """The same for a request whose body says nothing that could be read: its bytes stand for it."""
    key = idempotency_key()
    if key is None:
        return None
    sent = hashlib.sha256(request.get_data(cache=True)).hexdigest()
    return Once(key=key, scope=request.path, digest=digest({"unread": sent}))


def idempotency_key() -> str | None:
    """The ``Idempotency-Key`` header: 1 to 255 visible ASCII characters."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise Malformed("The Idempotency-Key header must have 1 to 255 visible ASCII characters.")
    return key


def once_for(part: str, body: Any) -> Once | None:
    """An idempotency key for one of many things that a request does, made from the request's own, if it has one.

    :param part: id of that thing.
    :param body: what is to be done to it.
    """
    return _once(digest(body), lambda key: hashlib.sha256(f"{key}\0{part}".encode()).hexdigest())


def _once(digest: str, made_of: Callable[[str], str]) -> Once | None:
    if (unread := g.get("unread")) is not None:
        return Once(key="", scope=request.path, digest=digest, unread=unread)
    key = idempotency_key()
    return None if key is None else Once(key=made_of(key), scope=request.path, digest=digest)


def digest(body: Any) -> str:
    """SHA-256 (hex) of the request's content: method, query and `body`; equal where they say the same."""
    content = [request.method, sorted(request.args.items(multi=True)), body]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
