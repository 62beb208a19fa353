"""What differs between two JSON documents, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypedDict


class Change(TypedDict, total=False):
    """A field that is not the same: `before` is left out where it is new, `after` where it is gone."""

    #: JSON pointer (RFC 6901).
    field: str
    before: Any
    after: Any


def differences(before: Any, after: Any, pointer: str = "") -> Iterator[Change]:
    """The fields that differ, in the order of their names; a list is one field."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        if before != after:
            yield {"field": pointer, "before": before, "after": after}
        return
    for name in sorted(before.keys() | after.keys()):
        place = f"{pointer}/{_escaped(name)}"
        if name not in before:
            yield {"field": place, "after": after[name]}
        elif name not in after:
            yield {"field": place, "before": before[name]}
        else:
            yield from differences(before[name], after[name], place)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
