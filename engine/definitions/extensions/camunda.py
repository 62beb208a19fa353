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
    refused,
)
from engine.definitions.extensions.texts import extension_parts, literal, name_of, properties, value, values
from engine.definitions.model import IoMapping
from engine.definitions.suggestions import feel_for_script, feel_string
from engine.definitions.vocabulary import CAMUNDA, OPERATON, PERSON_TASKS, local, text_of

#: A value that a parameter gives, and what it may be made of.
_VALUE = "name script scriptFormat list map entry key value id"
_CASES = "CMMN cases are not executed"
_ASYNC = "each step is a transaction of its own"
_ORDER = "work is done in the order of its due dates"
_START = "who may start a case is for the office to say"
_ERRORS = "which error it is, its event knows; what the thrower's input mappings give becomes variables"
_CODE = "use type “external” with a topic"

TABLE = Table(
    modeler="Camunda 7 and Operaton",
    prefixes={CAMUNDA: "camunda", OPERATON: "operaton"},
    rows=(
        mapped("assignee", "assignee: a name or an expression", PERSON_TASKS),
        mapped("candidateGroups", "groups: names with commas between them, or expressions", PERSON_TASKS),
        *ignored("candidateUsers", USERS),
        mapped("dueDate", "due date", PERSON_TASKS),
        *ignored("followUpDate", TIMER),
        mapped("priority", "priority", PERSON_TASKS),
        mapped("formRef", "form: the id of a form-js form", FORMS),
        mapped("formKey", "form: its id, or its file behind `camunda-forms:`; any other form is ignored", FORMS),
        *ignored("formRefBinding formRefVersion", SET_VERSION),
        *lost("formHandlerClass", "the office reads forms itself"),
        mapped(
            "formData",
            "form: its fields, with their constraints, as a form-js form",
            FORMS,
            "formField id label type defaultValue value name properties property validation constraint config",
        ),
        *ignored("formData/businessKey", "a case is found by its number"),
        *ignored("formField/datePattern", "dates are shown in the office's way"),
        *lost("formProperty", "use `camunda:formData`, or a form-js form"),
        mapped("inputOutput", "mappings", parts=_VALUE + " inputParameter outputParameter"),
        mapped("inputOutput/inputParameter", "input mapping: a text, an expression, a list, a map", TAKES, _VALUE),
        mapped("inputOutput/outputParameter", "output mapping", GIVES, _VALUE),
        mapped("properties", "properties", parts="property id name value"),
        mapped("type", "`external`: outside work; any other is refused", SERVICES),
        mapped("topic", "topic of outside work", SERVICES),
        mapped("failedJobRetryTimeCycle", "retries of outside work", SERVICES),
        *refused("class delegateExpression", _CODE, SERVICES | {"messageEventDefinition"}),
        *refused(
            "expression",
            f"{_CODE}, or a script task with scriptFormat “feel”",
            SERVICES | {"messageEventDefinition"},
            code=True,
        ),
        *refused("connector", _CODE),
        *ignored("field", "it belongs to a Java class"),
        *refused("resource", "write the script, in FEEL, into the diagram"),
        *refused("script/resource", "write the script, in FEEL, into the diagram"),
        mapped("resultVariable", "result variable", SERVICES),
        mapped("decisionRef", "decision", RULES),
        *ignored("decisionRefBinding decisionRefVersion", SET_VERSION),
        *ignored("decisionRefTenantId", "there is one office"),
        *ignored("mapDecisionResult", "the result is what the decision's hit policy gives"),
        mapped("in", "what a called process is given", CALLS, "source sourceExpression target variables"),
        mapped("out", "what a called process gives back", CALLS, "source sourceExpression target variables"),
        *ignored("in/businessKey", "the called process works on the same case"),
        *ignored("in/local out/local", "all variables that are seen here are meant"),
        *ignored("calledElementBinding calledElementVersion calledElementVersionTag", CALL_VERSION),
        *ignored("calledElementTenantId", "there is one office"),
        *refused("variableMappingClass variableMappingDelegateExpression", "use `camunda:in` and `camunda:out`", CALLS),
        *refused("caseRef", f"{_CASES}: call a process", CALLS),
        *ignored("caseBinding caseVersion caseTenantId", _CASES),
        mapped("collection", "collection of a multi-instance activity", MULTI),
        mapped("elementVariable", "variable for an item of the collection", MULTI),
        *lost("errorCodeVariable errorMessageVariable escalationCodeVariable", _ERRORS),
        *ignored("errorMessage", "kept as documentation"),
        *lost("errorEventDefinition", "an outside worker says itself which error it has"),
        *ignored("variableName variableEvents", CONDITIONS),
        *lost("executionListener taskListener", LISTENERS),
        *ignored("asyncBefore asyncAfter async exclusive", _ASYNC),
        *ignored("jobPriority taskPriority", _ORDER),
        *ignored("isStartableInTasklist candidateStarterGroups candidateStarterUsers potentialStarter", _START),
        *ignored("initiator", "the case's agent is `case.agent`"),
        *ignored("historyTimeToLive", "history is kept"),
        *ignored("versionTag", VERSIONS),
        *ignored("diagramRelationId", "kept as documentation"),
        *ignored("modelerTemplate modelerTemplateVersion", TEMPLATES),
    ),
)

_FEEL = re.compile(r"(application/|text/)?(x-)?feel", re.IGNORECASE)


def read(node: etree._Element, examination: Examination) -> Said:
    """What the element says in this dialect."""
    said = Said(
        assignee=value(examination, node, "the assignee", _get(node, "assignee")),
        groups=values(examination, node, "the candidate groups", _get(node, "candidateGroups")),
        due=value(examination, node, "the due date", _get(node, "dueDate")),
        priority=priority_of(examination, node, _get(node, "priority")),
        form=_form(node, examination),
        called_decision=literal(examination, node, "the decision", _get(node, "decisionRef")),
        result_variable=(_get(node, "resultVariable") or "").strip() or None,
        topic=_topic(node, examination),
    )
    for part in extension_parts(node, TABLE):
        match name_of(part):
            case "properties":
                said["properties"] = properties(iter(part), "property")
            case "inputOutput":
                said["inputs"] = _parameters(node, part, "inputParameter", examination)
                said["outputs"] = _parameters(node, part, "outputParameter", examination)
            case "formData":
                said["form_schema"] = schema_of(part, node.get("id") or "form", examination)
            case "failedJobRetryTimeCycle":
                said["retries"] = retries_of_cycle(examination, part, text_of(part))
    if local(node) == "callActivity":
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
    """An attribute, where it means something."""
    if not TABLE.maps(attribute, local(node)):
        return None
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
        examination.warning(node, "ignored-extension", message)
        return None
    if key.startswith("camunda-forms:"):
        key = key.rpartition(":")[2]
    return literal(examination, node, "the form", key)


def _topic(node: etree._Element, examination: Examination) -> str | None:
    kind = _get(node, "type")
    if kind == "external":
        return literal(examination, node, "the topic", _get(node, "topic"))
    if kind:
        message = f"work of the type “{kind}” is not done by the office: {_CODE}, or a topic of the office's own"
        examination.error(node, "unsupported-extension", message)
    return None


def _parameters(
    node: etree._Element, part: etree._Element, name: str, examination: Examination
) -> tuple[IoMapping, ...]:
    mappings: list[IoMapping] = []
    if not TABLE.maps(f"inputOutput/{name}", local(node)):
        return ()
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
    for part in extension_parts(node, TABLE):
        name = name_of(part)
        if name not in passed:
            continue
        if part.get("businessKey") is not None:
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
