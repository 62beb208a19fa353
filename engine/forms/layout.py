"""Where a form's components stand in the data: one instance of each for each item of each list around it.

Settled once, from what the case has and what was sent; not what the fields hold, which `engine.forms.filling` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from engine.forms import messages
from engine.forms.messages import both
from engine.forms.places import ABSENT, Path, get, put
from engine.forms.schema import Component, MadeOnce, walk
from engine.sealing import is_sealed

#: Items of all lists of a form together.
MOST_ITEMS = 1_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """A component at one place of the data: one for each item of each list around it."""

    component: Component
    #: Where its value stands in the whole data.
    path: Path
    #: The container around it, hidden with which it is hidden.
    container: Instance | None
    #: Where the list items around it stand, the whole data first: ``()``, ``("owners", 0)``.
    scopes: tuple[Path, ...]
    #: Positions, from 1, in the lists around it.
    positions: tuple[int, ...]

    @property
    def scope(self) -> Path:
        """Where the nearest list's item stands; () at the top."""
        return self.scopes[-1]


class Layout:
    """The instances of one form over one case's data and the answers to it."""

    def __init__(
        self, components: tuple[Component, ...], context: Mapping[str, Any], answers: Mapping[str, Any]
    ) -> None:
        """Lay the form out; parameters as `engine.forms.filling.Filling`."""
        self._context = context
        self._answers = answers
        self._items_left = MOST_ITEMS
        #: What is wrong with lists that were sent, by place.
        self.faults: dict[Path, str] = {}
        #: How many items each list has.
        self.counts: dict[Instance, int] = {}
        #: Fields whose case value cannot be opened here, and where what is sealed with them stands. It is kept as
        #: it is until it is answered anew.
        self.sealed: dict[Instance, Path] = {}
        #: All components in all places, in document order.
        self.instances = _without_lists(components) or tuple(_expanded(components, self._count))
        for each in self.instances:
            self._find_seal(each)

    def nested(self, values: Mapping[Path, Any], without: Set[Instance] = frozenset()) -> dict[str, Any]:
        """Values by place, as one object; those of some instances left out."""
        data: dict[str, Any] = {}
        for each in self.instances:
            if each in without:
                continue
            if each in self.sealed:
                whole = self.sealed[each]
                put(data, whole, dict(get(self._context, whole)))
            elif each.component.repeating and each.path:
                put(data, each.path, [{} for _ in range(self.counts[each])])
            elif each.component.keyed:
                put(data, each.path, values[each.path])
        return data

    def _find_seal(self, instance: Instance) -> None:
        path, kind = instance.path, instance.component.type
        value: Any = self._context
        for end in range(1, len(path) + 1):
            value = get(value, path[end - 1 : end])
            if is_sealed(value):
                computed_anew = kind == "expression" and end == len(path)
                if not computed_anew and get(self._answers, path[:end]) is ABSENT:
                    self.sealed[instance] = path[:end]
                return

    def _count(self, instance: Instance) -> int:
        """How many items a list has."""
        self._find_seal(instance)
        self.counts[instance] = 0 if instance in self.sealed else self._wanted(instance.component, instance.path)
        self._items_left -= self.counts[instance]
        return self.counts[instance]

    def _wanted(self, component: Component, path: Path) -> int:
        before = get(self._context, path)
        default = component.raw.get("defaultRepetitions", 1)
        count = len(before) if isinstance(before, list) else default if isinstance(default, int) else 1
        count = max(0, min(count, self._items_left))
        sent = get(self._answers, path)
        if sent is ABSENT:
            return count
        items = [] if sent is None else sent
        if not isinstance(items, list):
            self.faults[path] = messages.NOT_LIST
        elif len(items) > self._items_left:
            self.faults[path] = both(f"最多 {MOST_ITEMS} 项", f"a form has at most {MOST_ITEMS} items")
        elif component.raw.get("allowAddRemove", True) is False and len(items) != count:
            self.faults[path] = both(f"应为 {count} 项", f"must have {count} items: none can be added or removed")
        else:
            return len(items)
        return count


def _expanded(
    components: tuple[Component, ...],
    count: Callable[[Instance], int],
    scopes: tuple[Path, ...] = ((),),
    container: Instance | None = None,
    positions: tuple[int, ...] = (),
) -> Iterator[Instance]:
    for component in components:
        path = scopes[-1] + component.path
        each = Instance(component=component, path=path, container=container, scopes=scopes, positions=positions)
        yield each
        if not component.repeating:
            yield from _expanded(component.children, count, scopes, each, positions)
            continue
        for index in range(count(each)):
            item = (*scopes, (*path, index))
            yield from _expanded(component.children, count, item, each, (*positions, index + 1))


@MadeOnce
def _without_lists(components: tuple[Component, ...]) -> tuple[Instance, ...] | None:
    """The instances of a form without lists: they are the same whatever the data is."""
    if any(component.repeating for component in walk(components)):
        return None
    return tuple(_expanded(components, lambda _: 0))
