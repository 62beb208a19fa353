"""Reading and writing nested JSON by path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

#: Names, and indexes from 0 into lists.
Path = tuple[str | int, ...]


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


#: Stands for a value that is not there, which null is not.
ABSENT = _Absent()


def get(data: Any, path: Sequence[str | int]) -> Any:
    """The value at the path, or `ABSENT`."""
    for part in path:
        if type(part) is int:
            if not isinstance(data, list) or part >= len(data):
                return ABSENT
        # Asking for the abstract kind takes ten times as long as looking for the usual one first.
        elif (type(data) is not dict and not isinstance(data, Mapping)) or part not in data:
            return ABSENT
        data = data[part]
    return data


def put(data: dict[str, Any], path: Path, value: Any) -> None:
    """Set the value at the path, making the objects and list items on the way."""
    target: Any = data
    for part, following in pairwise(path):
        fresh: Any = [] if isinstance(following, int) else {}
        if isinstance(part, int):
            while len(target) <= part:
                target.append({})
            if not isinstance(target[part], type(fresh)):
                target[part] = fresh
        elif not isinstance(target.get(part), type(fresh)):
            target[part] = fresh
        target = target[part]
    last = path[-1]
    if isinstance(last, int):
        while len(target) <= last:
            target.append({})
    target[last] = value


def take_out(data: dict[str, Any], path: Path) -> None:
    """Remove what stands at the path, and the objects and lists around it that hold nothing more.

    A list's other items keep their places: one that is taken out becomes an empty object.
    """
    *around, last = path
    holder = get(data, around)
    if isinstance(holder, dict):
        holder.pop(str(last), None)
    elif isinstance(holder, list) and isinstance(last, int) and last < len(holder):
        holder[last] = {}
    if around and (holder == {} or (isinstance(holder, list) and all(item == {} for item in holder))):
        take_out(data, tuple(around))


def overlaid(below: Any, above: Any) -> Any:
    """`above` over `below`: objects are merged by name, list items by position, all else is taken from `above`."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        merged = dict(below)
        for name, value in above.items():
            merged[name] = overlaid(below[name], value) if name in below else value
        return merged
    if isinstance(below, list) and isinstance(above, list):
        return [overlaid(below[n], item) if n < len(below) else item for n, item in enumerate(above)]
    return above


def same(first: Any, second: Any) -> bool:
    """Whether two JSON values are equal; unlike in Python, true is not 1."""
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(same(first[name], second[name]) for name in first)
    return type(first) is type(second) and first == second if isinstance(first, str) else bool(first == second)
