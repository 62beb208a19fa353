"""The materials that an applicant brings for a matter, as the catalogue's table writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypedDict

#: What is brought: the document itself, or a copy of it.
FORMS = ("original", "copy")
_REQUIRED = {"required": True, "later": False}
_KEYS = {"name", "form", "copies", "required", "issuer"}


class Material(TypedDict):
    """One document that is asked for."""

    name: str
    #: ``original`` or ``copy``.
    form: str
    copies: int
    #: False where it may follow later, against a signed undertaking (容缺受理).
    required: bool
    #: Who issues it; empty where the applicant does.
    issuer: str


class MaterialFault(ValueError):
    """The text does not describe materials; the message says which and why."""


def parse(text: str) -> list[Material]:
    """Read ``name|form|copies|required or later|issuer`` items, separated by ``;``, or a JSON array of objects.

    All but the name may be left out: ``original``, 1, ``required`` and no issuer are meant then.

    :raises MaterialFault: if the text is neither.
    """
    items = [*_from_json(text)] if text.startswith("[") else [*_compact(text)]
    materials = [_material(number, item) for number, item in enumerate(items, start=1)]
    names = [material["name"] for material in materials]
    for name in names:
        if names.count(name) > 1:
            raise MaterialFault(f"the material {name!r} is listed more than once.")
    return materials


def _compact(text: str) -> Iterator[dict[str, Any]]:
    items = (item.strip() for item in text.split(";"))
    for number, item in enumerate(filter(None, items), start=1):
        parts = [part.strip() for part in item.split("|")]
        if len(parts) > 5:
            raise MaterialFault(
                f"material {number} has {len(parts)} parts; at most 5: name|form|copies|required|issuer."
            )
        name, form, copies, required, issuer = parts + [""] * (5 - len(parts))
        if required not in ("", *_REQUIRED):
            raise MaterialFault(f"material {number}: {required!r} is neither 'required' nor 'later'.")
        yield {
            "name": name,
            "form": form or "original",
            "copies": int(copies) if copies.isascii() and copies.isdigit() and len(copies) < 10 else copies or 1,
            "required": _REQUIRED[required or "required"],
            "issuer": issuer,
        }


def _from_json(text: str) -> Iterator[dict[str, Any]]:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MaterialFault(f"this is not JSON: {error}.") from error
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            raise MaterialFault(f"material {number} is not an object.")
        if unknown := sorted(item.keys() - _KEYS):
            raise MaterialFault(f"material {number} has an unknown field {unknown[0]!r}.")
        yield {"form": "original", "copies": 1, "required": True, "issuer": "", **item}


def _material(number: int, item: dict[str, Any]) -> Material:
    name, form, copies = item.get("name"), item["form"], item["copies"]
    required, issuer = item["required"], item["issuer"]
    if not isinstance(name, str) or not 1 <= len(name) <= 200:
        raise MaterialFault(f"material {number} needs a name, of at most 200 characters.")
    if form not in FORMS:
        raise MaterialFault(f"material {number}: {form!r} is not one of: {', '.join(FORMS)}.")
    if not isinstance(copies, int) or isinstance(copies, bool) or not 1 <= copies <= 99:
        raise MaterialFault(f"material {number}: {copies!r} is not a number of copies from 1 to 99.")
    if not isinstance(required, bool):
        raise MaterialFault(f"material {number}: 'required' is true or false.")
    if not isinstance(issuer, str) or len(issuer) > 200:
        raise MaterialFault(f"material {number}: the issuer is a text of at most 200 characters.")
    return Material(name=name, form=form, copies=copies, required=required, issuer=issuer)
