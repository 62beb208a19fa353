"""The names of BPMN 2.0's XML: which there are, and where each may stand (BPMN 2.0.2, Semantic.xsd).

What is executed of them is another matter: see `engine.definitions.support`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lxml import etree


def names(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
CAMUNDA: Final = "http://camunda.org/schema/1.0/bpmn"
OPERATON: Final = "http://operaton.org/schema/1.0/bpmn"
ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"
SPIFF: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"

TASKS: Final = names("task userTask manualTask serviceTask businessRuleTask scriptTask sendTask receiveTask")
#: Those that wait for a person.
PERSON_TASKS: Final = names("userTask manualTask")
SUBPROCESSES: Final = names("subProcess transaction adHocSubProcess")
ACTIVITIES: Final = TASKS | SUBPROCESSES | {"callActivity"}
GATEWAYS: Final = names("exclusiveGateway inclusiveGateway parallelGateway eventBasedGateway complexGateway")
CATCHING: Final = names("startEvent intermediateCatchEvent boundaryEvent")
THROWING: Final = names("intermediateThrowEvent endEvent implicitThrowEvent")
EVENTS: Final = CATCHING | THROWING
CHOREOGRAPHY: Final = names("choreographyTask subChoreography callChoreography")
#: Everything that a sequence flow may lead to.
FLOW_NODES: Final = ACTIVITIES | GATEWAYS | EVENTS | CHOREOGRAPHY
#: What holds flow nodes and is executed.
SCOPES: Final = SUBPROCESSES | {"process"}
EVENT_DEFINITIONS: Final = names(
    "messageEventDefinition timerEventDefinition errorEventDefinition escalationEventDefinition "
    "signalEventDefinition terminateEventDefinition cancelEventDefinition linkEventDefinition "
    "conditionalEventDefinition compensateEventDefinition"
)
ARTIFACTS: Final = names("association group textAnnotation")
DATA: Final = names("dataObject dataObjectReference dataStoreReference")
GLOBAL_TASKS: Final = names("globalTask globalUserTask globalManualTask globalScriptTask globalBusinessRuleTask")
_ROOT_ELEMENTS = (
    names(
        "process collaboration choreography globalConversation globalChoreographyTask message error escalation "
        "signal itemDefinition interface resource category dataStore correlationProperty endPoint partnerEntity "
        "partnerRole import relationship extension"
    )
    | GLOBAL_TASKS
)
#: Names whose place is free: plumbing of data, resources, correlation, conversation.
_PLUMBING = names(
    "definitions documentation extensionElements assignment auditing monitoring callConversation categoryValue "
    "categoryValueRef choreographyRef conversation conversationAssociation conversationLink correlationKey "
    "correlationPropertyBinding correlationPropertyRef correlationPropertyRetrievalExpression correlationSubscription "
    "dataInput dataInputAssociation dataInputRefs dataOutput dataOutputAssociation dataOutputRefs dataPath dataState "
    "endPointRef errorRef eventDefinitionRef expression formalExpression from humanPerformer inMessageRef "
    "innerParticipantRef inputSet inputSetRefs interfaceRef ioBinding ioSpecification messageFlow "
    "messageFlowAssociation messageFlowRef messagePath operation operationRef optionalInputRefs optionalOutputRefs "
    "outMessageRef outerParticipantRef outputSet outputSetRefs participant participantAssociation "
    "participantMultiplicity participantRef partitionElement performer potentialOwner property rendering "
    "resourceAssignmentExpression resourceParameter resourceParameterBinding resourceRef resourceRole source "
    "sourceRef subConversation supportedInterfaceRef supports target targetRef to transformation "
    "whileExecutingInputRefs whileExecutingOutputRefs activationCondition event condition"
)

_FLOW_HOLDERS = SCOPES | {"choreography", "subChoreography"}
_ARTIFACT_HOLDERS = _FLOW_HOLDERS | {"collaboration", "globalConversation"}
_MULTI = frozenset({"multiInstanceLoopCharacteristics"})


def _places() -> Mapping[str, frozenset[str]]:
    places: dict[str, frozenset[str]] = {}

    def put(names: frozenset[str] | str, *parents: str | frozenset[str]) -> None:
        holders = frozenset().union(*(frozenset({p}) if isinstance(p, str) else p for p in parents))
        for name in names.split() if isinstance(names, str) else names:
            places[name] = holders

    put(_ROOT_ELEMENTS, "definitions")
    put(FLOW_NODES | {"sequenceFlow"}, _FLOW_HOLDERS)
    put(DATA, _FLOW_HOLDERS)
    put(ARTIFACTS, _ARTIFACT_HOLDERS)
    put("laneSet", SCOPES)
    put("lane", "laneSet", "childLaneSet")
    put("childLaneSet flowNodeRef", "lane")
    put(EVENT_DEFINITIONS, EVENTS, "definitions")
    put("timeDate timeDuration timeCycle", "timerEventDefinition")
    put("condition", "conditionalEventDefinition")
    put("conditionExpression", "sequenceFlow")
    put("incoming outgoing", FLOW_NODES)
    put("multiInstanceLoopCharacteristics standardLoopCharacteristics", ACTIVITIES, CHOREOGRAPHY)
    put("loopCondition", "standardLoopCharacteristics")
    put("loopCardinality loopDataInputRef loopDataOutputRef inputDataItem outputDataItem", _MULTI)
    put("complexBehaviorDefinition", _MULTI)
    put("completionCondition", _MULTI, "adHocSubProcess")
    put("script", "scriptTask", "globalScriptTask")
    put("text", "textAnnotation")
    return places


#: Name → the elements that it may stand directly in, for the names whose place matters.
PLACES: Final = _places()
#: Every element name of BPMN 2.0 that may stand in a file.
NAMES: Final = _PLUMBING | frozenset(PLACES)


def local(node: etree._Element) -> str:
    """Name of a BPMN element without its namespace; an empty string for an element of another namespace."""
    tag = node.tag
    return tag[len(BPMN) + 2 :] if tag.startswith(f"{{{BPMN}}}") else ""


def bpmn(name: str) -> str:
    """The qualified tag of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def child(node: etree._Element, name: str) -> etree._Element | None:
    """The first child of that BPMN name."""
    return node.find(bpmn(name))


def text_of(node: etree._Element | None) -> str:
    """All text in an element, be it plain, escaped or CDATA, without the white space around it."""
    return "" if node is None else "".join(str(piece) for piece in node.itertext()).strip()


def is_true(node: etree._Element, attribute: str, *, default: bool = False) -> bool:
    """An ``xsd:boolean`` attribute."""
    text = node.get(attribute)
    return default if text is None else text.strip().lower() in ("true", "1")
