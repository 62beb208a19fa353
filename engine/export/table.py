"""CSV (RFC 4180): an event a line, for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from engine.export.log import EventLog
from engine.instants import instant

HEADS = (
    "case",
    "seq",
    "activity",
    "transition",
    "timestamp",
    "resource",
    "kind",
    "process",
    "element",
    "type",
    "status",
    "matter",
    "matter_name",
    "unit",
    "window",
    "channel",
    "applicant",
)

Cell = str | int | float | None

#: With what a spreadsheet takes a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(log: EventLog) -> Iterator[bytes]:
    """The log as CSV with a head, a case at a time."""
    yield csv_lines([HEADS])
    for trace in log.traces():
        case = trace.case
        about = (case.type or "", case.status, case.matter, case.matter_name, case.unit, case.window, case.channel)
        yield csv_lines(
            [
                (
                    case.number,
                    event.seq,
                    event.activity,
                    event.transition,
                    instant(event.at),
                    event.resource,
                    event.kind,
                    event.process or "",
                    event.element or "",
                    *about,
                    case.applicant,
                )
                for event in trace.events
            ]
        )


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as CSV (RFC 4180) in UTF-8, no cell of which a spreadsheet runs."""
    text = StringIO()
    csv.writer(text).writerows([[_harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def _harmless(cell: Cell) -> Cell:
    """A cell that no spreadsheet runs: an apostrophe before what would be a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
