"""The API document in the order in which people read it."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]+)`")


def prose(text: str) -> Markup:
    """Text with what stands in backquotes set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


def groups_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The calls by tag: each with method, path, what it reads and what it answers."""
    schemas = document["components"]["schemas"]
    groups = {tag["name"]: {**tag, "calls": []} for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]]["calls"].append(
                {
                    **operation,
                    "method": method.upper(),
                    "path": path,
                    "fields": _fields(operation, schemas),
                    "answers": [_answer(status, answer) for status, answer in operation["responses"].items()],
                }
            )
    return list(groups.values())


def fields_of(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The members of an object: name, type in words, whether it must be there, what it means."""
    required = schema.get("required", [])
    return [
        {"name": name, "type": words(part), "required": name in required, "description": part.get("description", "")}
        for name, part in schema.get("properties", {}).items()
    ]


def words(schema: dict[str, Any]) -> str:
    """A schema's type in few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(words(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {words(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")


def _fields(operation: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {})
    for described in content.values():
        schema = described["schema"]
        return fields_of(schemas[words(schema)] if "$ref" in schema else schema)
    return []


def _answer(status: str, answer: dict[str, Any]) -> dict[str, Any]:
    kinds = [words(described["schema"]) for described in answer.get("content", {}).values()]
    return {"status": status, "description": answer["description"], "type": kinds[0] if kinds else ""}
