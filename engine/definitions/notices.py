"""Templates of notices in a set: read as text, their places as FEEL, and where a diagram may ask for one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from lxml import etree

from engine.definitions.diagram import Diagram, elements
from engine.definitions.expressions import Expressions
from engine.definitions.findings import Findings, Place
from engine.definitions.model import Element, NoticeFile, SourceFile
from engine.definitions.vocabulary import local
from engine.notices.template import TemplateError, parse

#: Ending of the names of templates.
ENDING: Final = ".notice"

#: What a notice can be given with: activities when they are done, none events when they are passed.
_WITH: Final = (
    *("task", "userTask", "manualTask", "serviceTask", "sendTask", "scriptTask", "businessRuleTask", "receiveTask"),
    *("subProcess", "transaction", "callActivity", "intermediateThrowEvent", "endEvent"),
)


def parse_notice(source: SourceFile, findings: Findings) -> NoticeFile | None:
    """Read one template; what is wrong with it goes to `findings`.

    :returns: None if it cannot be used
    """
    try:
        template = parse(source.content)
    except TemplateError as error:
        for fault in error.faults:
            place = Place(file=source.name, line=fault.line, column=fault.column)
            findings.error(place, "notice", fault.message)
        return None
    digest = hashlib.sha256(source.content).hexdigest()
    return NoticeFile(source=source, digest=digest, template=template)


def read_places(notice: NoticeFile, expressions: Expressions) -> None:
    """Read the places of a template as FEEL. A mere path hands a personal value on without looking at it."""
    for place in notice.template.places:
        where = Place(file=notice.source.name, line=place.line, column=place.column)
        expressions.read(where, "the place", f"= {place.text}", mapping=True)


def check_notices(diagram: Diagram, process: etree._Element, found: Mapping[str, Element]) -> None:
    """Report notices where none can be given, and names that are no template's."""
    examination = diagram.examination
    for node in elements(process):
        element = found.get(node.get("id") or "")
        if element is None:
            continue
        for name in filter(None, (element.notice, *element.limit_notices.values())):
            if not name.lower().endswith(ENDING):
                message = f"“{name}” is no name of a notice: write that of a file, such as decision{ENDING}"
                examination.error(node, "notice", message)
        if element.limit_notices and node is not process:
            named = ", ".join(f"notice_{change}" for change in element.limit_notices)
            message = f"{named}: what the applicant is told of the limit is the whole process's: name it at the process"
            examination.error(node, "notice", message)
        if element.notice is None:
            continue
        if local(node) not in _WITH or any(local(part).endswith("EventDefinition") for part in node.iterchildren("*")):
            message = (
                "no notice is given here: name it at a task that is done, or at an intermediate throw or end event "
                "without a trigger"
            )
            examination.error(node, "notice", message)
