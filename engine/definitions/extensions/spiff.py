"""The extensions of SpiffArena's modeler (``spiffworkflow:``). Its scripts are Python and are never run."""

from __future__ import annotations

from lxml import etree

from engine.definitions.examination import Examination
from engine.definitions.extensions.said import Said
from engine.definitions.extensions.texts import extension_parts, literal, name_of, properties
from engine.definitions.model import IoMapping
from engine.definitions.suggestions import feel_for_expression, feel_for_script
from engine.definitions.vocabulary import SPIFF, names, text_of

NAMESPACES = frozenset({SPIFF})

KNOWN = names("properties calledDecisionId serviceTaskOperator instructionsForEndUser preScript postScript")
IGNORED = {
    "unitTests": "scenarios test a process as a whole",
    "messagePayload": "a message carries what its sender gives it",
    "messageVariable": "a message's payload becomes variables",
    "processVariableCorrelation": "messages name their case by its number",
    "payloadExpression": "a signal carries nothing",
    "variableName": "forms write the variables that their fields name",
    "category": "kept as documentation",
    "allowGuest": "citizens follow their case by its tracking code",
    "guestConfirmation": "citizens follow their case by its tracking code",
    "signalButtonLabel": "use a message",
    "taskMetadataValues": "use properties",
    "scriptsOnInstances": "scripts are not run",
    "isOutputSynced": "mappings say what is handed on",
}
LOST = frozenset[str]()

#: Properties that name JSON-schema forms, which are not read.
_FORM_FILES = ("formJsonSchemaFilename", "formUiSchemaFilename")


def read(node: etree._Element, examination: Examination) -> Said:
    """What the element says in this dialect."""
    said = Said()
    for part in extension_parts(node, NAMESPACES):
        match name_of(part):
            case "properties":
                found = dict(properties(iter(part), "property"))
                for name in _FORM_FILES:
                    if found.pop(name, None) is not None:
                        message = f"{name} is kept and ignored: draw the form with form-js and name its id"
                        examination.note_once(f"spiffworkflow:{name}", part, "ignored-extension", message)
                said["properties"] = found
            case "calledDecisionId":
                said["called_decision"] = literal(examination, part, "the decision", text_of(part))
            case "serviceTaskOperator":
                said.update(_operator(part, examination))
            case "instructionsForEndUser":
                said["documentation"] = text_of(part)
            case "preScript" | "postScript" as name if text_of(part):
                hint = feel_for_script(text_of(part))
                likely = f"; likely: {hint}" if hint else ""
                message = f"the {name} is Python, which is not run: use an input or output mapping, in FEEL{likely}"
                examination.error(part, "script-language", message)
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
        inputs=tuple(inputs),
    )
