"""The rows of materials that a history leads to: what a step writes, and what a proof expects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from engine.history.kinds import Kind
from engine.storage import tables

#: A material's state: in force, taken back, or another file in its place.
PRESENT, WITHDRAWN, REPLACED = "present", "withdrawn", "replaced"

Row = dict[str, Any]


def changes(kind: str, given: dict[str, Any], *, at: datetime, actor: str, seq: int) -> dict[str, Row]:
    """What an entry does to the rows of its case's materials: columns that are set, by the material's id.

    :param given: the entry's input.
    """
    match kind:
        case Kind.MATERIAL_ADDED:
            fresh = {
                "material": given["material"],
                "name": _text(given["name"]),
                "media_type": given["media_type"],
                "size": given["size"],
                "digest": given["digest"],
                "sha256": _text(given["sha256"]),
                "source": given["source"],
                "grade": given["grade"],
                "copies": given["copies"],
                "note": None if given["note"] is None else _text(given["note"]),
                "status": PRESENT,
                "added_at": at,
                "added_by": actor,
                "verified_at": None,
                "verified_by": None,
                "replaces": given["replaces"],
                "version": seq,
            }
            old = given["replaces"]
            return {given["id"]: fresh} | ({old: {"status": REPLACED, "version": seq}} if old else {})
        case Kind.MATERIAL_VERIFIED:
            return {given["id"]: {"grade": given["grade"], "verified_at": at, "verified_by": actor, "version": seq}}
        case Kind.MATERIAL_WITHDRAWN:
            return {given["id"]: {"status": WITHDRAWN, "version": seq}}
    return {}


def in_force(connection: Connection, case_id: int) -> frozenset[str]:
    """Ids of the materials of a case that count: neither taken back nor replaced."""
    material = tables.material.c
    query = select(material.id).where(material.case_id == case_id, material.status == PRESENT)
    return frozenset(connection.execute(query).scalars())


def _text(sealed: Any) -> str:
    return orjson.dumps(sealed, option=orjson.OPT_SORT_KEYS).decode()
