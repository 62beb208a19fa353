"""What a read definition is: value objects shared by the reader, the checks and the execution.

Control flow, event definitions and conditions stay in the BPMN tree, in the words of the standard; what
modelers write as extensions (`camunda:`, `operaton:`, `zeebe:`, `spiffworkflow:`) is read once, by the
reader, into the dialect-free `Element`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from lxml import etree

from engine.notices.template import Template

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One finding of the designer's checks."""

    file: str
    #: 1-based line and column in the file; 0 where a finding has no place.
    line: int
    column: int = 0
    #: Id of the element concerned, if there is one.
    element: str | None = None
    #: Stable name of the rule, such as ``unsupported-element``.
    rule: str
    severity: Severity
    #: What is wrong and how to mend it.
    message: str


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """One uploaded file of a set."""

    #: Base name, such as ``joint.bpmn``.
    name: str
    content: bytes


@dataclass(frozen=True)
class Value:
    """An attribute that is either literal text or an expression (written ``= …`` or ``${…}``)."""

    text: str
    expression: bool = False


@dataclass(frozen=True)
class IoMapping:
    """One input or output mapping: `target` is a variable name, `source` FEEL text without a leading ``=``."""

    target: str
    source: str


@dataclass(frozen=True)
class Retries:
    """How often work outside is tried, and how long it rests in between."""

    #: The first time included.
    times: int
    #: After the first failure, the second, …; the last goes on.
    waits: tuple[timedelta, ...]

    def wait(self, left: int) -> timedelta:
        """How long to rest after a failure.

        :param left: how often it might have been tried before that failure, that time included.
        """
        return self.waits[min(max(self.times - left, 0), len(self.waits) - 1)]


#: How pressing a task is, where a diagram does not say it; from 0 to the most that there is (as Camunda 8 has it).
USUAL_PRIORITY, MOST_PRIORITY = 50, 100

#: What applies where a diagram does not say it.
USUAL_RETRIES = Retries(3, (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1)))


@dataclass(frozen=True, kw_only=True)
class MultiInstance:
    """Multi-instance characteristics (BPMN 2.0.2 §13.3.7), all expressions as FEEL text."""

    sequential: bool
    collection: str | None = None
    #: Variable that holds the collection's item inside the instance.
    element_variable: str | None = None
    cardinality: str | None = None
    completion_condition: str | None = None
    output_collection: str | None = None
    output_element: str | None = None


@dataclass(frozen=True, kw_only=True)
class Loop:
    """Standard loop characteristics (BPMN 2.0.2 §13.3.6): rounds until the condition does not hold, or are enough."""

    #: Whether the condition is asked before the first round too.
    test_before: bool
    #: FEEL text; the loop goes on while it holds.
    condition: str | None = None
    #: So many rounds at most.
    maximum: int | None = None


#: What becomes of a case's limit by a person's order, and the applicant is told of (行政许可法 art. 42, 45).
LIMIT_CHANGES: Final = ("suspended", "resumed", "extended")


@dataclass(frozen=True, kw_only=True)
class Element:
    """What one flow node, flow, event or process says beyond the standard's control flow."""

    id: str
    #: Local BPMN name, such as ``userTask``.
    kind: str
    name: str = ""
    documentation: str = ""
    #: Key of the process that contains it.
    process: str
    line: int = 0
    #: Name of the innermost lane that holds it.
    lane: str | None = None
    assignee: Value | None = None
    #: Candidate groups, in the order written.
    groups: tuple[Value, ...] = ()
    #: Instant or duration by which a user task should be done.
    due: Value | None = None
    #: How pressing a user task is, from 0 to `MOST_PRIORITY`; `USUAL_PRIORITY` where nothing is said.
    priority: Value | None = None
    #: Id of the form-js form of a user task or start event.
    form: str | None = None
    #: A form-js schema made from ``camunda:formData``, where that was used.
    form_schema: Mapping[str, object] | None = None
    inputs: tuple[IoMapping, ...] = ()
    outputs: tuple[IoMapping, ...] = ()
    #: Key of the process that a call activity calls.
    called_element: str | None = None
    propagate_all_parent: bool = True
    propagate_all_child: bool = True
    #: Id of the decision that a business rule task evaluates.
    called_decision: str | None = None
    #: FEEL text of a script task (one expression whose value goes to `result_variable`).
    script: str | None = None
    #: Variable that a decision's or script's result goes to.
    result_variable: str | None = None
    #: Topic (``camunda:topic``) or type (``zeebe:taskDefinition``) of a service task's outside work.
    topic: str | None = None
    #: How often that work is tried; `USUAL_RETRIES` where the diagram does not say it.
    retries: Retries | None = None
    multi_instance: MultiInstance | None = None
    loop: Loop | None = None
    #: Extension properties (``zeebe:property`` / ``camunda:property``), without those that name notices.
    properties: Mapping[str, str] = field(default_factory=dict)
    #: Name of the ``.notice`` file that the applicant is given a notice by when this is done (property ``notice``).
    notice: str | None = None
    #: Of a process: what becomes of the case's limit (`LIMIT_CHANGES`) → name of the ``.notice`` file that the
    #: applicant is then given a notice by (property ``notice_suspended`` and its like).
    limit_notices: Mapping[str, str] = field(default_factory=dict)

    @property
    def not_by(self) -> tuple[str, ...]:
        """Ids of the tasks that who does this one may not have done: the property ``not_by``, ids apart by spaces."""
        return self._ids("not_by")

    @property
    def not_during(self) -> tuple[str, ...]:
        """Ids of the activities during which people are not offered the message that this takes (``not_during``)."""
        return self._ids("not_during")

    @property
    def internal(self) -> bool:
        """Whether a task is the office's own business, and no stage that the applicant is told of (``internal``)."""
        return self.properties.get("internal") == "true"

    def _ids(self, name: str) -> tuple[str, ...]:
        return tuple(self.properties.get(name, "").replace(",", " ").split())


@dataclass(frozen=True, kw_only=True)
class NoticeFile:
    """A template of notices, read."""

    source: SourceFile
    #: SHA-256 (hex) of its content.
    digest: str
    template: Template


@dataclass(frozen=True, kw_only=True)
class Process:
    """One executable process of a read set, with everything that its execution needs."""

    key: str
    name: str
    #: SHA-256 (hex) over the names and contents of `files`.
    digest: str
    #: The BPMN file and the forms, decisions and notices that this process uses.
    files: tuple[SourceFile, ...]
    #: Name in `files` of the file that holds the process.
    file: str
    #: The whole ``bpmn:definitions`` tree of that file; not to be changed by anybody.
    tree: etree._Element
    elements: Mapping[str, Element]
    #: Keys of the processes called, directly.
    calls: frozenset[str]
    #: Form id → form-js schema.
    forms: Mapping[str, Mapping[str, object]]
    #: Decision id → name in `files` of the DMN file that holds it.
    decisions: Mapping[str, str]
    #: Name of its file → template of a notice.
    notices: Mapping[str, NoticeFile] = field(default_factory=dict)

    def form_of(self, element: Element) -> Mapping[str, object] | None:
        """The form-js schema of one of the elements, from a file or from the diagram itself."""
        return element.form_schema if element.form is None else self.forms[element.form]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What came out of reading a set of files."""

    processes: tuple[Process, ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether the set may be deployed."""
        return not any(p.severity == "error" for p in self.problems)
