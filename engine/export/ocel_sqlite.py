"""OCEL 2.0 as a SQLite database (OCEL 2.0 §5, relational implementation), made of what the JSON document says."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from engine.export import ocel
from engine.export.log import EventLog

#: Rows that are written at once, and bytes that are handed on at once.
_ROWS = 200
_PIECE = 2**16

_SQL = {"integer": "INTEGER", "string": "TEXT"}

_TABLES = """
create table event (ocel_id text primary key, ocel_type text not null);
create table object (ocel_id text primary key, ocel_type text not null);
create table event_map_type (ocel_type text primary key, ocel_type_map text not null unique);
create table object_map_type (ocel_type text primary key, ocel_type_map text not null unique);
create table event_object (
    ocel_event_id text not null, ocel_object_id text not null, ocel_qualifier text not null,
    primary key (ocel_event_id, ocel_object_id, ocel_qualifier)
);
create table object_object (
    ocel_source_id text not null, ocel_target_id text not null, ocel_qualifier text not null,
    primary key (ocel_source_id, ocel_target_id, ocel_qualifier)
);
"""


def write(log: EventLog) -> Iterator[bytes]:
    """The log as an OCEL 2.0 database, piece by piece; it is made in a temporary file."""
    with tempfile.TemporaryDirectory(prefix="yichuang-export-") as folder:
        path = Path(folder) / "log.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            # Nobody reads it before it is whole, and nobody misses it if it never is.
            connection.executescript("pragma journal_mode = off; pragma synchronous = off; begin;" + _TABLES)
            _fill(connection, log)
            connection.execute("commit")
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def _fill(connection: sqlite3.Connection, log: EventLog) -> None:
    attributes = {kind["name"]: [one["name"] for one in kind["attributes"]] for kind in ocel.object_types()}
    for kind, names in attributes.items():
        columns = "".join(f', "{name}" TEXT' for name in names)
        connection.execute(
            f'create table "object_{kind}" (ocel_id text, ocel_time text, ocel_changed_field text{columns})'
        )
        connection.execute("insert into object_map_type values (?, ?)", (kind, kind))
    for batch in _batches(ocel.objects(log)):
        _objects(connection, batch, attributes)
    tables: dict[str, str] = {}
    for batch in _batches(ocel.events(log, set())):
        _events(connection, batch, tables)


def _objects(connection: sqlite3.Connection, batch: list[dict[str, Any]], attributes: dict[str, list[str]]) -> None:
    connection.executemany("insert or ignore into object values (?, ?)", [(one["id"], one["type"]) for one in batch])
    for one in batch:
        given = {said["name"]: said["value"] for said in one["attributes"]}
        # Where none of its attributes has a time, the object is there from the beginning.
        time = one["attributes"][0]["time"] if one["attributes"] else ocel.ALWAYS
        values = [one["id"], time, None, *(given[name] for name in attributes[one["type"]])]
        marks = ", ".join("?" * len(values))
        connection.execute(f'insert into "object_{one["type"]}" values ({marks})', values)
    pairs = [(one["id"], to["objectId"], to["qualifier"]) for one in batch for to in one["relationships"]]
    connection.executemany("insert or ignore into object_object values (?, ?, ?)", pairs)


def _events(connection: sqlite3.Connection, batch: list[dict[str, Any]], tables: dict[str, str]) -> None:
    """Write some events.

    :param tables: how the table of each type is called, of those that have come; the names of types may hold anything.
    """
    connection.executemany("insert into event values (?, ?)", [(one["id"], one["type"]) for one in batch])
    for one in batch:
        if one["type"] not in tables:
            name = tables[one["type"]] = f"{len(tables) + 1}"
            columns = "".join(f', "{attribute}" {_SQL[kind]}' for attribute, kind in ocel.EVENT.items())
            connection.execute(f'create table "event_{name}" (ocel_id text primary key, ocel_time text{columns})')
            connection.execute("insert into event_map_type values (?, ?)", (one["type"], name))
        values = [one["id"], one["time"], *(said["value"] for said in one["attributes"])]
        marks = ", ".join("?" * len(values))
        connection.execute(f'insert into "event_{tables[one["type"]]}" values ({marks})', values)
    pairs = [(one["id"], to["objectId"], to["qualifier"]) for one in batch for to in one["relationships"]]
    connection.executemany("insert or ignore into event_object values (?, ?, ?)", pairs)


def _batches(values: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(values, _ROWS)):
        yield batch
