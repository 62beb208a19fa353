"""The designer's checks of a form, at upload: what would fail at a window is refused here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions.model import Problem, Severity
from engine.forms import expressions
from engine.forms.data import MOST_LEVELS, RESERVED, UNSAFE_KEYS
from engine.forms.fields import EACH, fields
from engine.forms.properties import findings
from engine.forms.schema import CONTAINER_TYPES, KEYED_TYPES, SHOWN_TYPES, Component, read, split, walk

#: Versions of the schema whose meaning is known here.
OLDEST_VERSION = 16
NEWEST_VERSION = 19
#: Components of one form.
MOST_COMPONENTS = 1_000

_KNOWN_TYPES = KEYED_TYPES | CONTAINER_TYPES | SHOWN_TYPES

# By which expressions in a list's item name the item and what is around it.
_RELATIVE = frozenset({"this", "_this_", "parent", "_parent_"})


def check_schema(schema: object, *, file: str, source: str | None = None) -> list[Problem]:
    """What is wrong with a form.

    :param schema: the parsed ``.form`` file
    :param file: its name, for the problems
    :param source: its text, so that problems bear the line of their component
    """
    return list(_Check(file, source).form(schema))


class _Check:
    """One form's checks."""

    def __init__(self, file: str, source: str | None) -> None:
        self.file = file
        self.source = source
        self.components = 0

    def form(self, schema: object) -> Iterator[Problem]:
        if not isinstance(schema, Mapping) or not isinstance(schema.get("components"), list):
            yield self._problem({}, "form-schema", "is no form-js schema: an object with a list `components`")
            return
        if schema.get("type", "default") != "default":
            yield self._problem({}, "form-schema", f"is of type {schema['type']!r}: a form is of type 'default'")
        if not isinstance(schema.get("id"), str) or not schema["id"]:
            yield self._problem({}, "form-id", "has no `id`, by which tasks name it")
        yield from self._version(schema.get("schemaVersion"))
        problems = list(self._components(schema["components"], 1))
        yield from problems
        if not problems:
            components = read(schema)
            yield from self._places(components, {}, ())
            yield from self._personal(components, schema)

    def _version(self, version: object) -> Iterator[Problem]:
        if not isinstance(version, int) or OLDEST_VERSION <= version <= NEWEST_VERSION:
            return
        advice = "save it once in a current editor" if version < OLDEST_VERSION else "newer properties are ignored"
        known = f"{OLDEST_VERSION} to {NEWEST_VERSION}"
        yield self._problem({}, "form-version", f"has schema version {version}, known are {known}: {advice}", "warning")

    def _components(self, components: list[Any], level: int) -> Iterator[Problem]:
        if level > MOST_LEVELS:
            yield self._problem({}, "form-schema", f"nests containers deeper than {MOST_LEVELS} levels")
            return
        for raw in components:
            self.components += 1
            if self.components > MOST_COMPONENTS:
                if self.components == MOST_COMPONENTS + 1:
                    yield self._problem({}, "form-schema", f"has more than {MOST_COMPONENTS} components")
                return
            if not isinstance(raw, Mapping):
                yield self._problem({}, "form-schema", "a component is no object")
                continue
            yield from self._component(raw)
            if isinstance(raw.get("components"), list):
                yield from self._components(raw["components"], level + 1)

    def _component(self, raw: Mapping[str, Any]) -> Iterator[Problem]:
        kind = raw.get("type")
        if not isinstance(kind, str) or kind not in _KNOWN_TYPES:
            known = ", ".join(sorted(_KNOWN_TYPES))
            yield self._problem(raw, "form-component-type", f"unknown component type {kind!r}: use one of {known}")
            return
        if kind in KEYED_TYPES:
            yield from self._name(raw, "key", required=True)
        if kind in CONTAINER_TYPES:
            yield from self._name(raw, "path", required=Component(type=kind, path=(), raw=raw).repeating)
            if not isinstance(raw.get("components", []), list):
                yield self._problem(raw, "form-schema", "`components` is no list")
        for rule, message in findings(raw):
            yield self._problem(raw, rule, message)

    def _name(self, raw: Mapping[str, Any], what: str, *, required: bool) -> Iterator[Problem]:
        name = raw.get(what)
        if name is None or name == "":
            if required:
                yield self._problem(raw, "form-key", f"has no `{what}`, under which its value is kept")
            return
        if not all(part.isidentifier() and part not in UNSAFE_KEYS for part in split(name) or ("",)):
            yield self._problem(
                raw,
                "form-key",
                f"`{what}` {name!r}: a name has letters, digits and _, does not begin with a digit, "
                "and is none of JavaScript's own; dots lead into objects",
            )

    def _places(
        self, components: tuple[Component, ...], taken: dict[tuple[str, ...], str], scope: tuple[str, ...]
    ) -> Iterator[Problem]:
        """Each value has a place of its own: no two fields share one, and none lies inside another's value."""
        for component in components:
            if component.keyed or component.repeating:
                yield from self._place(component, taken, scope)
                taken[component.path] = component.type
            if component.repeating:
                yield from self._places(component.children, {}, scope + component.path)
            else:
                yield from self._places(component.children, taken, scope)

    def _place(
        self, component: Component, taken: Mapping[tuple[str, ...], str], scope: tuple[str, ...]
    ) -> Iterator[Problem]:
        path = component.path
        if not scope and path[0] in RESERVED:
            message = f"{path[0]} is a name of the system's, which expressions read: choose another"
            yield self._problem(component.raw, "form-key", message)
        for other, kind in taken.items():
            if path[: len(other)] == other or other[: len(path)] == path:
                mine, others = ".".join(scope + path), ".".join(scope + other)
                yield self._problem(component.raw, "form-key", f"{mine} is taken: a {kind} has {others}")

    def _personal(self, components: tuple[Component, ...], schema: Mapping[str, Any]) -> Iterator[Problem]:
        for component in walk(components):
            if component.marked_personal and component.type in SHOWN_TYPES:
                message = f"a {component.type} holds no value that could be personal"
                yield self._problem(component.raw, "form-personal", message, "warning")
        # A sealed value must not come out, computed, under a name that is not sealed.
        sealed = [field.path for field in fields(schema) if field.personal]
        for component in walk(components):
            if component.type != "expression" or component.path in sealed:
                continue
            for read_path in expressions.parse(component.raw["expression"]).paths():
                if any(_touches(read_path, path) for path in sealed):
                    message = f"computes a value from {'.'.join(read_path)}, which is personal: mark it personal too"
                    yield self._problem(component.raw, "form-personal", message)

    def _problem(self, raw: Mapping[str, Any], rule: str, message: str, severity: Severity = "error") -> Problem:
        names = (raw.get(name) for name in ("id", "key", "path"))
        element = next((name for name in names if isinstance(name, str) and name), None)
        return Problem(
            file=self.file, line=self._line(element), element=element, rule=rule, severity=severity, message=message
        )

    def _line(self, element: str | None) -> int:
        if self.source is None:
            return 0
        if element is None:
            return 1
        written = re.escape(json.dumps(element, ensure_ascii=False))
        found = re.search(rf'"(id|key|path)"\s*:\s*{written}', self.source)
        return self.source.count("\n", 0, found.start()) + 1 if found else 1


def _touches(read_path: tuple[str, ...], field_path: tuple[str, ...]) -> bool:
    """Whether reading there may read the field; in a list's item, names are relative to it."""
    places = [tuple(part for part in field_path if part != EACH)]
    if read_path[0] in _RELATIVE:
        read_path = read_path[1:]
        places += [places[0][start:] for start in range(1, len(places[0]))]
    return any(read_path[: len(place)] == place[: len(read_path)] for place in places)
