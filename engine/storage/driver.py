"""The driver's own connection, for what SQLAlchemy would only hand on: its errors come as SQLAlchemy's here too."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run(connection: Connection, text: str, parameters: Any = ()) -> Any:
    """Run one statement in the transaction that is open; gives the driver's cursor.

    :param text: in the driver's own spelling of parameters.
    :raises DBAPIError: as `Connection.execute`.
    """
    raw: Any = connection.connection.dbapi_connection
    try:
        return raw.execute(text, parameters)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told(connection, raw, text, error) from error


def run_all(connection: Connection, statements: Sequence[tuple[str, Any]]) -> None:
    """Run statements one after the other, whose results nobody asks for.

    A server that takes several at once is sent all of them in one journey (PostgreSQL's pipeline mode).

    :param statements: each with its parameters.
    :raises DBAPIError: as `Connection.execute`, of the first that fails.
    """
    raw: Any = connection.connection.dbapi_connection
    at_once = raw.pipeline() if hasattr(raw, "pipeline") and len(statements) > 1 else nullcontext()
    try:
        with at_once:
            for text, parameters in statements:
                raw.execute(text, parameters)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told(connection, raw, "; ".join(dict.fromkeys(text for text, _ in statements)), error) from error


def commit(connection: Connection) -> None:
    """End the transaction that is open, and keep what it did.

    :raises DBAPIError: as `Connection.commit`.
    """
    if connection.in_transaction():
        connection.commit()  # SQLAlchemy has taken note of the transaction, and is to know that it has ended.
        return
    raw: Any = connection.connection.dbapi_connection
    try:
        _end(connection, raw, "commit")
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told(connection, raw, "commit", error) from error


def roll_back(connection: Connection) -> None:
    """End the transaction that is open, if one is, and undo what it did.

    :raises DBAPIError: as `Connection.rollback`.
    """
    if connection.get_transaction() is not None:
        # Also one that has ended without success, of which SQLAlchemy is to be told; the database may still be in it.
        connection.rollback()
    raw: Any = connection.connection.dbapi_connection
    try:
        _end(connection, raw, "rollback")
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told(connection, raw, "rollback", error) from error


def _end(connection: Connection, raw: Any, how: str) -> None:
    if connection.dialect.name != "sqlite":
        getattr(raw, how)()
    elif raw.in_transaction:
        raw.execute(how)  # A statement that is kept: the driver's own methods have one parsed each time.


def sees_one_moment(connection: Connection) -> bool:
    """Whether all statements to come see the database as it is at one moment, until the transaction ends."""
    raw: Any = connection.connection.dbapi_connection
    return bool(raw.in_transaction) if connection.dialect.name == "sqlite" else not raw.autocommit


def isolate(connection: Connection, level: str | None) -> None:
    """Set the isolation level of the transactions to come; None for the server's own.

    :raises DBAPIError: where the connection is lost.
    """
    raw: Any = connection.connection.dbapi_connection
    dialect: Any = connection.dialect
    try:
        dialect.set_isolation_level(raw, level or dialect.default_isolation_level)
    except dialect.loaded_dbapi.Error as error:
        raise _told(connection, raw, "isolation level", error) from error


def _told(connection: Connection, raw: Any, text: str, error: Exception) -> BaseException:
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, raw, None)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
