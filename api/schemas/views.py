"""Answers that have no view of the office behind them, and the office's views in the form that pydantic reads."""

from __future__ import annotations

import functools
import operator
import sys
import types
import typing
from typing import Any, NotRequired, TypedDict

import typing_extensions

from engine.history.difference import Change
from engine.office.mentions import MentionView
from engine.office.ratings import RatingView
from engine.office.substitutions import SubstitutionView
from engine.office.views import (
    ActView,
    CaseSummary,
    CaseView,
    ChainView,
    EarlierView,
    EntryView,
    MaterialView,
    NoteView,
    NoticeView,
    TaskView,
)


class DefinitionVersion(TypedDict):
    """One version of a process that was deployed."""

    key: str
    version: int
    digest: str


class Finding(TypedDict):
    """One finding of the designer's checks."""

    file: str
    line: int
    column: int
    element: str | None
    rule: str
    severity: str
    message: str


class Deployment(TypedDict):
    """What a deployment made."""

    definitions: list[DefinitionVersion]
    warnings: list[Finding]


class FieldProblem(TypedDict):
    """What is wrong with one field."""

    pointer: str
    message: str


class Problem(TypedDict):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None
    errors: NotRequired[list[FieldProblem]]
    problems: NotRequired[list[Finding]]


class CasePage(TypedDict):
    """A page of a list of cases."""

    items: list[CaseSummary]
    next: str | None


class TaskPage(TypedDict):
    """A page of an inbox."""

    items: list[TaskView]
    next: str | None


class SubstitutionListing(TypedDict):
    """Who stands in for whom; `next` is always null."""

    items: list[SubstitutionView]
    next: str | None


class EarlierListing(TypedDict):
    """The steps from which a task came; `next` is always null."""

    items: list[EarlierView]
    next: str | None


class RatingPage(TypedDict):
    """A page of a list of ratings."""

    items: list[RatingView]
    next: str | None


class MentionPage(TypedDict):
    """A page of a list of mentions."""

    items: list[MentionView]
    next: str | None


class Reminded(TypedDict):
    """That the office was reminded of a case, and when."""

    case: str
    reminded: str


class EntryPage(TypedDict):
    """A page of a history."""

    items: list[EntryView]
    next: str | None


class ActPage(TypedDict):
    """A page of one of the office's own chains."""

    items: list[ActView]
    next: str | None


class ChainListing(TypedDict):
    """The office's own chains; `next` is always null."""

    items: list[ChainView]
    next: str | None


class NotePage(TypedDict):
    """A page of the checkpoints that were made."""

    items: list[NoteView]
    next: str | None


class Listing(TypedDict):
    """A list that is answered whole; `next` is always null."""

    items: list[dict[str, Any]]
    next: str | None


class MaterialListing(TypedDict):
    """What was handed in for a case; `next` is always null."""

    items: list[MaterialView]
    next: str | None


class NoticeListing(TypedDict):
    """The notices that a case gave; `next` is always null."""

    items: list[NoticeView]
    next: str | None


class Entry(TypedDict, total=False):
    """An entry of the catalogue, or what a citizen sees: as documented in the guide to the API."""


class Version(TypedDict):
    """One version of a process: when and by whom it was deployed, and its files."""

    version: int
    digest: str
    deployed: str
    deployed_by: str
    #: Since when no case begins on it, and who said so.
    retired: str | None
    retired_by: str | None
    #: How many running cases are bound to it: at its start a case is bound to all that it may come to.
    cases: int
    files: list[str]


class RetiredVersion(TypedDict):
    """A version that was retired or reactivated."""

    key: str
    version: int
    digest: str
    deployed: str
    deployed_by: str
    retired: str | None
    retired_by: str | None


class Definition(TypedDict):
    """A process with all its versions."""

    key: str
    name: str
    #: The version that cases begin on; null where all are retired.
    current: int | None
    versions: list[Version]


class ChangedValue(TypedDict):
    """One value of an element that is another now; null where there is none."""

    name: str
    old: Any
    new: Any


class ChangedElement(TypedDict):
    """What became of one element, form or decision of a process from one version to another."""

    element: str
    kind: str
    name: str
    #: `added`, `removed`, `changed`, or `moved`: only in the drawing.
    change: str
    moved: bool
    values: list[ChangedValue]


class Comparison(TypedDict):
    """What is different between two versions of a process."""

    changes: list[ChangedElement]


class Place(TypedDict):
    """An element of a process."""

    process: str
    element: str


class Drawing(TypedDict):
    """A diagram that the case runs on."""

    key: str
    version: int
    name: str
    xml: str


class Diagram(TypedDict):
    """The case's diagrams, with where it is and where it was."""

    definition: str
    files: list[Drawing]
    active: list[Place]
    passed: list[Place]
    #: A token was there, and was taken away before it went on.
    interrupted: list[Place]


class BulkResult(TypedDict):
    """What came of one task of a bulk completion."""

    id: str
    #: The HTTP status that completing this task alone would have answered.
    status: int
    case: NotRequired[CaseView]
    problem: NotRequired[Problem]


class BulkResults(TypedDict):
    """One result for each task, in the order in which they were sent."""

    results: list[BulkResult]


class Retried(TypedDict):
    """What came of one case of a bulk retry."""

    number: str
    #: The HTTP status that retrying this case alone would have answered.
    status: int
    #: What the case is now: ``failed`` where it failed again.
    case_status: NotRequired[str]
    problem: NotRequired[Problem]


class RetriedCases(TypedDict):
    """One result for each case, those that came in first before others."""

    results: list[Retried]


class FirstBad(TypedDict):
    """The first entry that does not hold."""

    case: str
    seq: int
    reason: str


class Verification(TypedDict):
    """Whether a case's history and all that follows from it hold."""

    ok: bool
    entries: int
    first_bad: FirstBad | None


class Moment(TypedDict):
    """An entry and its time."""

    seq: int
    at: str


class ReplayedState(TypedDict):
    """The case as it was after an entry, from re-executing its history; compared with an earlier one where asked."""

    seq: int
    at: str
    status: str
    type: str | None
    data: dict[str, Any]
    tasks: list[Any]
    tokens: list[Any]
    due: str | None
    due_provisional: bool
    since: NotRequired[Moment]
    changes: NotRequired[list[Change]]


def readable(kind: Any) -> Any:
    """`kind` with each `typing.TypedDict` in it as the one of `typing_extensions`, which pydantic asks for.

    Before Python 3.12 the standard one does not tell which keys are required.
    """
    if typing.is_typeddict(kind):
        if kind not in _readable:
            hints = typing.get_type_hints(kind, vars(sys.modules[kind.__module__]), include_extras=True)
            make: Any = typing_extensions.TypedDict
            _readable[kind] = make(kind.__name__, {name: readable(hint) for name, hint in hints.items()})
            _readable[kind].__doc__ = kind.__doc__
        return _readable[kind]
    arguments = typing.get_args(kind)
    if not arguments or isinstance(kind, typing._LiteralGenericAlias):  # type: ignore[attr-defined]
        return kind
    inner = tuple(readable(a) for a in arguments)
    if isinstance(kind, types.UnionType):
        return functools.reduce(operator.or_, inner)
    return typing.get_origin(kind)[inner if len(inner) > 1 else inner[0]]


_readable: dict[Any, Any] = {}
