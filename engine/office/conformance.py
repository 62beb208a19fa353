"""Whether the recorded courses of cases are ways that their diagrams have, and where they left the ordinary course.

A course fits a version where each element that it came by was reached from one that it had come by before, along a
flow of the diagram (BPMN 2.0.2 §10.8), or begins by itself: a start event, an event subprocess, a boundary event of an
activity that was reached. That the very inputs lead to the very course again is for the replay to say (`verify`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import Connection, select

from engine.definitions.model import Process
from engine.definitions.vocabulary import bpmn
from engine.errors import FieldError, Forbidden, Invalid
from engine.handling.commands import MOST_TOLD
from engine.history.chain import read
from engine.history.kinds import Kind
from engine.office.context import Context
from engine.office.person import Person
from engine.office.programs import current
from engine.office.views import ConformanceView, MisfitView
from engine.storage import tables

#: Cases that are looked at, those that came in last; and those whose entries are read at once.
MOST_CASES, _BATCH = 2_000, 50

#: Cases that are named for each deviation, unless all of one are asked for.
MOST_NAMED = 10

_CASE, _ENTRY, _BINDING = tables.case.c, tables.entry.c, tables.binding.c

#: What leaves the ordinary course, by the kind of its entry.
_BY_KIND: Mapping[str, str] = {
    Kind.TASK_RETURNED: "sent-back",
    Kind.TASK_WITHDRAWN: "taken-back",
    Kind.CASE_MIGRATED: "moved",
    Kind.CASE_SUSPENDED: "suspended",
    Kind.CASE_EXTENDED: "extended",
}
#: … by the status that an entry gives its case …
_BY_STATUS = {"withdrawn": "withdrawn", "failed": "failed"}
#: … and by the message that it received.
_BY_MESSAGE = {"report": "reported", "return": "returned"}

DEVIATIONS = (*_BY_KIND.values(), *_BY_STATUS.values(), *_BY_MESSAGE.values())

#: What all cases can be asked for of: a deviation, that the course is none of the diagram's, or one of what is counted.
MISFIT = "misfit"
COUNTED = ("cases", "fitting", "ordinary")
NAMED = (*DEVIATIONS, MISFIT, *COUNTED)


@dataclass(frozen=True)
class Ways:
    """The flows of one version of a process, as far as a course can be held against them."""

    elements: frozenset[str]
    #: Element → where its incoming flows come from; elements without any are not in it.
    sources: Mapping[str, frozenset[str]]
    #: Boundary event → its activity.
    attached: Mapping[str, str]

    @classmethod
    def of(cls, process: Process) -> Self:
        """The flows of a process, subprocesses included."""
        sources: defaultdict[str, set[str]] = defaultdict(set)
        for flow in process.tree.iter(bpmn("sequenceFlow")):
            sources[flow.get("targetRef", "")].add(flow.get("sourceRef", ""))
        attached = {
            event.get("id", ""): event.get("attachedToRef", "") for event in process.tree.iter(bpmn("boundaryEvent"))
        }
        flows = {target: frozenset(found) for target, found in sources.items()}
        return cls(frozenset(process.elements), flows, attached)

    def leads(self, passed: set[str], element: str) -> bool:
        """Whether something that was passed leads to an element, or it begins by itself."""
        if element not in self.elements:
            return False
        if element in self.attached:
            return self.attached[element] in passed
        return element not in self.sources or bool(self.sources[element] & passed)


@dataclass
class _Case:
    number: str
    #: Version of the process that the case was on at the entry under way.
    version: int | None = None
    passed: set[str] = field(default_factory=set)
    #: Its course began on another version, or an entry does not tell all of it: only that elements exist is asked.
    loose: bool = False
    misfit: MisfitView | None = None
    deviations: Counter[str] = field(default_factory=Counter)


class Conformance:
    """The courses of one office's cases, held against their diagrams."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def read(
        self, process: str, version: int | None = None, *, by: Person, every: str | None = None
    ) -> ConformanceView:
        """How the courses of the cases on a version of a process fit it.

        :param version: the version that cases begin on where none is given.
        :param every: one of `NAMED`, of which all cases are named, and not only the last ones.
        :raises Invalid: where `every` is none of them.
        :raises Forbidden: for all but auditors and administrators.
        :raises NotFound: where there is no such version.
        """
        if not self._context.rights(by).sees_everything:
            raise Forbidden("Only auditors and administrators hold the histories of all cases against a definition.")
        if every is not None and every not in NAMED:
            raise Invalid(errors=[FieldError("/every", "one of " + ", ".join(NAMED))])
        programs = self._context.programs
        with self._context.database.read() as connection:
            version = version or current(connection, process) or 1
            ways = Ways.of(programs.process(connection, process, version))
            bindings = [
                id
                for id in connection.execute(select(_BINDING.id)).scalars().all()
                if programs.binding(connection, id).versions.get(process) == version
            ]
            query = select(_CASE.id, _CASE.number).where(_CASE.binding.in_(bindings)).order_by(_CASE.id.desc())
            chosen = connection.execute(query.limit(MOST_CASES + 1)).all()
        cases: list[_Case] = []
        for start in range(0, min(len(chosen), MOST_CASES), _BATCH):
            batch = chosen[start : min(start + _BATCH, MOST_CASES)]
            with self._context.database.read() as connection:
                courses = {row.id: _Case(row.number) for row in batch}
                _read(connection, courses, process, version, ways)
            cases += [course for course in courses.values() if course.passed]
        return _told(process, version, cases, every, cut=len(chosen) > MOST_CASES)


def _read(connection: Connection, courses: Mapping[int, _Case], process: str, version: int, ways: Ways) -> None:
    query = select(_ENTRY.case_id, _ENTRY.seq, _ENTRY.body).where(_ENTRY.case_id.in_(list(courses)))
    for row in connection.execute(query.order_by(_ENTRY.case_id, _ENTRY.seq)):
        case = courses[row.case_id]
        _take(case, read(row.body, case.number, row.seq), process, version, ways)


def _take(case: _Case, entry: Mapping[str, Any], process: str, version: int, ways: Ways) -> None:
    """Go on with a case by one entry."""
    kind, given, outcome = entry["kind"], entry["input"], entry["outcome"]
    if kind in (Kind.CASE_STARTED, Kind.CASE_MIGRATED):
        before, case.version = case.version, given["versions"].get(process)
        case.loose = case.loose or (kind == Kind.CASE_MIGRATED and before != case.version)
    deviations = (
        _BY_KIND.get(kind),
        _BY_STATUS.get(outcome.get("status", "")),
        _BY_MESSAGE.get(given.get("name", "")) if kind == Kind.MESSAGE_RECEIVED else None,
    )
    case.deviations.update(name for name in deviations if name)
    path = outcome.get("path", ())
    begun = [(entry["process"], entry["element"])] if entry["element"] else []
    for key, element in [*begun, *path]:
        if key != process:
            continue
        if case.version == version and case.misfit is None:
            fits = element in case.passed or ways.leads(case.passed, element)
            if not (element in ways.elements if case.loose else fits):
                case.misfit = {"case": case.number, "seq": entry["seq"], "element": element}
        case.passed.add(element)
    case.loose = case.loose or len(path) >= MOST_TOLD


def _told(process: str, version: int, cases: Iterable[_Case], every: str | None, *, cut: bool) -> ConformanceView:
    cases = list(cases)
    misfits = [case.misfit for case in cases if case.misfit is not None]
    counted = {
        "cases": cases,
        "fitting": [case for case in cases if case.misfit is None],
        "ordinary": [case for case in cases if case.misfit is None and not case.deviations],
    }
    having = {name: [case for case in cases if case.deviations[name]] for name in DEVIATIONS}
    return {
        "process": process,
        "version": version,
        "cases": len(cases),
        "cut": cut,
        "fitting": len(counted["fitting"]),
        "ordinary": len(counted["ordinary"]),
        "named": [case.number for case in counted.get(every or "", ())],
        "misfits": misfits[: _most(MISFIT, every)],
        "deviations": [
            {
                "kind": name,
                "cases": len(found),
                "times": sum(case.deviations[name] for case in found),
                "examples": [case.number for case in found[: _most(name, every)]],
            }
            for name, found in sorted(having.items(), key=lambda item: -len(item[1]))
            if found
        ],
    }


def _most(name: str, every: str | None) -> int:
    """How many cases are named."""
    return MOST_CASES if name == every else MOST_NAMED
