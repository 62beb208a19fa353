"""The extensions of Camunda 8's modeler (``zeebe:``)."""

from __future__ import annotations

import json

from lxml import etree

from engine.definitions.examination import Examination
from engine.definitions.extensions.form_data import check_embedded
from engine.definitions.extensions.priority import priority_of
from engine.definitions.extensions.retries import retries_of_number
from engine.definitions.extensions.said import Said, Several
from engine.definitions.extensions.table import (
    CALL_VERSION,
    CALLS,
    CONDITIONS,
    FORMS,
    GIVES,
    LISTENERS,
    MULTI,
    RULES,
    SERVICES,
    SET_VERSION,
    TAKES,
    TEMPLATES,
    TIMER,
    USERS,
    VERSIONS,
    Table,
    ignored,
    lost,
    mapped,
)
from engine.definitions.extensions.texts import extension_parts, literal, name_of, properties, value, values
from engine.definitions.model import IoMapping
from engine.definitions.vocabulary import PERSON_TASKS, ZEEBE, bpmn, local, text_of

_CONFIGURED = " ".join(
    f"{part}/modelerConfiguration{what}" for part in ("input", "property") for what in ("Template", "Name")
)

TABLE = Table(
    modeler="Camunda 8",
    prefixes={ZEEBE: "zeebe"},
    rows=(
        mapped("userTask", "a task in the inbox, as every user task", frozenset({"userTask"})),
        mapped("assignmentDefinition", "assignee and groups", PERSON_TASKS, "assignee candidateGroups"),
        *ignored("assignmentDefinition/candidateUsers", USERS),
        mapped("taskSchedule", "due date", PERSON_TASKS, "dueDate"),
        *ignored("taskSchedule/followUpDate", TIMER),
        mapped("priorityDefinition", "priority", PERSON_TASKS, "priority"),
        mapped("formDefinition", "form: the id of a form-js form, or a form in the diagram", FORMS, "formId formKey"),
        *ignored("formDefinition/bindingType formDefinition/versionTag", SET_VERSION),
        *lost("formDefinition/externalReference", "draw the form with form-js and name its id"),
        mapped("userTaskForm", "a form-js form that stands in the diagram", frozenset({"process"}), "id"),
        mapped("ioMapping", "mappings", parts="source target input output"),
        mapped("ioMapping/input", "input mapping", TAKES, "source target"),
        mapped("ioMapping/output", "output mapping", GIVES, "source target"),
        mapped("properties", "properties", parts="property name value"),
        mapped("taskDefinition", "topic of outside work, and how often it is tried", SERVICES, "type retries"),
        *lost("taskHeaders", "outside workers get no headers: give them as input mappings"),
        *ignored("retryCounter", "how often work is tried stands in the task definition"),
        *lost("linkedResources", "outside workers get what the input mappings give"),
        *lost("agentDefinition", "agents are not executed: use a service task with a topic"),
        mapped("script", "script and result variable", frozenset({"scriptTask"}), "expression resultVariable"),
        mapped("calledDecision", "decision and result variable", RULES, "decisionId resultVariable"),
        *ignored("calledDecision/bindingType calledDecision/versionTag", SET_VERSION),
        mapped(
            "calledElement",
            "called process, and whether all variables pass",
            CALLS,
            "processId processIdExpression propagateAllChildVariables propagateAllParentVariables",
        ),
        *ignored("calledElement/bindingType calledElement/versionTag", CALL_VERSION),
        *ignored("calledElement/businessId", "the called process works on the same case"),
        mapped(
            "loopCharacteristics",
            "collection, variable for its items, list of the results",
            MULTI,
            "inputCollection inputElement outputCollection outputElement",
        ),
        mapped("subscription", "key that a message finds its case by", frozenset({"message"}), "correlationKey"),
        *lost("publishMessage", "a message is thrown inside the case; use a service task to send something"),
        *ignored("conditionalFilter", CONDITIONS),
        *lost("executionListeners taskListeners", LISTENERS),
        *ignored("adHoc", "ad-hoc subprocesses are not executed"),
        *ignored("jobPriorityDefinition", "work is done in the order of its due dates"),
        *ignored("versionTag", VERSIONS),
        *ignored(f"modelerTemplate modelerTemplateVersion modelerTemplateIcon {_CONFIGURED}", TEMPLATES),
    ),
)


def read(node: etree._Element, examination: Examination) -> Said:
    """What the element says in this dialect."""
    said = Said()
    for part in extension_parts(node, TABLE):
        match name_of(part):
            case "assignmentDefinition":
                said["assignee"] = value(examination, part, "the assignee", part.get("assignee"))
                said["groups"] = values(examination, part, "the candidate groups", part.get("candidateGroups"))
            case "taskSchedule":
                said["due"] = value(examination, part, "the due date", part.get("dueDate"))
            case "priorityDefinition":
                said["priority"] = priority_of(examination, part, part.get("priority"))
            case "formDefinition":
                said.update(_form(node, part, examination))
            case "ioMapping":
                said["inputs"] = _mappings(node, part, "input", examination)
                said["outputs"] = _mappings(node, part, "output", examination)
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
    return said


def read_several(node: etree._Element, examination: Examination) -> Several:
    """What multi-instance characteristics say in this dialect."""
    said = Several()
    for part in extension_parts(node, TABLE):
        if name_of(part) != "loopCharacteristics":
            continue
        collection, output = part.get("inputCollection"), part.get("outputElement")
        if collection:
            said["collection"] = examination.expression(part, "the collection", collection)
        said["element_variable"] = part.get("inputElement") or None
        said["output_collection"] = part.get("outputCollection") or None
        said["output_element"] = examination.expression(part, "the output element", output) if output else None
    return said


def _mappings(node: etree._Element, part: etree._Element, name: str, examination: Examination) -> tuple[IoMapping, ...]:
    mappings: list[IoMapping] = []
    if not TABLE.maps(f"ioMapping/{name}", local(node)):
        return ()
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
