"""References across the files of a set: called processes, forms, decisions, notices, and what is deployed already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from engine.definitions.decisions import DecisionFile, parse_decisions
from engine.definitions.findings import Findings, Place
from engine.definitions.forms import Form, files_required, parse_form
from engine.definitions.intake import FileSet
from engine.definitions.model import Element, NoticeFile, SourceFile
from engine.definitions.notices import parse_notice
from engine.definitions.vocabulary import PERSON_TASKS

T = TypeVar("T")


class Lookup(Protocol):
    """Answers for what is deployed already."""

    def process(self, key: str) -> bool:
        """Whether a process of that key is deployed and may be called."""

    def form(self, id: str) -> SourceFile | None:
        """The deployed form of that form-js id."""

    def decision(self, id: str) -> SourceFile | None:
        """The deployed DMN file that holds the decision of that id."""

    def notice(self, name: str) -> SourceFile | None:
        """The deployed template of a notice of that name."""


class OnlyTheSet:
    """Nothing is deployed: a set must be complete in itself."""

    def process(self, key: str) -> bool:
        """No."""
        return False

    def form(self, id: str) -> SourceFile | None:
        """None."""
        return None

    def decision(self, id: str) -> SourceFile | None:
        """None."""
        return None

    def notice(self, name: str) -> SourceFile | None:
        """None."""
        return None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One executable process on its way to a `Process`."""

    key: str
    #: Where the process stands.
    place: Place
    elements: Mapping[str, Element]
    #: Id of an element → where it stands.
    places: Mapping[str, Place]


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """What one process refers to."""

    calls: frozenset[str]
    forms: Mapping[str, Form]
    decisions: Mapping[str, DecisionFile]
    notices: Mapping[str, NoticeFile]


class Resolver:
    """Finds what processes name, in the set first."""

    def __init__(self, findings: Findings, known: Lookup, found: FileSet) -> None:
        """Take stock of the set."""
        self._findings = findings
        self._known = known
        # What is missing may be in a file that could not be read.
        self._unread = found.unread
        self._notices: dict[str, NoticeFile | None] = {notice.source.name: notice for notice in found.notices}
        self._forms: dict[str, Form | None] = {}
        self._decisions: dict[str, DecisionFile | None] = {}
        self._form_files = {form.source.name: form for form in found.forms}
        for form in self._form_files.values():
            other = self._forms.setdefault(form.id, form)
            if other is not form and other is not None:
                message = f"“{other.source.name}” has the form id “{form.id}” too: give each form its own"
                findings.error(Place(file=form.source.name, line=1, column=1), "duplicate-id", message)
        for file in found.decisions:
            for identifier, node in file.decisions.items():
                first = self._decisions.setdefault(identifier, file)
                if first is not file and first is not None:
                    message = f"“{first.source.name}” has a decision “{identifier}” too: give each its own id"
                    findings.error(file.markup.place(node), "duplicate-id", message)

    def resolve(self, draft: Draft, keys: frozenset[str]) -> Resolved:
        """Everything that one process names; what is nowhere is an error at its element.

        :param keys: the executable processes of the set
        """
        calls: set[str] = set()
        forms: dict[str, Form] = {}
        decisions: dict[str, DecisionFile] = {}
        notices: dict[str, NoticeFile] = {}
        for element in draft.elements.values():
            place = draft.places[element.id]
            if element.called_element:
                calls.add(element.called_element)
                if element.called_element not in keys and not self._known.process(element.called_element):
                    message = (
                        f"the called process “{element.called_element}” is neither in the set (and executable) nor "
                        "deployed: add its file, or correct the id"
                    )
                    self._findings.error(place, "unknown-process", message)
            self._take(place, "form", element.form, self._form, forms, "add the .form file whose id this is")
            how = "add the DMN file that holds it, or correct the id"
            self._take(place, "decision", element.called_decision, self._decision, decisions, how)
            for name in (element.notice, *element.limit_notices.values()):
                self._take(place, "notice", name, self._notice, notices, "add the .notice file of this name")
        return Resolved(calls=frozenset(calls), forms=forms, decisions=decisions, notices=notices)

    def _take(
        self, place: Place, what: str, name: str | None, find: Callable[[str], T | None], taken: dict[str, T], how: str
    ) -> None:
        """Take what an element names, if it names something of this kind."""
        if not name:
            return
        found = find(name)
        if found is not None:
            taken[name] = found
        elif not self._unread:
            message = f"the {what} “{name}” is neither in the set nor deployed: {how}"
            self._findings.error(place, f"unknown-{what}", message)

    def _form(self, identifier: str) -> Form | None:
        """The form of that id; Camunda 7's form keys name its file instead."""
        if identifier in self._form_files:
            return self._form_files[identifier]
        if identifier not in self._forms:
            source = self._known.form(identifier)
            self._forms[identifier] = None if source is None else parse_form(source, self._findings)
        return self._forms[identifier]

    def _decision(self, identifier: str) -> DecisionFile | None:
        if identifier not in self._decisions:
            source = self._known.decision(identifier)
            self._decisions[identifier] = None if source is None else parse_decisions(source, self._findings)
        return self._decisions[identifier]

    def _notice(self, name: str) -> NoticeFile | None:
        if name not in self._notices:
            source = self._known.notice(name)
            self._notices[name] = None if source is None else parse_notice(source, self._findings)
        return self._notices[name]


def check_not_by(drafts: Mapping[str, Draft], findings: Findings) -> None:
    """Whoever may not do a task is named by tasks that people do: of its own process, else of another of the set."""
    done = {key: {e.id for e in draft.elements.values() if e.kind in PERSON_TASKS} for key, draft in drafts.items()}
    anywhere = {id for ids in done.values() for id in ids}
    for key, draft in drafts.items():
        for element in draft.elements.values():
            if "not_by" not in element.properties:
                continue
            message = None
            if element.kind not in PERSON_TASKS:
                message = "not_by says who may not do a task, and nobody does this: put it on a user or manual task"
            elif not element.not_by:
                message = "not_by names no task: write the ids of the tasks whose doers may not do this one"
            for id in element.not_by if message is None else ():
                # An id of this very process that is no task means nothing else, whatever other processes hold.
                if id not in (done[key] if id in draft.elements else anywhere):
                    message = (
                        f"not_by names “{id}”, which is no user or manual task of this process, nor of another one of "
                        "the set: write the id of the task whose doer may not do this one"
                    )
            if message is not None:
                findings.error(draft.places[element.id], "not-by", message)


def check_groups(drafts: Mapping[str, Draft], findings: Findings) -> None:
    """Something says who does each task: itself, its lane, or a lane around every call of its process in the set."""
    calls: dict[str, list[Element]] = {}
    for draft in drafts.values():
        for element in draft.elements.values():
            if element.called_element:
                calls.setdefault(element.called_element, []).append(element)
    # Who calls outside of lanes, and is in none itself, gives none.
    bare = [key for key in drafts if key not in calls]
    seen = set(bare)
    while bare:
        caller = bare.pop()
        for element in drafts[caller].elements.values():
            called = element.called_element
            if called and called in drafts and element.lane is None and called not in seen:
                seen.add(called)
                bare.append(called)
    for key in seen:
        for element in drafts[key].elements.values():
            if element.kind in PERSON_TASKS and not (element.lane or element.assignee or element.groups):
                message = "nothing says who does the task: name candidate groups, such as “window”, or draw lanes"
                findings.warning(drafts[key].places[element.id], "task-without-group", message)


def check_start_forms(drafts: Mapping[str, Draft], forms: Mapping[str, Mapping[str, Form]], findings: Findings) -> None:
    """A form at the start requires no file: there is no case yet that it could be handed in for.

    :param forms: of each process, by their ids
    """
    for key, draft in drafts.items():
        for element in draft.elements.values():
            form = forms[key].get(element.form or "") if element.kind == "startEvent" else None
            if form is None:
                continue
            for field in files_required(form.schema):
                message = (
                    f"the form “{form.id}” requires a file in “{field}”, and at the start there is no case yet to "
                    "hand one in for: ask for it in the first task, or do not require it here"
                )
                findings.error(draft.places[element.id], "start-form-file", message)


def check_recursion(drafts: Mapping[str, Draft], calls: Mapping[str, frozenset[str]], findings: Findings) -> None:
    """A process that calls itself, be it through others, never ends: an error at the call that closes the circle."""
    done: set[str] = set()
    for start in drafts:
        path: list[str] = []
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            key, leaving = stack.pop()
            if leaving:
                path.pop()
                done.add(key)
                continue
            if key in done or key not in drafts:
                continue
            path.append(key)
            stack.append((key, True))
            for called in sorted(calls[key], reverse=True):
                if called in path:
                    circle = " → ".join([*path[path.index(called) :], called])
                    call = next(e for e in drafts[key].elements.values() if e.called_element == called)
                    message = f"the processes call each other in a circle ({circle}): draw a loop inside one process"
                    findings.error(drafts[key].places[call.id], "call-cycle", message)
                elif called not in done:
                    stack.append((called, False))
