"""Item definitions as types that values are checked against (DMN 1.5 §7.3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.dmn import model
from engine.dmn.errors import DmnError
from engine.feel.compile_tests import QUESTION
from engine.feel.errors import FeelError
from engine.feel.expression import Expression, parse_tests
from engine.feel.functions import BUILTINS
from engine.feel.lexer import normalise
from engine.feel.limits import Limits
from engine.feel.model import Value
from engine.feel.scope import Runtime, Scope
from engine.feel.syntax import ContextType, FunctionType, ListType, NamedType, TypeNode
from engine.feel.types import ANY, Types, conforms, is_native

# What modelers call FEEL's types besides their names in the standard.
_ALIASES = {
    "integer": "number",
    "long": "number",
    "double": "number",
    "short": "number",
    "float": "number",
    "decimal": "number",
    "feel:number": "number",
    "dateTime": "date and time",
    "datetime": "date and time",
    "any": "Any",
    "": "Any",
}


def type_node(reference: str) -> TypeNode:
    """The type that a ``typeRef`` names."""
    name = normalise(reference)
    if name.startswith("feel:"):
        name = name[5:]
    return NamedType(_ALIASES.get(name, name))


@dataclass(eq=False)
class ItemType:
    """A compiled item definition; see :class:`engine.feel.types.TypeDefinition`."""

    name: str
    node: TypeNode
    collection: bool
    types: Types
    allowed: Expression | None = None
    constraint: Expression | None = None
    #: entries of a context; a value may lack some of them
    components: dict[str, TypeNode] | None = None

    def holds(self, value: Value, types: Types) -> bool:
        """Whether the value, not null, is of this type."""
        if self.collection:
            if not isinstance(value, list) or not all(item is None or self._item_holds(item) for item in value):
                return False
        elif not self._item_holds(value):
            return False
        return self.constraint is None or _passes(self.constraint, value, self.types)

    def _item_holds(self, value: Value) -> bool:
        if self.components is not None:
            if not isinstance(value, dict):
                return False
            if not all(conforms(value.get(name), kind, self.types) for name, kind in self.components.items()):
                return False
        elif not conforms(value, self.node, self.types):
            return False
        return self.allowed is None or _passes(self.allowed, value, self.types)

    def structure(self) -> TypeNode:
        """The type behind the name, as far as lists and FEEL's own types are concerned."""
        node = self.node
        seen: set[str] = {self.name}
        while isinstance(node, NamedType) and not is_native(node.name) and node.name not in seen:
            seen.add(node.name)
            definition = self.types.get(node.name)
            if not isinstance(definition, ItemType):
                break
            if definition.collection:
                return ListType(definition.node)
            node = definition.node
        return ListType(node) if self.collection else node


def _passes(tests: Expression, value: Value, types: Types) -> bool:
    runtime = Runtime(None, Limits(), BUILTINS, None, types)
    return tests.code(Scope(runtime, None, {QUESTION: value})) is True


class TypeTable(dict[str, ItemType]):
    """All item definitions of a model, and of those it imports, by name."""

    def __init__(self, definitions: model.Definitions) -> None:
        """:raises DmnError: for allowed values that are no unary tests"""
        super().__init__()
        for definition in definitions.types:
            self._add(definition, definition.name)

    def _add(self, definition: model.ItemDefinition, name: str) -> None:
        components: dict[str, TypeNode] | None = None
        node = type_node(definition.base)
        if definition.components:
            components = {}
            for component in definition.components:
                # A component's own structure is a type of its own, under a name that no text can spell.
                inner = f"{name} / {component.name}"
                self._add(component, inner)
                components[component.name] = NamedType(inner)
            node = ContextType(tuple(components.items()))
        elif definition.function is not None:
            parameters, result = definition.function
            node = FunctionType(tuple(type_node(each.type) for each in parameters), type_node(result))
        self[name] = ItemType(
            name=name,
            node=node,
            collection=definition.collection,
            types=self,
            allowed=_tests(definition.allowed, name),
            constraint=_tests(definition.constraint, name),
            components=components,
        )

    def import_from(self, name: str, other: Mapping[str, ItemType]) -> None:
        """Make another model's types known under the name of its import."""
        for key, definition in other.items():
            self[f"{name}.{key}" if name else key] = definition

    def resolve(self, reference: str) -> TypeNode:
        """The type that a ``typeRef`` names; any value where nothing of that name is known."""
        node = type_node(reference)
        if isinstance(node, NamedType) and not is_native(node.name) and node.name not in self:
            if node.name in ("days and time duration", "years and months duration", "dayTimeDuration"):
                return node
            short = node.name.rpartition(":")[2]
            return NamedType(short) if short in self or is_native(short) else ANY
        return node


def _tests(tests: model.Tests | None, name: str) -> Expression | None:
    if tests is None:
        return None
    try:
        return parse_tests(tests.text)
    except FeelError as error:
        raise DmnError(f"allowed values: {error}", line=tests.line, element=name) from error


def component_names(definitions: model.Definitions) -> set[str]:
    """Names of all components, which paths may hold."""
    found: set[str] = set()
    waiting = list(definitions.types)
    while waiting:
        definition = waiting.pop()
        found.add(definition.name)
        waiting.extend(definition.components)
    return found
