"""The extensions of Camunda 7's and Operaton's modelers (``camunda:`` and ``operaton:``, which are alike)."""

from __future__ import annotations

import re

from lxml import etree

from engine.definitions.examination import Examination
from engine.definitions.expressions import is_wrapped
from engine.definitions.extensions.form_data import schema_of
from engine.definitions.extensions.priority import priority_of
from engine.definitions.extensions.retries import retries_of_cycle
from engine.definitions.extensions.said import Said, Several
from engine.definitions.extensions.texts import extension_parts, literal, name_of, properties, value, values
from engine.definitions.model import IoMapping
from engine.definitions.suggestions import feel_for_script, feel_string
from engine.definitions.vocabulary import CAMUNDA, OPERATON, local, names, text_of

NAMESPACES = frozenset({CAMUNDA, OPERATON})

KNOWN = names(
    "assignee candidateGroups candidateUsers dueDate priority formRef formKey formData inputOutput in out decisionRef "
    "resultVariable type topic class delegateExpression expression connector resource variableMappingClass "
    "variableMappingDelegateExpression caseRef collection elementVariable properties failedJobRetryTimeCycle"
)
_VERSION = "what was deployed last is used"
_LISTENER = "listeners are not executed: draw what they do as tasks"
_ASYNC = "each step is a transaction of its own"
_START = "who may start a case is for the office to say"
IGNORED = {
    "asyncBefore": _ASYNC,
    "asyncAfter": _ASYNC,
    "async": _ASYNC,
    "exclusive": _ASYNC,
    "jobPriority": "work is done in the order of its due dates",
    "taskPriority": "work is done in the order of its due dates",
    "historyTimeToLive": "history is kept",
    "isStartableInTasklist": _START,
    "candidateStarterGroups": _START,
    "candidateStarterUsers": _START,
    "potentialStarter": _START,
    "initiator": "the case's agent is “case.agent”",
    "versionTag": "versions are numbered at deployment",
    "diagramRelationId": "kept as documentation",
    "modelerTemplate": "templates are for the modeler",
    "modelerTemplateVersion": "templates are for the modeler",
    "followUpDate": "use a timer boundary event",
    "formRefBinding": _VERSION,
    "formRefVersion": _VERSION,
    "formHandlerClass": "the office reads forms itself",
    "formProperty": "use camunda:formData or a form-js form",
    "decisionRefBinding": _VERSION,
    "decisionRefVersion": _VERSION,
    "decisionRefTenantId": "there is one office",
    "mapDecisionResult": "the result is what the decision's hit policy gives",
    "calledElementBinding": _VERSION,
    "calledElementVersion": _VERSION,
    "calledElementVersionTag": _VERSION,
    "calledElementTenantId": "there is one office",
    "caseBinding": "CMMN cases are not executed",
    "caseVersion": "CMMN cases are not executed",
    "caseTenantId": "CMMN cases are not executed",
    "errorCodeVariable": "an error hands no variables on",
    "errorMessageVariable": "an error hands no variables on",
    "errorMessage": "kept as documentation",
    "escalationCodeVariable": "an escalation hands no variables on",
    "errorEventDefinition": "an outside worker says itself which error it has",
    "variableName": "conditional events are not executed",
    "variableEvents": "conditional events are not executed",
    "executionListener": _LISTENER,
    "taskListener": _LISTENER,
    "field": "Java fields are not set",
}
LOST = frozenset({"executionListener", "taskListener", "errorEventDefinition"})

_CODE = ("class", "delegateExpression", "expression", "variableMappingClass", "variableMappingDelegateExpression")
_SERVICES = names("serviceTask sendTask businessRuleTask")
_FEEL = re.compile(r"(application/|text/)?(x-)?feel", re.IGNORECASE)


def read(node: etree._Element, examination: Examination) -> Said:
    """What the element says in this dialect."""
    kind = local(node)
    said = Said(
        assignee=value(examination, node, "the assignee", _get(node, "assignee")),
        groups=values(examination, node, "the candidate groups", _get(node, "candidateGroups")),
        due=value(examination, node, "the due date", _get(node, "dueDate")),
        priority=priority_of(examination, node, _get(node, "priority")),
        form=_form(node, examination),
        called_decision=literal(examination, node, "the decision", _get(node, "decisionRef")),
        result_variable=(_get(node, "resultVariable") or "").strip() or None,
    )
    if _get(node, "candidateUsers"):
        message = "candidate users are kept and ignored: name an assignee, or a group that they belong to"
        examination.note_once("camunda:candidateUsers", node, "ignored-extension", message)
    if kind in _SERVICES or kind == "callActivity":
        _refuse_code(node, examination)
    if _get(node, "type") == "external":
        said["topic"] = literal(examination, node, "the topic", _get(node, "topic"))
    if kind in ("intermediateThrowEvent", "endEvent"):
        for part in node:
            if local(part) == "messageEventDefinition" and _get(part, "type") == "external":
                said["topic"] = literal(examination, part, "the topic", _get(part, "topic"))
    for part in extension_parts(node, NAMESPACES):
        match name_of(part):
            case "properties":
                said["properties"] = properties(iter(part), "property")
            case "inputOutput":
                said["inputs"] = _parameters(part, "inputParameter", examination)
                said["outputs"] = _parameters(part, "outputParameter", examination)
            case "formData":
                said["form_schema"] = schema_of(part, node.get("id") or "form", examination)
            case "failedJobRetryTimeCycle":
                said["retries"] = retries_of_cycle(examination, part, text_of(part))
            case "connector":
                message = "connectors are not run: use type “external” with a topic"
                examination.error(part, "unsupported-extension", message)
    if kind == "callActivity":
        _calls(node, said, examination)
    return said


def read_several(node: etree._Element, examination: Examination) -> Several:
    """What multi-instance characteristics say in this dialect."""
    said = Several()
    if collection := _get(node, "collection"):
        said["collection"] = examination.expression(node, "the collection", collection)
    if variable := (_get(node, "elementVariable") or "").strip():
        said["element_variable"] = variable
    return said


def is_feel(script_format: str) -> bool:
    """Whether a script format names FEEL."""
    return _FEEL.fullmatch(script_format.strip()) is not None


def _get(node: etree._Element, attribute: str) -> str | None:
    for namespace in (CAMUNDA, OPERATON):
        text = node.get(f"{{{namespace}}}{attribute}")
        if text is not None:
            return text
    return None


def _form(node: etree._Element, examination: Examination) -> str | None:
    if reference := literal(examination, node, "the form", _get(node, "formRef")):
        return reference
    key = (_get(node, "formKey") or "").strip()
    if key.startswith(("embedded:", "app:", "http:", "https:", "/")):
        message = f"the form “{key}” is no form-js form, it is kept and ignored: draw it with form-js, name its id"
        examination.note(node, "ignored-extension", message)
        return None
    if key.startswith("camunda-forms:"):
        key = key.rpartition(":")[2]
    return literal(examination, node, "the form", key)


def _refuse_code(node: etree._Element, examination: Examination) -> None:
    for name in _CODE:
        text = _get(node, name)
        if text is None:
            continue
        if name == "expression" and (hint := feel_for_script(text.strip().removeprefix("${").removesuffix("}"))):
            likely = f"; or a script task with scriptFormat “feel”: {hint}"
        else:
            likely = ""
        message = f"camunda:{name} “{text}” is code, which is not run: use type “external” with a topic{likely}"
        examination.error(node, "unsupported-extension", message)
    if _get(node, "caseRef"):
        examination.error(node, "unsupported-extension", "CMMN cases are not executed: call a process")


def _parameters(part: etree._Element, name: str, examination: Examination) -> tuple[IoMapping, ...]:
    mappings: list[IoMapping] = []
    for parameter in part:
        if not isinstance(parameter.tag, str) or name_of(parameter) != name:
            continue
        target = (parameter.get("name") or "").strip()
        if not target:
            examination.error(parameter, "mapping", f"the {name} has no name: name its variable")
            continue
        source = _source(parameter, f"the {name} “{target}”", examination)
        if source is not None:
            mappings.append(IoMapping(target, source))
    return tuple(mappings)


def _source(parameter: etree._Element, what: str, examination: Examination) -> str | None:
    """FEEL text for a parameter: its text, or the list, map or script in it."""
    for part in parameter:
        if isinstance(part.tag, str) and name_of(part) in ("script", "list", "map"):
            return _defined(part, what, examination)
    text = text_of(parameter)
    if not text:
        return "null"
    return examination.expression(parameter, what, text, mapping=True) if is_wrapped(text) else feel_string(text)


def _defined(part: etree._Element, what: str, examination: Examination) -> str | None:
    if name_of(part) == "script":
        script_format = part.get("scriptFormat") or ""
        if is_feel(script_format):
            return examination.expression(part, what, text_of(part), mapping=True)
        hint = feel_for_script(text_of(part))
        likely = f"; likely: {hint}" if hint else ""
        message = f"{what} is a script in {script_format or 'no language'}, which is not run: use FEEL{likely}"
        examination.error(part, "script-language", message)
        return None
    sources: list[str] = []
    for item in part:
        if not isinstance(item.tag, str):
            continue
        nested = name_of(item) in ("script", "list", "map")
        source = _defined(item, what, examination) if nested else _source(item, what, examination)
        if source is None:
            return None
        sources.append(f"{feel_string(item.get('key') or '')}: {source}" if name_of(part) == "map" else source)
    joined = ", ".join(sources)
    return f"{{{joined}}}" if name_of(part) == "map" else f"[{joined}]"


def _calls(node: etree._Element, said: Said, examination: Examination) -> None:
    """``camunda:in`` and ``camunda:out`` of a call activity."""
    inputs, outputs = list(said.get("inputs", ())), list(said.get("outputs", ()))
    passed = {"in": [False, False], "out": [False, False]}
    for part in extension_parts(node, NAMESPACES):
        name = name_of(part)
        if name not in passed:
            continue
        if part.get("businessKey") is not None:
            message = "camunda:in businessKey is kept and ignored: the called process works on the same case"
            examination.note_once("camunda:businessKey", part, "ignored-extension", message)
            continue
        passed[name][0] = True
        if part.get("variables") == "all":
            passed[name][1] = True
            continue
        target = (part.get("target") or "").strip()
        text = part.get("sourceExpression") or part.get("source") or ""
        if not target:
            examination.error(part, "mapping", f"camunda:{name} names no target variable: name one")
            continue
        source = examination.expression(part, f"camunda:{name} to “{target}”", text, mapping=True)
        if source is not None:
            (inputs if name == "in" else outputs).append(IoMapping(target, source))
    said["inputs"], said["outputs"] = tuple(inputs), tuple(outputs)
    if passed["in"][0]:
        said["propagate_all_parent"] = passed["in"][1]
    if passed["out"][0]:
        said["propagate_all_child"] = passed["out"][1]
