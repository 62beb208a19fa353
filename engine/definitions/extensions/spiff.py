"""The extensions of SpiffArena's modeler (``spiffworkflow:``). Its scripts are Python and are never run."""

from __future__ import annotations

from lxml import etree

from engine.definitions.examination import Examination
from engine.definitions.extensions.retries import retries_of_operator
from engine.definitions.extensions.said import Said
from engine.definitions.extensions.table import RULES, Table, ignored, lost, mapped, refused
from engine.definitions.extensions.texts import extension_parts, literal, name_of, properties
from engine.definitions.model import IoMapping
from engine.definitions.suggestions import feel_for_expression
from engine.definitions.vocabulary import SPIFF, text_of

#: Properties that name JSON-schema forms, which are not read.
_FORM_FILES = "properties/formJsonSchemaFilename properties/formUiSchemaFilename"
_GUESTS = "citizens follow their case by its tracking code"
_CARRIED = "name by input mappings what an event carries; a signal carries nothing"
_VARIABLES = "forms write the variables that their fields name; what an event carries becomes variables"

TABLE = Table(
    modeler="SpiffArena",
    prefixes={SPIFF: "spiffworkflow"},
    rows=(
        mapped("instructionsForEndUser", "instructions, where there is no `documentation`"),
        mapped("properties", "properties", parts="property name value"),
        *lost(_FORM_FILES, "draw the form with form-js and name its id"),
        mapped("calledDecisionId", "decision", RULES),
        mapped(
            "serviceTaskOperator",
            "outside work: topic, input mappings, result variable, retries",
            frozenset({"serviceTask"}),
            "id resultVariable parameters parameter type value retry retries backoff_base",
        ),
        *refused("preScript postScript", "Python is not run: use an input or output mapping, in FEEL", code=True),
        *ignored("scriptsOnInstances", "scripts are not run"),
        *lost("messagePayload payloadExpression", _CARRIED),
        *lost("messageVariable variableName", _VARIABLES),
        *lost(
            "processVariableCorrelation isMatchingCorrelation", "messages find their case by its number, or by a key"
        ),
        *ignored("jsonSchemaId", "what a message carries is not checked"),
        *lost("signalButtonLabel", "use a message, which a page or a program can send"),
        *lost("allowGuest guestConfirmation", _GUESTS),
        *lost("processModelToStartOnTaskAvailable", "call the process"),
        *ignored("taskMetadataValues", "use properties"),
        *ignored("unitTests", "scenarios try a process as a whole"),
        *ignored("category", "who may see data is for the office to say"),
        *ignored("isOutputSynced", "`loopDataOutputRef` and `outputDataItem` say what is collected"),
    ),
)


def read(node: etree._Element, examination: Examination) -> Said:
    """What the element says in this dialect."""
    said = Said()
    for part in extension_parts(node, TABLE):
        match name_of(part):
            case "properties":
                found = dict(properties(iter(part), "property"))
                for row in (TABLE.by_key[key] for key in _FORM_FILES.split()):
                    name = row.key.partition("/")[2]
                    if found.pop(name, None) is not None:
                        message = f"{name} is kept and ignored: {row.says}"
                        examination.warning(part, "ignored-extension", message)
                said["properties"] = found
            case "calledDecisionId":
                said["called_decision"] = literal(examination, part, "the decision", text_of(part))
            case "serviceTaskOperator":
                said.update(_operator(part, examination))
            case "instructionsForEndUser":
                said["documentation"] = text_of(part)
    return said


def _operator(part: etree._Element, examination: Examination) -> Said:
    inputs: list[IoMapping] = []
    for parameter in part.iter(f"{{{SPIFF}}}parameter"):
        name, text = (parameter.get("id") or "").strip(), (parameter.get("value") or "").strip()
        if not name or not text:
            continue
        hint = feel_for_expression(text) or text
        read = examination.expression(parameter, f"the parameter “{name}”", hint, mapping=True)
        if read is not None:
            inputs.append(IoMapping(name, read))
    return Said(
        topic=literal(examination, part, "the operator", part.get("id")),
        result_variable=part.get("resultVariable") or None,
        retries=retries_of_operator(examination, part.find(f"{{{SPIFF}}}retry")),
        inputs=tuple(inputs),
    )
