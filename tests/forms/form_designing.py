"""Short ways to write a form in a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine import forms
from engine.errors import Invalid


def form(*components: Mapping[str, Any]) -> dict[str, Any]:
    """A form of these components, as an editor saves it."""
    return {"id": "form", "type": "default", "schemaVersion": 19, "components": list(components)}


def field(type: str, key: str = "x", **properties: Any) -> dict[str, Any]:
    """A component that holds a value; `validate` rules may be given as ``v_maxLength=5``."""
    rules = {name[2:]: value for name, value in properties.items() if name.startswith("v_")}
    others = {name: value for name, value in properties.items() if not name.startswith("v_")}
    if rules:
        others["validate"] = rules
    return {"type": type, "key": key, "id": f"Field_{key}", "label": key, **others}


def hidden_if(condition: str, component: Mapping[str, Any]) -> dict[str, Any]:
    """The component, hidden where the FEEL condition holds."""
    return {**component, "conditional": {"hide": f"={condition}"}}


def options(*values: Any) -> list[dict[str, Any]]:
    """Options whose labels tell their values."""
    return [{"label": f"<{value}>", "value": value} for value in values]


def refusal(
    schema: Mapping[str, Any], sent: Mapping[str, Any], context: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, str]:
    """Pointers and messages with which the data is refused."""
    with pytest.raises(Invalid) as refused:
        forms.validate(schema, sent, context or {}, **more)
    return {error.pointer: error.message for error in refused.value.errors}
