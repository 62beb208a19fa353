"""The files of a set as they come in: within the limits, each told by its name's ending and read by its kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from engine.definitions.decisions import DecisionFile, is_dmn, parse_decisions
from engine.definitions.findings import Findings, Place
from engine.definitions.forms import Form, parse_form
from engine.definitions.markup import Markup, parse
from engine.definitions.model import NoticeFile, SourceFile
from engine.definitions.notices import ENDING, parse_notice
from engine.definitions.vocabulary import BPMN, bpmn

#: Files of one set.
MAX_FILES = 100
#: Characters of a file's name.
MAX_NAME = 200
#: Bytes of one set.
MAX_SET_BYTES = 50 * 1024 * 1024

_NAME = re.compile(rf"[^/\\\x00-\x1f\x7f]{{1,{MAX_NAME}}}")
_BPMN_ENDINGS = (".bpmn", ".bpmn2", ".bpmn20.xml")
_FORM_ENDINGS = (".form", ".json")


@dataclass
class FileSet:
    """The files of a set by what they are."""

    diagrams: list[Markup] = field(default_factory=list)
    decisions: list[DecisionFile] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    notices: list[NoticeFile] = field(default_factory=list)
    #: Whether a file could not be read.
    unread: bool = False


def check_set(files: Sequence[SourceFile], findings: Findings) -> bool:
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


def sort_files(files: Sequence[SourceFile], findings: Findings) -> FileSet:
    """Read each file as what it is."""
    found = FileSet()
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
        elif ending.endswith(ENDING):
            notice = parse_notice(source, findings)
            if notice is not None:
                found.notices.append(notice)
            found.unread |= notice is None
        elif ending.endswith((*_BPMN_ENDINGS, ".xml")):
            _sort_xml(source, found, findings)
        else:
            message = "this is no file of a definition: give .bpmn, .dmn, .form and .notice files"
            findings.error(Place(file=source.name), "unknown-file", message)
            found.unread = True
    return found


def _sort_xml(source: SourceFile, found: FileSet, findings: Findings) -> None:
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
