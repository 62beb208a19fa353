"""Why cases were returned: on what ground, and for what reason, as their histories say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import BindParameter, bindparam, select

from engine.office.context import Context
from engine.storage import tables

#: Fields of a form that state the ground and the reason of a return, or of a refusal at acceptance.
BASES = ("policy_basis", "refusal_basis")
REASONS = ("return_reason", "refusal_reason")

#: Cases that are read at once.
_BATCH = 200

_CASE, _ENTRY = tables.case.c, tables.entry.c
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_BODIES = select(_ENTRY.case_id, _ENTRY.body).where(_ENTRY.case_id.in_(_IDS)).order_by(_ENTRY.case_id, _ENTRY.seq)


class Grounds(NamedTuple):
    """Why one case was returned; None for what nobody stated."""

    number: str
    basis: str | None
    reason: str | None


def returned(context: Context, wanted: Sequence[Any]) -> Iterator[Grounds]:
    """The cases that ended as returned, in the order in which they came in.

    What was stated last counts. Where no form asked for the reason, it is the one for which the case's type changed:
    that which came with the message, or which the diagram gives.

    :param wanted: conditions on the rows of cases.
    """
    with context.database.read() as connection:
        query = select(_CASE.id, _CASE.number).where(_CASE.status == "returned", *wanted)
        cases = connection.execute(query.order_by(_CASE.received_at, _CASE.id)).all()
    for start in range(0, len(cases), _BATCH):
        batch = cases[start : start + _BATCH]
        stated: dict[int, dict[str, Any]] = {case.id: {} for case in batch}
        with context.database.read() as connection:
            for entry in connection.execute(_BODIES, {"ids": list(stated)}):
                stated[entry.case_id] |= _stated(orjson.loads(entry.body))
        opened = context.unsealed({case.number: stated[case.id] for case in batch})
        for number, said in opened.items():
            yield Grounds(number, _text(said.get("basis")), _text(said.get("reason") or said.get("type")))


def _stated(entry: dict[str, Any]) -> dict[str, Any]:
    """What one entry says of it; all of it may be sealed."""
    said: dict[str, Any] = {}
    given = entry["input"].get("data")
    if isinstance(given, dict):
        for name, fields in (("basis", BASES), ("reason", REASONS)):
            for field in fields:
                said[name] = given.get(field) or said.get(name)
    said = {name: value for name, value in said.items() if value}
    changed = entry["outcome"].get("type")
    if changed is not None:
        # A case that is handed on once more is not returned for what was stated before.
        said = {"basis": None, "reason": None, "type": changed["reason"], **said}
    return said


def _text(value: Any) -> str | None:
    return " ".join(value.split()) or None if isinstance(value, str) else None
