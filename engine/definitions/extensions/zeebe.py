"""The extensions of Camunda 8's modeler (``zeebe:``)."""

from __future__ import annotations

import json

from lxml import etree

from engine.definitions.examination import Examination
from engine.definitions.extensions.form_data import check_embedded
from engine.definitions.extensions.priority import priority_of
from engine.definitions.extensions.retries import retries_of_number
from engine.definitions.extensions.said import Said, Several
from engine.definitions.extensions.texts import extension_parts, literal, name_of, properties, value, values
from engine.definitions.model import IoMapping
from engine.definitions.vocabulary import ZEEBE, bpmn, local, names, text_of

NAMESPACES = frozenset({ZEEBE})

#: Read without a word.
KNOWN = names(
    "assignmentDefinition taskSchedule priorityDefinition formDefinition userTask userTaskForm ioMapping calledElement "
    "calledDecision taskDefinition script loopCharacteristics properties subscription"
)
#: Ignored, and why.
IGNORED = {
    "taskHeaders": "outside workers get the task's data",
    "versionTag": "versions are numbered at deployment",
    "executionListeners": "listeners are not executed: draw what they do as tasks",
    "taskListeners": "listeners are not executed: draw what they do as tasks",
    "linkedResources": "only forms and decisions are linked",
    "jobPriorityDefinition": "outside work is done in the order of its due dates",
    "conditionalFilter": "conditional events are not executed",
    "adHoc": "ad-hoc subprocesses are not executed",
    "agentDefinition": "agents are not executed: use a service task with a topic",
    "modelerTemplate": "templates are for the modeler",
    "modelerTemplateVersion": "templates are for the modeler",
    "modelerTemplateIcon": "templates are for the modeler",
}
#: Ignored with a warning, since the diagram does less than it says.
LOST = frozenset({"executionListeners", "taskListeners"})


def read(node: etree._Element, examination: Examination) -> Said:
    """What the element says in this dialect."""
    said = Said()
    kind = local(node)
    for part in extension_parts(node, NAMESPACES):
        match name_of(part):
            case "assignmentDefinition":
                said["assignee"] = value(examination, part, "the assignee", part.get("assignee"))
                said["groups"] = values(examination, part, "the candidate groups", part.get("candidateGroups"))
                if part.get("candidateUsers"):
                    _ignore_users(examination, part)
            case "taskSchedule":
                said["due"] = value(examination, part, "the due date", part.get("dueDate"))
                if part.get("followUpDate"):
                    message = "zeebe:followUpDate is kept and ignored: use a timer boundary event"
                    examination.note_once("zeebe:followUpDate", part, "ignored-extension", message)
            case "priorityDefinition":
                said["priority"] = priority_of(examination, part, part.get("priority"))
            case "formDefinition":
                said.update(_form(node, part, examination))
            case "ioMapping":
                said["inputs"] = _mappings(part, "input", examination)
                said["outputs"] = _mappings(part, "output", examination)
            case "calledElement":
                said["called_element"] = _called(part, examination)
                said["propagate_all_parent"] = part.get("propagateAllParentVariables", "true") == "true"
                said["propagate_all_child"] = part.get("propagateAllChildVariables", "true") == "true"
            case "calledDecision":
                said["called_decision"] = literal(examination, part, "the decision", part.get("decisionId"))
                said["result_variable"] = part.get("resultVariable") or None
            case "taskDefinition":
                said["topic"] = literal(examination, part, "the task type", part.get("type"))
                said["retries"] = retries_of_number(examination, part, part.get("retries"))
            case "script":
                text = part.get("expression") or (part.text or "")
                said["script"] = examination.expression(part, "the script", text)
                said["result_variable"] = part.get("resultVariable") or None
            case "properties":
                said["properties"] = properties(iter(part), "property")
            case "userTaskForm" if kind != "process":
                message = "a zeebe:userTaskForm belongs into the process: the modeler puts it there"
                examination.warning(part, "misplaced-element", message)
    return said


def read_several(node: etree._Element, examination: Examination) -> Several:
    """What multi-instance characteristics say in this dialect."""
    said = Several()
    for part in extension_parts(node, NAMESPACES):
        if name_of(part) != "loopCharacteristics":
            continue
        collection, output = part.get("inputCollection"), part.get("outputElement")
        if collection:
            said["collection"] = examination.expression(part, "the collection", collection)
        said["element_variable"] = part.get("inputElement") or None
        said["output_collection"] = part.get("outputCollection") or None
        said["output_element"] = examination.expression(part, "the output element", output) if output else None
    return said


def _ignore_users(examination: Examination, node: etree._Element) -> None:
    message = "candidate users are kept and ignored: name an assignee, or a group that they belong to"
    examination.note_once("zeebe:candidateUsers", node, "ignored-extension", message)


def _mappings(part: etree._Element, name: str, examination: Examination) -> tuple[IoMapping, ...]:
    mappings: list[IoMapping] = []
    for mapping in part:
        if not isinstance(mapping.tag, str) or name_of(mapping) != name:
            continue
        target = (mapping.get("target") or "").strip()
        if not target:
            examination.error(mapping, "mapping", f"the {name} mapping names no target variable: name one")
            continue
        source = mapping.get("source") or ""
        read = examination.expression(mapping, f"the {name} mapping to “{target}”", source, mapping=True)
        if read is not None:
            mappings.append(IoMapping(target, read))
    return tuple(mappings)


def _called(part: etree._Element, examination: Examination) -> str | None:
    if part.get("processIdExpression"):
        return literal(examination, part, "the called process", f"={part.get('processIdExpression')}")
    return literal(examination, part, "the called process", part.get("processId"))


def _form(node: etree._Element, part: etree._Element, examination: Examination) -> Said:
    if part.get("externalReference"):
        message = "a form outside the office is kept and ignored: draw it with form-js and name its id"
        examination.note_once("zeebe:externalReference", part, "ignored-extension", message)
    key = part.get("formKey") or ""
    prefix = "camunda-forms:bpmn:"
    if key.startswith(prefix):
        return _embedded(node, part, key.removeprefix(prefix), examination)
    return Said(form=literal(examination, part, "the form", part.get("formId") or key))


def _embedded(node: etree._Element, part: etree._Element, identifier: str, examination: Examination) -> Said:
    """The form that the modeler writes into the process itself."""
    process = next(node.iterancestors(bpmn("process")), None)
    form = examination.embedded_forms.get((None if process is None else process.get("id"), identifier))
    if form is None:
        examination.error(part, "unknown-form", f"the process holds no form “{identifier}”: choose the form again")
        return Said()
    try:
        schema = json.loads(text_of(form))
    except (ValueError, RecursionError):
        schema = None
    if not isinstance(schema, dict):
        examination.error(form, "form", "the embedded form is no form-js form: draw it again")
        return Said()
    check_embedded(schema, form, examination)
    return Said(form_schema=schema)
