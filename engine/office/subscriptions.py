"""The rows that tell which cases wait for what reaches them without their number, kept with each step."""

from __future__ import annotations

from datetime import datetime

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from engine.execution.model import Subscription
from engine.handling import Applied, Handling
from engine.handling.commands import step
from engine.storage import tables
from engine.storage.prepared import Prepared

_ROW = tables.subscription.c
_COLUMNS = ("listener", "kind", "name", "key")
_mine = (_ROW.case_id == bindparam("p_case"), _ROW.listener == bindparam("p_listener"))
_kept = Prepared(select(*(_ROW[name] for name in _COLUMNS)).where(_ROW.case_id == bindparam("case")))
_begin = Prepared(insert(tables.subscription))
_change = Prepared(
    update(tables.subscription).where(*_mine).values({name: bindparam(f"p_new_{name}") for name in _COLUMNS})
)
_end = Prepared(delete(tables.subscription).where(*_mine))

#: What a case waits for, by listener.
Subscriptions = dict[str, Subscription]


def write(
    connection: Connection, case: int, handling: Handling, applied: Applied, at: datetime, known: Subscriptions | None
) -> Subscriptions:
    """Write what a case waits for after a step, and send off the signals that it threw.

    :param known: what it waited for before the step; None where that is to be read.

    Gives what it waits for.
    """
    wanted = {row.id: row for row in current(handling, at)}
    if known is None:
        known = {
            row.listener: Subscription(id=row.listener, kind=row.kind, name=row.name, key=row.key)
            for row in _kept.all(connection, {"case": case})
        }
    if wanted != known:
        _replace(connection, case, known, wanted, at)
    for name in applied.signals:
        throw(connection, name, {}, handling.case.agent, at, case)
    return wanted


def _replace(connection: Connection, case: int, known: Subscriptions, wanted: Subscriptions, at: datetime) -> None:
    for gone in known.keys() - wanted.keys():
        _end.run(connection, {"p_case": case, "p_listener": gone})
    for id, row in wanted.items():
        if id not in known:
            _begin.run(connection, {"case_id": case, "since": at, **columns(row)})
        elif known[id] != row:
            new = {f"p_new_{name}": value for name, value in columns(row).items()}
            _change.run(connection, {"p_case": case, "p_listener": id, **new})


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
