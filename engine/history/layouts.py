"""Layouts of entries: what an older version of this program wrote is read by every later one.

An entry is never written again: its bytes are what its hash is over. Where a later version wants other fields, it
writes them under the next number, and adds here how the fields of the number before become those of the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

#: What turns the fields of one layout into those of the next.
Path = Callable[[dict[str, Any]], dict[str, Any]]

#: Number of the layout in which entries are written now.
LAYOUT = 2


def _reasons_in_the_clear(fields: dict[str, Any]) -> dict[str, Any]:
    """From 1 to 2: from 2 on, reasons are sealed. Those that stand in the clear stay so; text is read as it is."""
    return fields


#: The path from each older layout to the one after it.
PATHS: Mapping[int, Path] = {1: _reasons_in_the_clear}


def is_known(layout: Any, *, to: int = LAYOUT) -> bool:
    """Whether entries of a layout can be read."""
    return type(layout) is int and 1 <= layout <= to


def lifted(fields: dict[str, Any], *, paths: Mapping[int, Path] = PATHS, to: int = LAYOUT) -> dict[str, Any]:
    """The fields of an entry in the layout `to`, step by step; `v` says which it is."""
    for layout in range(fields["v"], to):
        fields = {**paths[layout](fields), "v": layout + 1}
    return fields
