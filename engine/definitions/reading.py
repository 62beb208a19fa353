"""From the files of a set to processes that can be deployed, or to everything that keeps them from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree

from engine.definitions.activities import elements_of
from engine.definitions.decisions import judge, read_expressions
from engine.definitions.diagram import Diagram, elements, read_diagram
from engine.definitions.events import check_correlations
from engine.definitions.examination import Examination
from engine.definitions.expressions import Expressions
from engine.definitions.extensions import note_unread_around
from engine.definitions.findings import Findings, Place
from engine.definitions.flow import check_scope
from engine.definitions.forms import personal_paths
from engine.definitions.intake import FileSet, check_set, sort_files
from engine.definitions.model import Process, Reading, SourceFile
from engine.definitions.notices import check_notices, read_places
from engine.definitions.office_words import check_words
from engine.definitions.privacy import check_privacy, check_reasons
from engine.definitions.resolution import (
    Draft,
    Lookup,
    OnlyTheSet,
    Resolved,
    Resolver,
    check_groups,
    check_not_by,
    check_recursion,
    check_start_forms,
)
from engine.definitions.structure import check_process, check_root, check_used, executable
from engine.definitions.support import check_support, check_support_around
from engine.definitions.vocabulary import bpmn
from engine.errors import NotFound


def read(files: Sequence[SourceFile], *, known: Lookup | None = None) -> Reading:
    """Read and check a set of files.

    The ending of a file's name says what it is: ``.bpmn``, ``.bpmn20.xml`` or ``.xml``; ``.dmn``; ``.form`` or
    ``.json``; ``.notice``. Nothing raises: whatever is wrong becomes a `Problem`, and a set with an error has no
    processes.

    :param known: what is deployed already, for references that the set itself does not answer
    """
    findings = Findings()
    names = tuple(source.name for source in files)
    if check_set(files, findings):
        read_set = sort_files(files, findings)
        for file in read_set.decisions:
            judge(file, findings)
        processes = _processes(read_set, known or OnlyTheSet(), findings)
    else:
        processes = ()
    return Reading(processes=() if findings.errors else processes, problems=findings.problems(names))


def restore(files: Sequence[SourceFile], key: str) -> Process:
    """A process as it was deployed, from its own files.

    It is read, not judged again: a version that was fine when it was deployed stays what it is, also when rules
    have become stricter since.

    :raises NotFound: when the files hold no such process
    """
    findings = Findings()
    for process in _processes(sort_files(files, findings), OnlyTheSet(), findings):
        if process.key == key:
            return process
    raise NotFound(f"The files hold no process {key}.")


@dataclass(frozen=True, kw_only=True)
class _Read:
    """One executable process, with the file that it is from."""

    draft: Draft
    diagram: Diagram
    node: etree._Element


def _processes(found: FileSet, known: Lookup, findings: Findings) -> tuple[Process, ...]:
    expressions = Expressions(findings)
    faulty = findings.errors
    read_processes: dict[str, _Read] = {}
    for markup in found.diagrams:
        examination = Examination(markup, findings, expressions)
        diagram = read_diagram(examination)
        check_root(diagram)
        check_used(diagram)
        check_support_around(diagram)
        check_correlations(diagram)
        note_unread_around(diagram)
        for node in executable(diagram):
            process = _examine(diagram, node)
            other = read_processes.setdefault(process.draft.key, process)
            if other is not process and other.diagram is not diagram:
                message = f"“{other.draft.place.file}” has a process “{process.draft.key}” too: give each its own id"
                findings.error(process.draft.place, "duplicate-id", message)
    if not read_processes and not found.unread and (faulty or not findings.errors):
        _say_not_executable(found, findings)
    resolver = Resolver(findings, known, found)
    keys = frozenset(read_processes)
    resolved = {key: resolver.resolve(process.draft, keys) for key, process in read_processes.items()}
    drafts = {key: process.draft for key, process in read_processes.items()}
    check_not_by(drafts, findings)
    check_groups(drafts, findings)
    check_start_forms(drafts, {key: one.forms for key, one in resolved.items()}, findings)
    check_recursion(drafts, {key: one.calls for key, one in resolved.items()}, findings)
    for file in found.decisions:
        read_expressions(file, expressions)
    for notice in found.notices:
        read_places(notice, expressions)
    check_privacy(expressions.uses, _personal(found, read_processes.values(), resolved.values()), findings)
    return tuple(_process(process, resolved[key]) for key, process in read_processes.items())


def _examine(diagram: Diagram, node: etree._Element) -> _Read:
    examination = diagram.examination
    check_support(diagram, node)
    check_process(diagram, node)
    for scope in diagram.scopes(node):
        check_scope(diagram, scope)
    found = elements_of(diagram, node)
    places = {
        identifier: examination.place(part)
        for part in elements(node)
        if (identifier := part.get("id")) is not None and identifier in found
    }
    key = node.get("id") or ""
    check_words(found, places, examination.findings)
    check_reasons(diagram, found, places, examination.findings)
    check_notices(diagram, node, found)
    draft = Draft(key=key, place=examination.place(node), elements=found, places=places)
    return _Read(draft=draft, diagram=diagram, node=node)


def _say_not_executable(found: FileSet, findings: Findings) -> None:
    if not found.diagrams:
        first = [file.source for file in found.decisions] + [file.source for file in found.forms]
        first += [file.source for file in found.notices]
        message = "the set holds no process: add the .bpmn file that uses these files"
        findings.error(Place(file=first[0].name, line=1, column=1), "not-executable", message)
    for markup in found.diagrams:
        process = markup.root.find(bpmn("process"))
        if process is None:
            message = "the file holds no process: draw one, and set isExecutable to true"
        else:
            message = 'no process of the set is executable: set isExecutable="true" on the one to be deployed'
        findings.error(markup.place(markup.root if process is None else process), "not-executable", message)


def _personal(found: FileSet, processes: Iterable[_Read], resolved: Iterable[Resolved]) -> frozenset[tuple[str, ...]]:
    schemas = [form.schema for form in found.forms]
    schemas += [form.schema for one in resolved for form in one.forms.values()]
    for process in processes:
        schemas += [e.form_schema for e in process.draft.elements.values() if e.form_schema is not None]
    return frozenset(path for schema in schemas for path in personal_paths(schema))


def _process(process: _Read, resolved: Resolved) -> Process:
    source = process.diagram.examination.markup.source
    used = {source.name: source}
    used |= {form.source.name: form.source for form in resolved.forms.values()}
    used |= {file.source.name: file.source for file in resolved.decisions.values()}
    used |= {name: file.source for name, file in resolved.notices.items()}
    files = tuple(used[name] for name in sorted(used))
    return Process(
        key=process.draft.key,
        name=(process.node.get("name") or process.draft.key).strip(),
        digest=digest_of(files),
        files=files,
        file=source.name,
        tree=process.diagram.root,
        elements=process.draft.elements,
        calls=resolved.calls,
        forms={identifier: form.schema for identifier, form in resolved.forms.items()},
        decisions={identifier: file.source.name for identifier, file in resolved.decisions.items()},
        notices=resolved.notices,
    )


def digest_of(files: Iterable[SourceFile]) -> str:
    """SHA-256 (hex) over the files, sorted by name: for each its name, a null byte, the SHA-256 of its content."""
    digest = hashlib.sha256()
    for source in sorted(files, key=lambda source: source.name):
        digest.update(source.name.encode("utf-8", "surrogatepass") + b"\0" + hashlib.sha256(source.content).digest())
    return digest.hexdigest()
