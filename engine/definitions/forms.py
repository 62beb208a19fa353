"""form-js files of a set: read as JSON, judged by `engine.forms`, found by their ids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The module, not its names: it needs this package's words, so either may be imported first.
from engine import forms
from engine.definitions.findings import Findings, Place
from engine.definitions.model import SourceFile

#: Largest form that is read, in bytes.
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form of a set."""

    id: str
    source: SourceFile
    schema: Mapping[str, object]


def parse_form(source: SourceFile, findings: Findings) -> Form | None:
    """Read one form-js file; what is wrong with it goes to `findings`.

    :returns: None if it is no form, or has no id
    """
    place = Place(file=source.name, line=1, column=1)
    if len(source.content) > MAX_BYTES:
        findings.error(place, "too-large", "the form is larger than 1 MiB: split it over several tasks")
        return None
    try:
        text = source.content.decode("utf-8-sig")
        schema = json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        line = source.content.count(b"\n", 0, error.start) + 1
        findings.error(Place(file=source.name, line=line), "encoding", "the file is not UTF-8: save it as UTF-8")
        return None
    except json.JSONDecodeError as error:
        where = Place(file=source.name, line=error.lineno, column=error.colno)
        findings.error(where, "not-json", f"this is not JSON ({error.msg}): save the form again")
        return None
    except (ValueError, RecursionError):
        findings.error(place, "not-json", "this is not JSON that can be read: save the form again")
        return None
    findings.extend(forms.check_schema(schema, file=source.name, source=text))
    identifier = schema.get("id") if isinstance(schema, dict) else None
    if not isinstance(identifier, str) or not identifier or not isinstance(schema.get("components"), list):
        return None
    return Form(id=identifier, source=source, schema=schema)


def personal_paths(schema: Mapping[str, Any]) -> frozenset[tuple[str, ...]]:
    """Paths of the variables that the form marks as personal; a list's items count as the list."""
    return frozenset(
        tuple(step for step in field.path if step != forms.EACH) for field in forms.fields(schema) if field.personal
    )


def files_required(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Keys of the form's fields that want a file."""
    return tuple(field.key for field in forms.fields(schema) if field.type == "filepicker" and field.required)


def _no_constant(name: str) -> float:
    raise ValueError(name)
