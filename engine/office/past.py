"""A case as it was before an entry, from its own history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from engine.errors import NotOffered
from engine.handling import Past
from engine.history.chain import Entry
from engine.office.context import Context
from engine.office.proof import recorded, repeated
from engine.office.replay import Replay
from engine.storage import tables


def entries_of(connection: Connection, case: int) -> list[Entry]:
    """The whole history of a case.

    :param case: its row id.
    """
    row = connection.execute(select(tables.case).where(tables.case.c.id == case)).one()
    return list(recorded(connection, row))


def before(context: Context, case: int, seq: int) -> Past:
    """What a case was before an entry.

    :raises NotOffered: where the history does not lead there.
    """
    with context.database.read() as connection:
        entries = entries_of(connection, case)[: seq - 1]
        replay = Replay(context, connection, entries)
        for entry in entries:
            if (difference := repeated(replay, entry)) is not None:
                raise NotOffered(f"The history cannot be followed back: at entry {entry.seq}, {difference}.")
    return Past(execution=replay.execution, decided_at=replay.case.decided_at)


def read(entries: list[Entry]) -> list[dict[str, Any]]:
    """What entries say."""
    return [entry.read() for entry in entries]
