"""Types: which values conform to one, and the conversions where a value meets one (DMN 1.5 §10.3.2.9)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from engine.feel.model import FeelFunction, Range, Value
from engine.feel.syntax import ContextType, FunctionType, ListType, NamedType, RangeType, TypeNode
from engine.feel.temporal import MIDNIGHT_UTC, Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration

ANY = NamedType("Any")
_SPECIAL = frozenset(["Any", "Null"])

_NATIVE: dict[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": Date,
    "time": Time,
    "date and time": DateTime,
    "dateTime": DateTime,
    "days and time duration": DaysTimeDuration,
    "dayTimeDuration": DaysTimeDuration,
    "years and months duration": YearsMonthsDuration,
    "yearMonthDuration": YearsMonthsDuration,
    "list": list,
    "context": dict,
    "function": FeelFunction,
    "range": Range,
}


class TypeDefinition(Protocol):
    """A type that a model defines, such as an item definition of DMN's."""

    def holds(self, value: Value, types: Mapping[str, TypeDefinition]) -> bool:
        """Whether the value, not null, is one of the type."""
        ...

    def structure(self) -> TypeNode:
        """The type behind it, for conversions to and from lists."""
        ...


Types = Mapping[str, TypeDefinition]


def is_native(name: str) -> bool:
    """Whether FEEL itself knows the type."""
    return name in _NATIVE or name in _SPECIAL


def instance_of(value: Value, kind: TypeNode, types: Types) -> bool | None:
    """FEEL's ``instance of``: null is an instance of ``Null`` alone, and of an unknown type nobody knows."""
    if isinstance(kind, NamedType) and not is_native(kind.name) and kind.name not in types:
        return None
    if value is None:
        return kind == NamedType("Null")
    return conforms(value, kind, types)


def conforms(value: Value, kind: TypeNode, types: Types) -> bool:
    """Whether a value conforms to a type; null conforms to every type."""
    if value is None:
        return True
    match kind:
        case NamedType(name):
            if name == "Any":
                return True
            native = _NATIVE.get(name)
            if native is not None:
                return isinstance(value, native)
            definition = types.get(name)
            return definition is not None and definition.holds(value, types)
        case ListType(item):
            return isinstance(value, list) and all(conforms(element, item, types) for element in value)
        case RangeType(item):
            if not isinstance(value, Range):
                return False
            return conforms(value.start, item, types) and conforms(value.end, item, types)
        case ContextType(entries):
            return isinstance(value, dict) and all(
                name in value and conforms(value[name], entry, types) for name, entry in entries
            )
        case FunctionType(parameters, result):
            return isinstance(value, FeelFunction) and _function_conforms(value, parameters, result)
    return False


def _function_conforms(value: FeelFunction, parameters: tuple[TypeNode, ...], result: TypeNode) -> bool:
    signature: tuple[tuple[TypeNode, ...], TypeNode] | None = getattr(value, "signature", None)
    if signature is None:
        return True
    own, given = signature
    # Parameters the other way round: who accepts more conforms.
    return (
        len(own) == len(parameters)
        and all(subtype(theirs, mine) for theirs, mine in zip(parameters, own, strict=True))
        and (given == ANY or subtype(given, result))
    )


def subtype(kind: TypeNode, other: TypeNode) -> bool:
    """Whether each value of ``kind`` is one of ``other`` (DMN 1.5 §10.3.2.9.2)."""
    if other == ANY or kind == other or kind == NamedType("Null"):
        return True
    match kind, other:
        case (NamedType(a), NamedType(b)):
            return _NATIVE.get(a) is not None and _NATIVE.get(a) is _NATIVE.get(b)
        case (ListType(a), ListType(b)) | (RangeType(a), RangeType(b)):
            return subtype(a, b)
        case (ListType(_), NamedType("list")) | (RangeType(_), NamedType("range")):
            return True
        case (ContextType(_), NamedType("context")) | (FunctionType(_, _), NamedType("function")):
            return True
        case (ContextType(a), ContextType(b)):
            own = dict(a)
            return all(name in own and subtype(own[name], entry) for name, entry in b)
        case (FunctionType(a, r), FunctionType(b, s)):
            return len(a) == len(b) and all(subtype(y, x) for x, y in zip(a, b, strict=True)) and subtype(r, s)
    return False


def coerce(value: Value, kind: TypeNode, types: Types) -> Value:
    """The value as one of the type: as it is, to or from a list of one, a date as its midnight, or null."""
    fits, converted = coerced(value, kind, types)
    return converted if fits else None


def coerced(value: Value, kind: TypeNode, types: Types) -> tuple[bool, Value]:
    """As :func:`coerce`, telling a null that was given from one that did not fit (DMN 1.5 §10.3.2.9.4)."""
    if conforms(value, kind, types):
        return True, value
    structure = _resolve(kind, types)
    if isinstance(structure, NamedType) and _NATIVE.get(structure.name) is DateTime and isinstance(value, Date):
        return True, DateTime(value, MIDNIGHT_UTC)
    if isinstance(value, list):
        if len(value) == 1 and not _is_list(structure) and conforms(value[0], kind, types):
            return True, value[0]
    elif _is_list(structure) and conforms([value], kind, types):
        return True, [value]
    return False, None


def _is_list(kind: TypeNode) -> bool:
    return isinstance(kind, ListType) or kind == NamedType("list")


def _resolve(kind: TypeNode, types: Types) -> TypeNode:
    if isinstance(kind, NamedType) and kind.name in types and not is_native(kind.name):
        return types[kind.name].structure()
    return kind
