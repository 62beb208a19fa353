"""Statements that go to the driver mean what the same statements mean through SQLAlchemy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from engine.storage import Database, tables
from engine.storage.prepared import Prepared, Writes

AT = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=8)))

_MEMORY = tables.idempotency.c
_write = Prepared(insert(tables.idempotency))
_read = Prepared(select(tables.idempotency).where(_MEMORY.username == bindparam("who"), _MEMORY.scope == "/here"))
_forget = Prepared(update(tables.idempotency).where(_MEMORY.key == bindparam("p_key")).values(answer=bindparam("new")))


@pytest.fixture
def database(empty_database_url: str):
    opened = Database(empty_database_url)
    opened.upgrade()
    yield opened
    opened.close()


def _row(key: str, scope: str = "/here") -> dict[str, object]:
    return {"username": "lan", "scope": scope, "key": key, "digest": "0" * 64, "answer": b"\0{}", "created_at": AT}


def test_values_are_converted_on_the_way_in_and_out(database: Database) -> None:
    with database.write() as connection:
        writes = Writes(connection)
        writes.add(_write, _row("a"), _row("b", scope="/there"))
        writes.run()
    with database.read() as connection:
        assert _read.first(connection, {"who": "nobody"}) is None
        (row,) = _read.all(connection, {"who": "lan"})
        plain = connection.execute(select(tables.idempotency).where(_MEMORY.key == "a")).one()
    assert row == tuple(plain) and row._fields == tuple(plain._fields)
    assert (row.key, row.answer, row.created_at) == ("a", b"\0{}", AT.astimezone(UTC))
    assert row.created_at.tzinfo is UTC


def test_they_tell_how_many_rows_were_written(database: Database) -> None:
    with database.write() as connection:
        _write.run(connection, _row("a"))
        assert _forget.run(connection, {"p_key": "a", "new": b"[]"}) == 1
        assert _forget.run(connection, {"p_key": "b", "new": b"[]"}) == 0


def test_an_instant_without_offset_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="offset"), database.write() as connection:
        _write.run(connection, _row("a") | {"created_at": datetime(2026, 3, 2)})


def test_they_are_of_one_transaction_with_others(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        _write.run(connection, _row("a"))
        connection.execute(insert(tables.idempotency), _row("b"))
        _write.run(connection, _row("c"))
        assert len(_read.all(connection, {"who": "lan"})) == 3
        raise ZeroDivisionError
    with database.read() as connection:
        assert _read.all(connection, {"who": "lan"}) == []


def test_a_broken_constraint_is_told_as_everywhere(database: Database) -> None:
    with database.write() as connection:
        _write.run(connection, _row("a"))
    with pytest.raises(IntegrityError), database.write() as connection:
        _write.run(connection, _row("a"))
    for rows in ("a",), ("c", "a", "d"):
        with pytest.raises(IntegrityError), database.write() as connection:
            writes = Writes(connection)
            writes.add(_write, *map(_row, rows))
            writes.run()
    with database.write() as connection:
        _write.run(connection, _row("b"))


def test_a_connection_that_the_server_has_ended_is_not_handed_out(database: Database) -> None:
    if database.is_embedded:
        pytest.skip("a file ends no connection")
    with database.read() as one, database.read() as other:
        # Returns when the other end is gone, after at most so many milliseconds.
        cut_off = text("select pg_terminate_backend(pid, 10000) from pg_stat_activity where pid = :pid")
        ended = other.execute(text("select pg_backend_pid()")).scalar()
    with database.engine.connect() as outside:
        outside.execute(cut_off, {"pid": ended})
    with database.read() as one, database.read() as other:
        for connection in (one, other):
            assert connection.execute(text("select pg_backend_pid()")).scalar() != ended
