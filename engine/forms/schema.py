"""A form-js schema (https://github.com/bpmn-io/form-js, schema versions 16 to 19) as a tree of components.

Reading is lenient, since the checks of `engine.forms.checks` have refused faulty schemas at upload: what has
no meaning is passed over here. Paths follow form-js: a field's `key` and a group's `path` may be dotted, a
list's items begin a scope of their own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock
from typing import Any, Generic, TypeVar

from engine.forms.options import Option, normalise

#: A form-js schema, as a JSON parser gives it.
Schema = Mapping[str, Any]

#: Schemas whose parsed form is kept: more than an office uses at a time.
MOST_KEPT = 256

K = TypeVar("K")
T = TypeVar("T")

TEXT_TYPES = frozenset({"textfield", "textarea"})
SINGLE_CHOICE_TYPES = frozenset({"radio", "select"})
MULTIPLE_CHOICE_TYPES = frozenset({"checklist", "taglist"})
CHOICE_TYPES = SINGLE_CHOICE_TYPES | MULTIPLE_CHOICE_TYPES
#: Types that hold a value under their key.
KEYED_TYPES = TEXT_TYPES | CHOICE_TYPES | {"number", "checkbox", "datetime", "expression", "filepicker"}
CONTAINER_TYPES = frozenset({"group", "dynamiclist"})
#: Types that show something and hold nothing.
SHOWN_TYPES = frozenset(
    {"text", "html", "image", "iframe", "table", "button", "separator", "spacer", "documentPreview"}
)

#: What an unanswered field holds, as in form-js; all other types hold null.
_EMPTY: Mapping[str, Any] = {"textfield": "", "textarea": "", "checkbox": False}


@dataclass(frozen=True, kw_only=True)
class Component:
    """One component of a form."""

    type: str
    #: Where its value stands in its scope, which is the nearest list's item, or else the whole data.
    path: tuple[str, ...]
    #: The component as it stands in the schema.
    raw: Mapping[str, Any]
    children: tuple[Component, ...] = ()
    #: Whether its values are personal: the custom property ``personal`` is set on it or on what contains it.
    personal: bool = False

    @cached_property
    def keyed(self) -> bool:
        """Whether it holds a value."""
        return self.type in KEYED_TYPES and bool(self.path)

    @cached_property
    def repeating(self) -> bool:
        """Whether it is a list whose children are repeated in each item."""
        return self.type == "dynamiclist" and self.raw.get("isRepeating", True) is not False

    @property
    def label(self) -> str:
        """Its label as written; it may hold an expression or a template."""
        names = ("label", "dateLabel", "timeLabel")
        return next((text for name in names if isinstance(text := self.raw.get(name), str) and text), "")

    @cached_property
    def rules(self) -> Mapping[str, Any]:
        """The schema's ``validate``."""
        rules = self.raw.get("validate")
        return rules if isinstance(rules, Mapping) else {}

    @property
    def required(self) -> bool:
        """Whether an answer is required."""
        return self.rules.get("required") is True

    @cached_property
    def hide(self) -> str | None:
        """The condition that hides it, as written (``= …``)."""
        conditional = self.raw.get("conditional")
        hide = conditional.get("hide") if isinstance(conditional, Mapping) else None
        return hide if isinstance(hide, str) and hide else None

    @cached_property
    def locked(self) -> bool:
        """Whether it can never be answered."""
        return self.raw.get("disabled") is True or self.raw.get("readonly") is True

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Of a choice, the options that stand in the schema itself."""
        return normalise(self.raw.get("values")) if self.type in CHOICE_TYPES else ()

    @cached_property
    def properties(self) -> Mapping[str, Any]:
        """The custom properties that a designer gave it."""
        properties = self.raw.get("properties")
        return properties if isinstance(properties, Mapping) else {}

    @property
    def marked_personal(self) -> bool:
        """Whether the custom property ``personal`` is set on itself."""
        return self.properties.get("personal") in (True, "true")

    @property
    def empty(self) -> Any:
        """What it holds without an answer."""
        return [] if self.type in MULTIPLE_CHOICE_TYPES else _EMPTY.get(self.type)


class MadeOnce(Generic[K, T]):
    """What a function gives for a schema or what was read from it, kept for those used last.

    They are told apart by identity, and do not change once they are used.
    """

    def __init__(self, make: Callable[[K], T]) -> None:
        self._make = make
        # What it was made of is held with it, so that its identity is nobody else's meanwhile.
        self._kept: OrderedDict[int, tuple[K, T]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, of: K) -> T:
        """What the function gives."""
        with self._lock:
            kept = self._kept.get(id(of))
            if kept is not None:
                self._kept.move_to_end(id(of))
                return kept[1]
        made = self._make(of)
        with self._lock:
            self._kept[id(of)] = (of, made)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made


@MadeOnce
def read(schema: Schema) -> tuple[Component, ...]:
    """The components at the top of a form, with all below them."""
    return _children(schema, (), personal=False)


def walk(components: tuple[Component, ...]) -> Iterator[Component]:
    """All of the components, in document order, a container before its children."""
    for component in components:
        yield component
        yield from walk(component.children)


def split(dotted: object) -> tuple[str, ...]:
    """The parts of a key or path; none for what is no text."""
    return tuple(dotted.split(".")) if isinstance(dotted, str) and dotted else ()


def _children(raw: Mapping[str, Any], prefix: tuple[str, ...], *, personal: bool) -> tuple[Component, ...]:
    components = raw.get("components")
    if not isinstance(components, list):
        return ()
    return tuple(_component(child, prefix, personal) for child in components if isinstance(child, Mapping))


def _component(raw: Mapping[str, Any], prefix: tuple[str, ...], personal: bool) -> Component:
    kind = str(raw.get("type", ""))
    if kind in CONTAINER_TYPES:
        path = prefix + split(raw.get("path"))
    else:
        key = split(raw.get("key")) if kind in KEYED_TYPES else ()
        path = prefix + key if key else ()
    alone = Component(type=kind, path=path, raw=raw)
    personal = personal or alone.marked_personal
    below = () if alone.repeating else alone.path
    children = _children(raw, below, personal=personal) if kind in CONTAINER_TYPES else ()
    return replace(alone, children=children, personal=personal)
