"""From the files of a set to processes that can be deployed, or to everything that keeps them from it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lxml import etree

from engine.definitions.activities import elements_of
from engine.definitions.decisions import DecisionFile, is_dmn, parse_decisions, read_expressions
from engine.definitions.diagram import Diagram, elements, read_diagram
from engine.definitions.examination import Examination
from engine.definitions.expressions import Expressions
from engine.definitions.findings import Findings, Place
from engine.definitions.flow import check_correlations, check_scope
from engine.definitions.forms import Form, parse_form, personal_paths
from engine.definitions.markup import Markup, parse
from engine.definitions.model import Process, Reading, SourceFile
from engine.definitions.office_words import check_words
from engine.definitions.privacy import check_privacy
from engine.definitions.resolution import Draft, Lookup, OnlyTheSet, Resolved, Resolver, check_recursion
from engine.definitions.structure import check_process, check_root, executable
from engine.definitions.support import check_support, check_support_around
from engine.definitions.vocabulary import BPMN, bpmn
from engine.errors import NotFound

#: Files of one set.
MAX_FILES = 100
#: Characters of a file's name.
MAX_NAME = 200
#: Bytes of one set.
MAX_SET_BYTES = 50 * 1024 * 1024

_NAME = re.compile(rf"[^/\\\x00-\x1f\x7f]{{1,{MAX_NAME}}}")
_BPMN_ENDINGS = (".bpmn", ".bpmn2", ".bpmn20.xml")
_FORM_ENDINGS = (".form", ".json")


def read(files: Sequence[SourceFile], *, known: Lookup | None = None) -> Reading:
    """Read and check a set of files.

    The ending of a file's name says what it is: ``.bpmn``, ``.bpmn20.xml`` or ``.xml``; ``.dmn``; ``.form`` or
    ``.json``. Nothing raises: whatever is wrong becomes a `Problem`, and a set with an error has no processes.

    :param known: what is deployed already, for references that the set itself does not answer
    """
    findings = Findings()
    names = tuple(source.name for source in files)
    if _check_set(files, findings):
        read_set = _sort(files, findings)
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
    for process in _processes(_sort(files, findings), OnlyTheSet(), findings):
        if process.key == key:
            return process
    raise NotFound(f"The files hold no process {key}.")


@dataclass
class _Set:
    """The files of a set by what they are."""

    diagrams: list[Markup] = field(default_factory=list)
    decisions: list[DecisionFile] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    #: Whether a file could not be read.
    unread: bool = False


def _check_set(files: Sequence[SourceFile], findings: Findings) -> bool:
    """Whether the set as a whole is within the limits and each file can be told from the others."""
    if not files:
        findings.error(Place(file=""), "not-executable", "the set is empty: give at least one .bpmn file")
    elif len(files) > MAX_FILES:
        message = f"the set has {len(files)} files, more than {MAX_FILES}: deploy it in parts"
        findings.error(Place(file=files[MAX_FILES].name), "too-large", message)
    elif sum(len(source.content) for source in files) > MAX_SET_BYTES:
        message = f"the set has more than {MAX_SET_BYTES // 1024 // 1024} MiB: deploy it in parts"
        findings.error(Place(file=files[0].name), "too-large", message)
    seen: set[str] = set()
    for source in files[: MAX_FILES + 1]:
        if source.name in seen:
            message = f"two files of the set are called “{source.name}”: rename one"
            findings.error(Place(file=source.name), "duplicate-file", message)
        if not _NAME.fullmatch(source.name):
            message = f"the name of a file has at most {MAX_NAME} characters, none of them / or \\: rename it"
            findings.error(Place(file=source.name[: MAX_NAME + 1]), "file-name", message)
        seen.add(source.name)
    return not findings.errors


def _sort(files: Sequence[SourceFile], findings: Findings) -> _Set:
    found = _Set()
    for source in files:
        ending = source.name.lower()
        if ending.endswith(_FORM_ENDINGS):
            form = parse_form(source, findings)
            if form is not None:
                found.forms.append(form)
            found.unread |= form is None
        elif ending.endswith(".dmn"):
            decisions = parse_decisions(source, findings)
            if decisions is not None:
                found.decisions.append(decisions)
            found.unread |= decisions is None
        elif ending.endswith((*_BPMN_ENDINGS, ".xml")):
            _sort_xml(source, found, findings)
        else:
            message = "this is no file of a definition: give .bpmn, .dmn and .form files"
            findings.error(Place(file=source.name), "unknown-file", message)
            found.unread = True
    return found


def _sort_xml(source: SourceFile, found: _Set, findings: Findings) -> None:
    markup = parse(source, findings)
    if markup is None:
        found.unread = True
    elif markup.root.tag == bpmn("definitions"):
        found.diagrams.append(markup)
    elif is_dmn(markup.root) and source.name.lower().endswith(".xml"):
        decisions = parse_decisions(source, findings)
        if decisions is not None:
            found.decisions.append(decisions)
        found.unread |= decisions is None
    else:
        tag = etree.QName(markup.root)
        message = (
            f"the root is “{tag.localname}” of {tag.namespace or 'no namespace'}, not definitions of {BPMN}: save the "
            "model as BPMN 2.0"
        )
        findings.error(markup.place(markup.root), "not-bpmn", message)
        found.unread = True


@dataclass(frozen=True, kw_only=True)
class _Read:
    """One executable process, with the file that it is from."""

    draft: Draft
    diagram: Diagram
    node: etree._Element


def _processes(found: _Set, known: Lookup, findings: Findings) -> tuple[Process, ...]:
    expressions = Expressions(findings)
    faulty = findings.errors
    read_processes: dict[str, _Read] = {}
    for markup in found.diagrams:
        examination = Examination(markup, findings, expressions)
        diagram = read_diagram(examination)
        check_root(diagram)
        check_support_around(diagram)
        check_correlations(diagram)
        for node in executable(diagram):
            process = _examine(diagram, node)
            other = read_processes.setdefault(process.draft.key, process)
            if other is not process and other.diagram is not diagram:
                message = f"“{other.draft.place.file}” has a process “{process.draft.key}” too: give each its own id"
                findings.error(process.draft.place, "duplicate-id", message)
    if not read_processes and not found.unread and (faulty or not findings.errors):
        _say_not_executable(found, findings)
    resolver = Resolver(findings, known, found.forms, found.decisions, found.unread)
    keys = frozenset(read_processes)
    resolved = {key: resolver.resolve(process.draft, keys) for key, process in read_processes.items()}
    drafts = {key: process.draft for key, process in read_processes.items()}
    check_recursion(drafts, {key: one.calls for key, one in resolved.items()}, findings)
    for file in found.decisions:
        read_expressions(file, expressions)
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
    draft = Draft(key=key, place=examination.place(node), elements=found, places=places)
    return _Read(draft=draft, diagram=diagram, node=node)


def _say_not_executable(found: _Set, findings: Findings) -> None:
    if not found.diagrams:
        first = (*(file.source for file in found.decisions), *(form.source for form in found.forms))[0]
        message = "the set holds no process: add the .bpmn file that uses these files"
        findings.error(Place(file=first.name, line=1, column=1), "not-executable", message)
    for markup in found.diagrams:
        process = markup.root.find(bpmn("process"))
        if process is None:
            message = "the file holds no process: draw one, and set isExecutable to true"
        else:
            message = 'no process of the set is executable: set isExecutable="true" on the one to be deployed'
        findings.error(markup.place(markup.root if process is None else process), "not-executable", message)


def _personal(found: _Set, processes: Iterable[_Read], resolved: Iterable[Resolved]) -> frozenset[tuple[str, ...]]:
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
    )


def digest_of(files: Iterable[SourceFile]) -> str:
    """SHA-256 (hex) over the files, sorted by name: for each its name, a null byte, the SHA-256 of its content."""
    digest = hashlib.sha256()
    for source in sorted(files, key=lambda source: source.name):
        digest.update(source.name.encode("utf-8", "surrogatepass") + b"\0" + hashlib.sha256(source.content).digest())
    return digest.hexdigest()
