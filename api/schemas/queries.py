"""Query parameters of the calls."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from engine.definitions.model import MOST_PRIORITY
from engine.handling.case import Status, Type
from engine.handling.undertaking import State
from engine.office.conformance import NAMED

Cursor = Annotated[
    str | None, Field(default=None, max_length=500, description="Where to go on: the `next` of the page before.")
]

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _instant(text: str) -> datetime:
    if not _INSTANT.fullmatch(text.upper()):
        raise ValueError("an RFC 3339 time with its offset, such as 2026-03-10T09:00:00+08:00 (in a URL, + is %2B)")
    return datetime.fromisoformat(text.upper())


#: RFC 3339 §5.6: never a number of seconds, never without an offset.
AwareDatetime = Annotated[datetime, PlainValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError("a day such as 2026-03-10")
    return date.fromisoformat(text)


#: RFC 3339 full-date: no instant, whose day would depend on a zone.
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


class Query(BaseModel):
    """The parameters that the model names, and no others."""

    model_config = ConfigDict(extra="forbid")


class Paged(Query):
    """A list that is read page by page."""

    limit: int = Field(default=50, ge=1, le=200, description="Most items on a page.")
    cursor: Cursor


class Cases(Paged):
    """Which cases, in which order."""

    status: Status | None = None
    type: Type | None = None
    matter: str | None = Field(default=None, max_length=32)
    unit: str | None = Field(default=None, max_length=64, description="Unit that accepted the case, or one above it.")
    window: str | None = Field(default=None, max_length=32)
    due_before: AwareDatetime | None = Field(default=None, description="RFC 3339 time with offset.")
    overdue: bool | None = None
    kept: bool | None = Field(
        default=None, description="Answered by its limit, or else late, as the statistics count it."
    )
    undertaking: State | None = Field(
        default=None, description="What became of what the applicant undertook to hand in later."
    )
    received_from: Day | None = Field(default=None, description="First day on which they came in.")
    received_to: Day | None = Field(default=None, description="Last day on which they came in.")
    q: str | None = Field(
        default=None,
        max_length=200,
        description="Beginning of a number, or whole name or identity number.",
    )
    sort: str = Field(default="-received", max_length=32, description="`received`, `due`; with `-` for descending.")


class Tasks(Paged):
    """Which tasks, in which order."""

    group: str | None = Field(default=None, max_length=128)
    unit: str | None = Field(default=None, max_length=64, description="All open tasks of a unit, for its leaders.")
    assignee: str | None = Field(
        default=None,
        max_length=64,
        description="`me`, `none`, `away` (colleagues whom you stand in for) or a username.",
    )
    case: str | None = Field(default=None, max_length=64)
    overdue: bool | None = None
    due_before: AwareDatetime | None = Field(default=None, description="RFC 3339 time with offset.")
    type: Type | None = None
    matter: str | None = Field(default=None, max_length=32)
    priority_from: int | None = Field(
        default=None, ge=0, le=MOST_PRIORITY, description="Only what is at least so pressing."
    )
    sort: str = Field(
        default="due",
        max_length=32,
        description="`due`, or `-priority`: what presses most, and of that what is due first; `-due` and `priority` "
        "are these the other way round.",
    )


class Mentions(Paged):
    """Which mentions."""

    unread: bool = Field(default=False, description="Only those that you have not marked as read.")


class Ratings(Paged):
    """Which ratings."""

    unanswered: bool = Field(default=False, description="Only bad ones that wait for an answer, due first ahead.")


class Entries(Paged):
    """Which part of the history."""

    limit: int = Field(default=100, ge=1, le=200, description="Most entries on a page.")


class Search(Paged):
    """Which entries of all histories."""

    actor: str | None = Field(default=None, max_length=64, description="Username; `system:clock` is the clock.")
    kind: str | None = Field(default=None, max_length=32, description="Such as `task.completed`.")
    element: str | None = Field(default=None, max_length=255, description="Id of the element of a diagram.")
    since: AwareDatetime | None = Field(default=None, description="From then on: RFC 3339 time with offset.")
    until: AwareDatetime | None = Field(default=None, description="Up to then, and without it.")
    matter: str | None = Field(default=None, max_length=32)
    unit: str | None = Field(default=None, max_length=64, description="Unit that accepted the case, or one above it.")


class Conformance(Query):
    """Which version of which process."""

    process: str = Field(max_length=255, description="Key of the process.", examples=["joint"])
    version: int | None = Field(default=None, ge=1, lt=2**31, description="The one that cases begin on if left out.")
    every: str | None = Field(
        default=None,
        description="A kind of deviation, or `misfit`: all its cases are named, not only the last.",
        examples=["withdrawn"],
        json_schema_extra={"enum": [*NAMED, None]},
    )


class Acts(Entries):
    """Which chain of the office's own, and which part of it."""

    chain: str = Field(default="office", max_length=96, description="`office`, or `access/DAY/PROCESS`.")


class Consistency(Query):
    """Which two checkpoints."""

    first: int = Field(ge=1, lt=10**9, description="Number of the earlier checkpoint.")
    second: int = Field(ge=1, lt=10**9, description="Number of the later one.")


class Inclusion(Query):
    """Which checkpoint."""

    checkpoint: int | None = Field(default=None, ge=1, lt=10**9, description="Its number; the last where left out.")


class Calendar(Query):
    """Which year."""

    year: int | None = Field(default=None, ge=2000, le=2199, description="The present one where it is left out.")


class Matters(Query):
    """Which matters."""

    q: str | None = Field(default=None, max_length=200, description="Part of the code, the name or its pinyin.")


class Compare(Query):
    """Which two versions."""

    old: int = Field(alias="from", ge=1, description="Number of the version that is compared.")
    new: int = Field(alias="to", ge=1, description="Number of the version that it is compared with.")


class Deploy(Query):
    """How to deploy."""

    dry_run: bool = Field(default=False, description="Check only, deploy nothing.")


def _moment(text: str) -> int | datetime:
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    try:
        return _instant(text)
    except ValueError as error:
        raise ValueError(f"the number of an entry, or {error}") from None


Moment = Annotated[
    int | datetime | None,
    PlainValidator(_moment),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "format": "date-time"}, {"type": "null"}]}
    ),
]


class Replay(Query):
    """Up to where to re-execute."""

    at: Moment = Field(default=None, description="Number of an entry, or RFC 3339 time; the last entry where left out.")
    to: Moment = Field(default=None, description="The same, later: answer what has changed from `at` to it.")


class Export(Query):
    """Which event log, and of what."""

    format: Literal["xes", "ocel2", "ocel2-sqlite", "csv", "jsonl"] = Field(
        description="XES 1.0, OCEL 2.0 as JSON or as a SQLite database, CSV, JSON lines."
    )
    since: AwareDatetime | None = Field(default=None, description="Only cases in which something happened since then.")
    case: str | None = Field(default=None, max_length=64, description="Number of the only case that is wanted.")
    identities: bool = Field(default=False, description="Names instead of pseudonyms; for auditors.")


class Notice(Query):
    """In which form a notice is read."""

    format: Literal["html", "pdf"] = Field(default="html", description="A page that loads nothing, or for paper.")


class Report(Notice):
    """Which quarter, of which unit, and in which form."""

    quarter: str = Field(max_length=16, description="A year and one of its quarters.", examples=["2026Q3"])
    unit: str | None = Field(default=None, max_length=64, description="Unit that accepted the cases, or one above it.")


class Statistics(Query):
    """Which cases, and how they are grouped."""

    since: Day | None = Field(
        default=None, alias="from", description="First day on which they came in; 90 days before the last if left out."
    )
    until: Day | None = Field(
        default=None, alias="to", description="Last day on which they came in; the present one if left out."
    )
    unit: str | None = Field(default=None, max_length=64, description="Unit that accepted them, or one above it.")
    matter: str | None = Field(default=None, max_length=32)
    type: Type | None = None
    by: Literal["unit", "matter", "type", "window", "agent", "day", "week", "month"] = Field(
        default="matter", description="What groups them."
    )


class Track(Query):
    """The citizen's proof."""

    code: str = Field(min_length=1, max_length=64, description="Tracking code from the slip.")
