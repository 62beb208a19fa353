"""Context functions (DMN 1.5 §10.3.4.10)."""

from __future__ import annotations

from engine.feel.functions.registry import builtin
from engine.feel.model import Value
from engine.feel.scope import Runtime


@builtin("get value", "m: context, key: string")
def _get_value(_: Runtime, context: dict[str, Value], key: str) -> Value:
    return context.get(key)


@builtin("get value", "m: context, keys: list")
def _get_value_at(_: Runtime, context: Value, keys: list[Value]) -> Value:
    for key in keys:
        if not isinstance(context, dict) or not isinstance(key, str):
            return None
        context = context.get(key)
    return context if keys else None


@builtin("get entries", "m: context")
def _get_entries(_: Runtime, context: dict[str, Value]) -> Value:
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context", "entries: list")
def _context(_: Runtime, entries: list[Value]) -> Value:
    made: dict[str, Value] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str) or "value" not in entry:
            return None
        if entry["key"] in made:
            return None
        made[entry["key"]] = entry["value"]
    return made


@builtin("context put", "context: context, key: string, value: any")
def _context_put(_: Runtime, context: dict[str, Value], key: str, value: Value) -> Value:
    return {**context, key: value}


@builtin("context put", "context: context, keys: list, value: any")
def _context_put_at(runtime: Runtime, context: dict[str, Value], keys: list[Value], value: Value) -> Value:
    if not keys or not all(isinstance(key, str) for key in keys):
        return None
    runtime.budget.spend(len(context) + len(keys))
    # Written as a loop: a long list of keys must not nest calls.
    levels = [context]
    for key in keys[:-1]:
        below = levels[-1].get(key)
        if below is not None and not isinstance(below, dict):
            return None
        runtime.budget.spend(len(below or ()))
        levels.append(below or {})
    for level, key in zip(reversed(levels), reversed(keys), strict=True):
        value = {**level, key: value}
    return value


@builtin("context merge", "contexts: list")
def _context_merge(runtime: Runtime, contexts: list[Value]) -> Value:
    merged: dict[str, Value] = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        runtime.budget.spend(len(context))
        merged.update(context)
    return merged
