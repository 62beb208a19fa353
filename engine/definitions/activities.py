"""From the elements of an executable process to `Element` objects: what each needs beyond its flows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from engine.connectors.fields import FIELDS
from engine.definitions.diagram import Diagram, elements, lanes_of
from engine.definitions.events import check_message
from engine.definitions.examination import Examination
from engine.definitions.extensions import note_unread, read_extensions, read_several
from engine.definitions.extensions.camunda import is_feel
from engine.definitions.extensions.said import Said
from engine.definitions.model import LIMIT_CHANGES, Element, Loop, MultiInstance
from engine.definitions.suggestions import feel_for_script
from engine.definitions.support import BY_KEY
from engine.definitions.vocabulary import (
    FLOW_NODES,
    GLOBAL_TASKS,
    SCOPES,
    ZEEBE,
    bpmn,
    child,
    is_true,
    local,
    text_of,
)

#: How many rounds a loop may have.
_ROUNDS = re.compile(r"[0-9]{1,9}")
#: What Camunda 7 calls Camunda 8's ``numberOfCompletedInstances`` and its like.
_COUNTS = re.compile(r"\bnrOf(\w*)Instances\b")


def elements_of(diagram: Diagram, process: etree._Element) -> Mapping[str, Element]:
    """Id → element for the process and every flow node and flow in it."""
    examination = diagram.examination
    key = process.get("id") or ""
    lanes = lanes_of(process)
    found: dict[str, Element] = {}
    for node in elements(process):
        note_unread(node, examination)
        name, identifier = local(node), node.get("id")
        if identifier is None or not (node is process or name in FLOW_NODES or name == "sequenceFlow"):
            continue
        said = read_extensions(node, examination)
        _complete(diagram, node, said)
        _name_notices(said)
        _check_properties(node, said, examination)
        said["documentation"] = _documentation(node) or said.get("documentation", "")
        found[identifier] = Element(
            id=identifier,
            kind=name,
            name=(node.get("name") or "").strip(),
            process=key,
            line=examination.place(node).line,
            lane=_lane(node, lanes),
            multi_instance=_multi_instance(node, diagram),
            loop=_loop(node, diagram),
            **said,
        )
    return found


def _documentation(node: etree._Element) -> str:
    texts = (text_of(part) for part in node.iterchildren(bpmn("documentation")))
    return "\n\n".join(text for text in texts if text)


def _lane(node: etree._Element, lanes: Mapping[str, str]) -> str | None:
    """The lane that names the element, else the one that names the subprocess around it."""
    around: etree._Element | None = node
    while around is not None and local(around) in FLOW_NODES | SCOPES:
        if lane := lanes.get(around.get("id") or ""):
            return lane
        around = around.getparent()
    return None


def _complete(diagram: Diagram, node: etree._Element, said: Said) -> None:
    """Add what BPMN's own attributes say, and demand what the element cannot do without."""
    examination = diagram.examination
    _check_connector(node, said, examination)
    match local(node):
        case "serviceTask":
            if not said.get("topic"):
                message = (
                    "nothing says who does the service task: give it a topic (Camunda 7: type “external”; "
                    "Camunda 8: a task definition), or make it a user task"
                )
                examination.error(node, "missing-topic", message)
        case "sendTask":
            if not said.get("topic"):
                message = "the send task is passed and sends nothing: use a service task with a topic to send something"
                examination.warning(node, "sends-nothing", message)
            if "messageRef" in node.attrib:
                check_message(diagram, node, node, catches=False)
        case "receiveTask":
            check_message(diagram, node, node, catches=True)
        case "businessRuleTask":
            if not said.get("called_decision") and not said.get("topic"):
                message = "the business rule task names no decision: name the id of a decision of a DMN file"
                examination.error(node, "missing-decision", message)
            elif said.get("called_decision") and not said.get("result_variable"):
                _note_result(node, "the decision", examination)
        case "scriptTask" if not said.get("topic"):
            _script(node, said, examination)
        case "callActivity":
            _called(diagram, node, said)


def _check_connector(node: etree._Element, said: Said, examination: Examination) -> None:
    """The inputs of work that the office does itself: what it needs, and nothing that it would not read."""
    topic = said.get("topic")
    fields = FIELDS.get(topic) if topic else None
    if fields is None:
        return
    given = {mapping.target.partition(".")[0] for mapping in said.get("inputs", ())}
    for name in sorted(fields.required - given):
        message = f"the topic “{topic}” is done by the office, which needs the input “{name}”: map it"
        examination.error(node, "connector", message)
    for name in sorted(given - fields.known):
        message = f"the topic “{topic}” has no input “{name}”: it reads {', '.join(sorted(fields.known))}"
        examination.error(node, "connector", message)


def _name_notices(said: Said) -> None:
    """Take the names of notices out of the properties that give them."""
    properties = dict(said.get("properties", {}))
    if notice := properties.pop("notice", "").strip():
        said["notice"] = notice
    named = {change: properties.pop(f"notice_{change}", "").strip() for change in LIMIT_CHANGES}
    said["limit_notices"] = {change: name for change, name in named.items() if name}
    said["properties"] = properties


def _check_properties(node: etree._Element, said: Said, examination: Examination) -> None:
    for name, text in said.get("properties", {}).items():
        if text.startswith("="):
            examination.expression(node, f"the property “{name}”", text)


def _script(node: etree._Element, said: Said, examination: Examination) -> None:
    if not said.get("script"):
        part = child(node, "script")
        text = text_of(part)
        language = (node.get("scriptFormat") or "").strip()
        if part is None or not text:
            if "script" not in said and not _has_zeebe_script(node):
                message = "the script task has no script: write one FEEL expression and name its result variable"
                examination.error(node, "missing-script", message)
            return
        if not is_feel(language):
            hint = feel_for_script(text)
            likely = f"; likely: {hint}" if hint else ""
            written = f"is in {language}" if language else "names no language (scriptFormat)"
            message = f"the script {written}: only FEEL is run, with scriptFormat “feel” and a result variable{likely}"
            examination.error(part, "script-language", message)
            return
        said["script"] = examination.expression(part, "the script", text)
    if said.get("script") and not said.get("result_variable"):
        _note_result(node, "the script", examination)


def _note_result(node: etree._Element, what: str, examination: Examination) -> None:
    message = f"{what} names no result variable: of a context each entry becomes a variable, any other value is lost"
    examination.note(node, "result-unnamed", message)


def _has_zeebe_script(node: etree._Element) -> bool:
    """Whether there is a ``zeebe:script``, which was read and found wrong."""
    return any(True for _ in node.iter(f"{{{ZEEBE}}}script"))


def _called(diagram: Diagram, node: etree._Element, said: Said) -> None:
    examination = diagram.examination
    key = (said.pop("called_element", None) or node.get("calledElement") or "").strip()
    if not key:
        message = "the call activity calls nothing: name the id of the process that it calls"
        examination.error(node, "missing-called-element", message)
    elif key.startswith("=") or "{" in key:
        message = f"the called process “{key}” is an expression: name one process; a gateway may choose between several"
        examination.error(node, "dynamic-reference", message)
    elif (target := diagram.by_id.get(key)) is not None and local(target) in GLOBAL_TASKS:
        message = f"“{key}” is a global task, which is not executed: {BY_KEY['callActivity/globalTask'].says}"
        examination.error(node, "unsupported-element", message)
    else:
        said["called_element"] = key


def _multi_instance(node: etree._Element, diagram: Diagram) -> MultiInstance | None:
    marked = child(node, "multiInstanceLoopCharacteristics")
    if marked is None:
        return None
    examination = diagram.examination
    if local(node) == "subProcess" and is_true(node, "triggeredByEvent"):
        message = "an event subprocess has no instances: put a multi-instance subprocess into it"
        examination.error(marked, "misplaced-element", message)
    said = read_several(marked, examination)
    cardinality, condition = child(marked, "loopCardinality"), child(marked, "completionCondition")
    collection = said.get("collection")
    if reference := _data_reference(marked, "loopDataInputRef", diagram):
        collection = collection or examination.expression(marked, "the collection", reference)
        said.setdefault("collection", None)
    output = said.get("output_element")
    if item := _item(marked, "outputDataItem"):
        output = output or examination.expression(marked, "the output element", item)
    number = None
    if cardinality is not None and text_of(cardinality):
        number = examination.expression(cardinality, "the number of instances", text_of(cardinality))
    if not collection and not number and not _said_anything(said, cardinality):
        message = (
            "nothing says how many instances there are: name a collection (with the variable for its element), or "
            "a number (loopCardinality)"
        )
        examination.error(marked, "multi-instance-without-number", message)
    elif collection and number:
        message = "both a collection and a number say how many instances there are: keep one of them"
        examination.error(marked, "multi-instance-without-number", message)
    completion = None
    if condition is not None and text_of(condition):
        text = _COUNTS.sub(r"numberOf\1Instances", text_of(condition))
        completion = examination.expression(
            condition, "the completion condition", text, language=condition.get("language")
        )
    return MultiInstance(
        sequential=is_true(marked, "isSequential"),
        collection=collection,
        element_variable=said.get("element_variable") or _item(marked, "inputDataItem"),
        cardinality=number,
        completion_condition=completion,
        output_collection=said.get("output_collection") or _data_reference(marked, "loopDataOutputRef", diagram),
        output_element=output,
    )


def _loop(node: etree._Element, diagram: Diagram) -> Loop | None:
    marked = child(node, "standardLoopCharacteristics")
    if marked is None:
        return None
    examination = diagram.examination
    if local(node) == "subProcess" and is_true(node, "triggeredByEvent"):
        message = "an event subprocess has no loop: put a subprocess with a loop into it"
        examination.error(marked, "misplaced-element", message)
    if child(node, "multiInstanceLoopCharacteristics") is not None:
        message = "the activity has a loop and several instances: keep one, and put a subprocess around for the other"
        examination.error(marked, "misplaced-element", message)
    part, most = child(marked, "loopCondition"), (marked.get("loopMaximum") or "").strip()
    condition = None
    if part is not None and text_of(part):
        condition = examination.expression(part, "the loop condition", text_of(part), language=part.get("language"))
        if condition is None:
            return None
    maximum = None
    if most:
        maximum = int(most) if _ROUNDS.fullmatch(most) else 0
        if not maximum:
            message = f"loopMaximum says “{most}”: say how many rounds there are at most, by a whole number from 1"
            examination.error(marked, "loop", message)
            return None
    if condition is None and maximum is None:
        message = (
            "nothing says when the loop ends: give it a loop condition, such as “= not(complete)”, which holds as long "
            "as there is to be another round, or loopMaximum"
        )
        examination.error(marked, "loop", message)
        return None
    return Loop(test_before=is_true(marked, "testBefore"), condition=condition, maximum=maximum)


def _said_anything(said: Mapping[str, object], cardinality: etree._Element | None) -> bool:
    """Whether a number was given that could not be read, which was said already."""
    return "collection" in said or (cardinality is not None and bool(text_of(cardinality)))


def _data_reference(marked: etree._Element, name: str, diagram: Diagram) -> str | None:
    """The variable that the standard's own loop data reference means: by its name where it is a data object."""
    reference = text_of(child(marked, name))
    if not reference:
        return None
    data = diagram.by_id.get(reference)
    return (data.get("name") or reference).strip() if data is not None else reference


def _item(marked: etree._Element, name: str) -> str | None:
    item = child(marked, name)
    return None if item is None else (item.get("name") or item.get("id") or "").strip() or None
