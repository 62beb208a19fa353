"""Event logs of an office's cases for other programs. What is exported is said by `log`; here is how it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from engine.export import lines, ocel, ocel_sqlite, table, xes
from engine.export.log import EventLog


class Format(NamedTuple):
    """A form in which a log is written."""

    media_type: str
    #: Ending of a file's name.
    suffix: str
    #: Gives the document piece by piece, in memory that does not grow with the log.
    write: Callable[[EventLog], Iterator[bytes]]


FORMATS: dict[str, Format] = {
    "xes": Format("application/xml", ".xes", xes.write),
    "ocel2": Format("application/json", ".ocel.json", ocel.write),
    "ocel2-sqlite": Format("application/vnd.sqlite3", ".ocel.sqlite", ocel_sqlite.write),
    "csv": Format("text/csv", ".csv", table.write),
    "jsonl": Format("application/jsonl", ".jsonl", lines.write),
}
