"""What pages send with a command so that it can be repeated safely and never on something stale."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import request

from engine.errors import Malformed
from engine.office.once import Once


def body() -> dict[str, Any]:
    """The JSON object that a page's script sent."""
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise Malformed
    return sent


def once(key: Any, content: Any) -> Once | None:
    """The idempotency record of this request: `key` is made by the page, `content` is what it asks for."""
    if not isinstance(key, str) or not 8 <= len(key) <= 200:
        return None
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Once(key=key, scope=request.path, digest=hashlib.sha256(canonical.encode()).hexdigest())


def version(value: Any) -> int | None:
    """The version that the page showed, or None where it did not say."""
    return int(value) if str(value or "").isdigit() else None
