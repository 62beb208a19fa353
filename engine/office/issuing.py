"""Who gives a case's notices, by name, as the catalogue has them now."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from engine.handling import Case, Issuer
from engine.storage import tables
from engine.storage.prepared import Prepared

_UNIT, _WINDOW, _PERSON = tables.unit.c, tables.window.c, tables.person.c
_unit = Prepared(select(_UNIT.name).where(_UNIT.code == bindparam("code")))
_window = Prepared(select(_WINDOW.name, _WINDOW.address).where(_WINDOW.code == bindparam("code")))
_person = Prepared(select(_PERSON.name).where(_PERSON.username == bindparam("username")))


def issuer_of(connection: Connection, case: Case) -> Issuer:
    """The unit and window that accepted a case, and who carries it; the code of what has no name any more."""
    unit = _unit.first(connection, {"code": case.unit})
    window = _window.first(connection, {"code": case.window})
    agent = _person.first(connection, {"username": case.agent})
    return {
        "unit": unit.name if unit else case.unit,
        "window": window.name if window else case.window,
        "address": window.address if window else "",
        "agent": agent.name if agent else case.agent,
    }
