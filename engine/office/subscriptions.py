"""The rows that tell which cases wait for what reaches them without their number, kept with each step."""

from __future__ import annotations

from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from engine.execution.model import Subscription
from engine.handling import Applied, Handling
from engine.handling.commands import step
from engine.storage import tables

_ROW = tables.subscription.c
_kept = select(_ROW.listener, _ROW.kind, _ROW.name, _ROW.key).where(_ROW.case_id == bindparam("case"))


def write(connection: Connection, case: int, handling: Handling, applied: Applied, at: datetime) -> None:
    """Write what a case waits for after a step, and send off the signals that it threw."""
    if handling.program.subscribes:
        wanted = {row.id: row for row in current(handling, at)}
        known = {
            row.listener: Subscription(id=row.listener, kind=row.kind, name=row.name, key=row.key)
            for row in connection.execute(_kept, {"case": case})
        }
        for gone in known.keys() - wanted.keys():
            connection.execute(delete(tables.subscription).where(_ROW.case_id == case, _ROW.listener == gone))
        for id, row in wanted.items():
            if id not in known:
                values = {"case_id": case, "since": at, **columns(row)}
                connection.execute(insert(tables.subscription), values)
            elif known[id] != row:
                mine = (_ROW.case_id == case, _ROW.listener == id)
                connection.execute(update(tables.subscription).where(*mine).values(columns(row)))
    for name in applied.signals:
        throw(connection, name, {}, handling.case.agent, at, case)


def current(handling: Handling, at: datetime) -> list[Subscription]:
    """What a case waits for after the step of that instant."""
    return [] if handling.case.closed else handling.running.subscriptions(step(handling, at))


def columns(row: Subscription) -> dict[str, str | None]:
    """A row's columns besides the case and the instant since when."""
    return {"listener": row.id, "kind": row.kind, "name": row.name, "key": row.key}


def throw(
    connection: Connection, name: str, payload: dict[str, object], sender: str, at: datetime, case: int | None = None
) -> None:
    """Put a signal where the sweep finds it.

    :param case: that threw it.
    """
    connection.execute(
        insert(tables.signal),
        {
            "name": name,
            "payload": orjson.dumps(payload).decode(),
            "sender": sender,
            "case_id": case,
            "at": at,
        },
    )
