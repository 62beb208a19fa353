"""What of BPMN 2.0 is executed, what is read and ignored, what is refused: one table, for the checks and the docs.

`docs/bpmn.md` is made from this table (``python -m engine.definitions.page``), and a test proves each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree

from engine.definitions.diagram import Diagram, elements
from engine.definitions.examination import Examination
from engine.definitions.vocabulary import (
    ACTIVITIES,
    CHOREOGRAPHY,
    EVENT_DEFINITIONS,
    EVENTS,
    GLOBAL_TASKS,
    child,
    is_true,
    local,
    names,
)

Status = Literal["supported", "ignored", "refused"]


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One row: an element of BPMN 2.0, or one of its variants."""

    #: Element name, with the variant after a slash: ``boundaryEvent/timer``.
    key: str
    section: str
    title: str
    status: Status
    #: Supported: what it does here. Ignored: what that means. Refused: what to use instead.
    says: str
    #: Ignored, but with so much weight that the designer is told once a file.
    told: bool = False

    @property
    def named(self) -> str:
        """The element as a message names it."""
        name, _, kind = self.key.partition("/")
        return f"{words(kind)} {words(name)}" if name in EVENTS else self.title[0].lower() + self.title[1:]


def _section(section: str, *rows: tuple[str, str, Status, str] | tuple[str, str, Status, str, bool]) -> list[Feature]:
    return [
        Feature(key=row[0], section=section, title=row[1], status=row[2], says=row[3], told=len(row) > 4)
        for row in rows
    ]


FEATURES: Final[tuple[Feature, ...]] = (
    *_section(
        "Processes and pools",
        ("process", "Process", "supported", "`isExecutable` absent: taken as executable, with a warning"),
        ("process/notExecutable", "Process, not executable", "ignored", "kept as documentation", True),
        ("collaboration", "Collaboration", "supported", "its pools name the processes of the file"),
        ("participant", "Pool with a process", "supported", "each executable process of the file is deployed"),
        (
            "participant/blackBox",
            "Pool without a process",
            "ignored",
            "a black box: others do what happens there",
            True,
        ),
        ("participantMultiplicity", "Pool with several participants", "ignored", "kept as documentation", True),
        ("messageFlow", "Message flow", "ignored", "messages find their case by name, not by this line"),
        (
            "laneSet",
            "Lanes",
            "supported",
            "the innermost lane's name is the group of its tasks that name none, also in called processes",
        ),
        ("lane", "Lane", "supported", "may hold further lanes"),
        ("partitionElement", "Lane's partition element", "ignored", "the lane's name says who acts"),
    ),
    *_section(
        "Activities",
        ("task", "Task (abstract)", "supported", "is passed at once"),
        ("userTask", "User task", "supported", "a task in the inbox, with its form"),
        ("manualTask", "Manual task", "supported", "a task in the inbox that is ticked off"),
        ("serviceTask", "Service task", "supported", "outside work, fetched or delivered by its topic"),
        ("businessRuleTask", "Business rule task", "supported", "evaluates a DMN decision"),
        ("scriptTask", "Script task", "supported", "one FEEL expression, its value goes to the result variable"),
        ("sendTask", "Send task", "supported", "is passed at once; sends only when it has a topic"),
        ("receiveTask", "Receive task", "supported", "waits for its message"),
        (
            "receiveTask/instantiate",
            "Receive task that starts a process",
            "refused",
            "start with a none start event: cases are started at the window",
        ),
        ("callActivity", "Call activity", "supported", "calls a process of the set, or a deployed one, by its key"),
        (
            "callActivity/globalTask",
            "Call activity of a global task",
            "refused",
            "put the task itself into the process, or call a process",
        ),
        ("subProcess", "Subprocess", "supported", "expanded or collapsed, any depth"),
        ("subProcess/event", "Event subprocess", "supported", "interrupting or not"),
        ("transaction", "Transaction", "supported", "can be cancelled from inside: what it completed is undone first"),
        (
            "adHocSubProcess",
            "Ad-hoc subprocess",
            "refused",
            "draw the order: a subprocess with an inclusive gateway over its tasks, or a multi-instance user task",
        ),
        (
            "compensationActivity",
            "Compensation activity (`isForCompensation`)",
            "supported",
            "undoes the activity whose compensation boundary event an association joins with it",
        ),
        (
            "startQuantity",
            "Activity that takes or gives several tokens (`startQuantity`, `completionQuantity` over 1)",
            "refused",
            "draw the tokens: parallel gateways in front of it and behind it",
        ),
    ),
    *_section(
        "Loops and several instances",
        ("multiInstance/parallel", "Parallel multi-instance", "supported", "over a collection or a number"),
        ("multiInstance/sequential", "Sequential multi-instance", "supported", "over a collection or a number"),
        ("completionCondition", "Completion condition", "supported", "ends the remaining instances once it is true"),
        (
            "multiInstance/behavior",
            "Multi-instance that throws events (`behavior`, `complexBehaviorDefinition`)",
            "refused",
            "leave `behavior` at `All`; use a completion condition",
        ),
        (
            "standardLoopCharacteristics",
            "Loop marker",
            "supported",
            "again while `loopCondition` holds, `loopMaximum` times at most; `testBefore` or after each round",
        ),
    ),
    *_section(
        "Gateways",
        ("exclusiveGateway", "Exclusive gateway", "supported", "the first flow whose condition is true, else default"),
        ("inclusiveGateway", "Inclusive gateway", "supported", "all flows whose condition is true, else default"),
        ("parallelGateway", "Parallel gateway", "supported", "splits, and waits for all at a join"),
        ("eventBasedGateway", "Event-based gateway", "supported", "the first event decides"),
        (
            "eventBasedGateway/parallel",
            "Parallel event-based gateway",
            "refused",
            "use a parallel gateway with one catch event on each flow",
        ),
        (
            "eventBasedGateway/instantiate",
            "Event-based gateway that starts a process",
            "refused",
            "start with a none start event and put an ordinary event-based gateway behind it",
        ),
        (
            "complexGateway",
            "Complex gateway",
            "refused",
            "use an inclusive gateway with conditions; for “n of m”, a multi-instance with a completion condition",
        ),
    ),
    *_section(
        "Start events",
        ("startEvent/none", "None", "supported", "where a case begins, also a called process"),
        ("startEvent/message", "Message", "supported", "of an event subprocess; elsewhere waits for the message"),
        ("startEvent/timer", "Timer", "supported", "of an event subprocess; elsewhere waits for the time"),
        ("startEvent/signal", "Signal", "supported", "of an event subprocess; elsewhere waits for the signal"),
        ("startEvent/error", "Error", "supported", "of an event subprocess, interrupting"),
        ("startEvent/escalation", "Escalation", "supported", "of an event subprocess"),
        (
            "startEvent/conditional",
            "Conditional",
            "supported",
            "of an event subprocess; elsewhere waits for it",
        ),
        (
            "startEvent/compensate",
            "Compensation",
            "supported",
            "of an event subprocess, which undoes the completed subprocess around it",
        ),
        ("startEvent/multiple", "Multiple", "refused", "draw one start event for each of its triggers' subprocesses"),
        ("startEvent/parallelMultiple", "Parallel multiple", "refused", "catch the events one after the other"),
    ),
    *_section(
        "Intermediate catch events",
        ("intermediateCatchEvent/message", "Message", "supported", "waits for its message"),
        ("intermediateCatchEvent/timer", "Timer", "supported", "waits for a date or a duration"),
        ("intermediateCatchEvent/signal", "Signal", "supported", "waits for its signal"),
        ("intermediateCatchEvent/link", "Link", "supported", "goes on from the link throw events of its name"),
        ("intermediateCatchEvent/conditional", "Conditional", "supported", "waits until its condition holds"),
        (
            "intermediateCatchEvent/multiple",
            "Multiple",
            "refused",
            "use an event-based gateway with one catch event for each",
        ),
        (
            "intermediateCatchEvent/parallelMultiple",
            "Parallel multiple",
            "refused",
            "use a parallel gateway with one catch event on each flow",
        ),
    ),
    *_section(
        "Intermediate throw events",
        ("intermediateThrowEvent/none", "None", "supported", "is passed; marks a milestone by its properties"),
        ("intermediateThrowEvent/message", "Message", "supported", "thrown inside the case"),
        ("intermediateThrowEvent/signal", "Signal", "supported", "reaches all cases that wait for it"),
        ("intermediateThrowEvent/escalation", "Escalation", "supported", "caught further out; the flow goes on"),
        ("intermediateThrowEvent/link", "Link", "supported", "goes on at the link catch event of its name"),
        (
            "intermediateThrowEvent/compensate",
            "Compensation",
            "supported",
            "undoes one activity (`activityRef`) or all, the last completed first, and waits for that",
        ),
        ("intermediateThrowEvent/multiple", "Multiple", "refused", "throw the events one after the other"),
        ("implicitThrowEvent", "Implicit throw event", "refused", "use a completion condition"),
    ),
    *_section(
        "Boundary events",
        ("boundaryEvent/message", "Message", "supported", "interrupting or not"),
        ("boundaryEvent/timer", "Timer", "supported", "interrupting or not; a cycle only when not"),
        ("boundaryEvent/signal", "Signal", "supported", "interrupting or not"),
        ("boundaryEvent/escalation", "Escalation", "supported", "interrupting or not"),
        ("boundaryEvent/error", "Error", "supported", "always interrupting"),
        ("boundaryEvent/cancel", "Cancel", "supported", "on a transaction: taken when all is undone"),
        (
            "boundaryEvent/conditional",
            "Conditional",
            "supported",
            "interrupting or not; each time that its condition comes to hold",
        ),
        (
            "boundaryEvent/compensate",
            "Compensation",
            "supported",
            "names what undoes its activity when that is completed; of several instances each",
        ),
        ("boundaryEvent/multiple", "Multiple", "refused", "attach one boundary event for each"),
        ("boundaryEvent/parallelMultiple", "Parallel multiple", "refused", "catch the events in an event subprocess"),
    ),
    *_section(
        "End events",
        ("endEvent/none", "None", "supported", "ends its token; `status` and `milestone` by its properties"),
        ("endEvent/message", "Message", "supported", "thrown inside the case"),
        ("endEvent/error", "Error", "supported", "caught further out"),
        ("endEvent/escalation", "Escalation", "supported", "caught further out"),
        ("endEvent/signal", "Signal", "supported", "reaches all cases that wait for it"),
        ("endEvent/terminate", "Terminate", "supported", "ends all that still runs in its process or subprocess"),
        ("endEvent/cancel", "Cancel", "supported", "in a transaction"),
        (
            "endEvent/compensate",
            "Compensation",
            "supported",
            "undoes as the intermediate event does, then ends its token",
        ),
        ("endEvent/multiple", "Multiple", "refused", "throw the events one after the other, then end"),
    ),
    *_section(
        "Flows and what events name",
        ("sequenceFlow", "Sequence flow", "supported", "several out of an activity: all are taken, in parallel"),
        ("conditionExpression", "Condition", "supported", "FEEL"),
        ("default", "Default flow", "supported", "taken when no condition is true"),
        ("message", "Message", "supported", "found by its name"),
        ("signal", "Signal", "supported", "found by its name"),
        ("error", "Error", "supported", "found by its code"),
        ("escalation", "Escalation", "supported", "found by its code"),
        (
            "eventDefinitionRef",
            "Event definition kept apart from its event",
            "supported",
            "as if it stood within the event",
        ),
    ),
    *_section(
        "Data",
        ("dataObject", "Data object", "ignored", "kept as documentation: variables are the case's data"),
        ("dataObjectReference", "Data object reference", "ignored", "kept as documentation"),
        ("dataStore", "Data store", "ignored", "kept as documentation"),
        ("dataStoreReference", "Data store reference", "ignored", "kept as documentation", True),
        ("dataInputAssociation", "Data input association", "ignored", "use an input mapping", True),
        ("dataOutputAssociation", "Data output association", "ignored", "use an output mapping", True),
        ("ioSpecification", "Input/output specification", "ignored", "use input and output mappings", True),
        ("ioBinding", "Input/output binding", "ignored", "use input and output mappings", True),
        ("property", "Property", "ignored", "variables need no declaration", True),
        ("itemDefinition", "Item definition", "ignored", "variables have no declared type"),
        ("import", "Import", "ignored", "give all files of the set at once"),
    ),
    *_section(
        "Artifacts and notes",
        ("documentation", "Documentation", "supported", "shown with the task as its instructions"),
        ("textAnnotation", "Text annotation", "ignored", "kept as documentation"),
        ("association", "Association", "ignored", "kept as documentation"),
        ("group", "Group", "ignored", "kept as documentation"),
        ("category", "Category", "ignored", "kept as documentation"),
        ("auditing", "Auditing", "ignored", "everything is recorded anyway"),
        ("monitoring", "Monitoring", "ignored", "everything is recorded anyway"),
    ),
    *_section(
        "People, services, correlation",
        ("resourceRole", "Resource role", "ignored", "name candidate groups, or use lanes", True),
        ("performer", "Performer", "ignored", "name candidate groups, or use lanes", True),
        ("humanPerformer", "Human performer", "ignored", "name an assignee or candidate groups", True),
        ("potentialOwner", "Potential owner", "ignored", "name candidate groups, or use lanes", True),
        ("rendering", "Rendering", "ignored", "name a form", True),
        ("resource", "Resource", "ignored", "kept as documentation"),
        ("interface", "Interface with its operations", "ignored", "a service task goes by its topic"),
        ("endPoint", "End point", "ignored", "kept as documentation"),
        ("partnerEntity", "Partner entity", "ignored", "kept as documentation"),
        ("partnerRole", "Partner role", "ignored", "kept as documentation"),
        (
            "correlationProperty",
            "Correlation property",
            "ignored",
            "use a correlation key (`zeebe:subscription`), or the case’s number",
        ),
        ("correlationSubscription", "Correlation subscription", "ignored", "messages name their case", True),
    ),
    *_section(
        "Choreography and conversation",
        ("choreography", "Choreography", "ignored", "not executed: draw who does what as a process", True),
        ("choreographyTask", "Choreography task", "refused", "draw a process with send and receive tasks"),
        ("subChoreography", "Sub-choreography", "refused", "draw a subprocess"),
        ("callChoreography", "Call choreography", "refused", "draw a call activity"),
        ("globalChoreographyTask", "Global choreography task", "ignored", "not executed"),
        ("globalConversation", "Conversation", "ignored", "not executed"),
        ("globalTask", "Global tasks (all kinds)", "ignored", "not executed: a call activity calls processes"),
    ),
    *_section(
        "Drawing and extensions",
        ("BPMNDiagram", "Diagram interchange", "ignored", "kept, and drawn in the pages"),
        ("extensionElements", "Extension elements", "supported", "those of the modelers named below"),
        ("extension", "Extension that must be understood", "refused", "remove `mustUnderstand`, or the extension"),
        ("relationship", "Relationship", "ignored", "kept as documentation"),
    ),
)

BY_KEY: Final = {feature.key: feature for feature in FEATURES}

#: Row → the names of elements that belong to what it is about and have no row of their own.
PARTS: Final[Mapping[str, frozenset[str]]] = {
    "process": names("supports supportedInterfaceRef"),
    "collaboration": names(
        "participantAssociation innerParticipantRef outerParticipantRef messageFlowAssociation choreographyRef "
        "conversation subConversation callConversation conversationLink conversationAssociation"
    ),
    "participant": names("interfaceRef endPointRef"),
    "lane": names("childLaneSet flowNodeRef"),
    "scriptTask": names("script"),
    "multiInstance/parallel": names(
        "multiInstanceLoopCharacteristics loopCardinality loopDataInputRef loopDataOutputRef inputDataItem "
        "outputDataItem"
    ),
    "multiInstance/behavior": names("complexBehaviorDefinition event"),
    "standardLoopCharacteristics": names("loopCondition"),
    "complexGateway": names("activationCondition"),
    "intermediateCatchEvent/message": names("messageEventDefinition"),
    "intermediateCatchEvent/timer": names("timerEventDefinition timeDate timeDuration timeCycle"),
    "intermediateCatchEvent/signal": names("signalEventDefinition"),
    "intermediateCatchEvent/link": names("linkEventDefinition source target"),
    "intermediateCatchEvent/conditional": names("conditionalEventDefinition condition"),
    "intermediateThrowEvent/escalation": names("escalationEventDefinition"),
    "intermediateThrowEvent/compensate": names("compensateEventDefinition"),
    "endEvent/error": names("errorEventDefinition"),
    "endEvent/terminate": names("terminateEventDefinition"),
    "endEvent/cancel": names("cancelEventDefinition"),
    "sequenceFlow": names("incoming outgoing"),
    "ioSpecification": names(
        "dataInput dataOutput inputSet outputSet dataInputRefs dataOutputRefs inputSetRefs outputSetRefs "
        "optionalInputRefs optionalOutputRefs whileExecutingInputRefs whileExecutingOutputRefs"
    ),
    "dataInputAssociation": names("sourceRef targetRef transformation assignment from to"),
    "dataObject": names("dataState"),
    "textAnnotation": names("text"),
    "category": names("categoryValue categoryValueRef"),
    "resourceRole": names("resourceRef resourceParameterBinding resourceAssignmentExpression"),
    "resource": names("resourceParameter"),
    "interface": names("operation operationRef inMessageRef outMessageRef errorRef"),
    "correlationProperty": names(
        "correlationKey correlationPropertyRef correlationPropertyRetrievalExpression messagePath"
    ),
    "correlationSubscription": names("correlationPropertyBinding dataPath"),
    "globalConversation": names("participantRef messageFlowRef"),
    "globalTask": GLOBAL_TASKS - {"globalTask"},
    "conditionExpression": names("expression formalExpression"),
}

#: Names that are the key of their own row, wherever they stand in an executable process.
_PLAIN: Final = frozenset(key for key in BY_KEY if "/" not in key)


#: How many tokens an activity takes to begin, and gives when it is done (§10.2).
_QUANTITIES: Final = ("startQuantity", "completionQuantity")


def features_of(node: etree._Element) -> Iterator[str]:
    """Keys of the rows that one element of an executable process uses; a key without a row is no BPMN."""
    name = local(node)
    if name in EVENTS and name != "implicitThrowEvent":
        kind = event_kind(node)
        if kind != "none" or name not in ("intermediateCatchEvent", "boundaryEvent"):
            yield f"{name}/{kind}"
    elif name == "subProcess" and is_true(node, "triggeredByEvent"):
        yield "subProcess/event"
    elif name == "eventBasedGateway" and is_true(node, "instantiate"):
        yield "eventBasedGateway/instantiate"
    elif name == "eventBasedGateway" and node.get("eventGatewayType") == "Parallel":
        yield "eventBasedGateway/parallel"
    elif name == "receiveTask" and is_true(node, "instantiate"):
        yield "receiveTask/instantiate"
    elif name == "multiInstanceLoopCharacteristics":
        yield "multiInstance/sequential" if is_true(node, "isSequential") else "multiInstance/parallel"
        if node.get("behavior", "All") != "All" or child(node, "complexBehaviorDefinition") is not None:
            yield "multiInstance/behavior"
    elif name in GLOBAL_TASKS:
        yield "globalTask"
    elif name in _PLAIN:
        yield name
    if name in ACTIVITIES | CHOREOGRAPHY and is_true(node, "isForCompensation"):
        yield "compensationActivity"
    if name in ACTIVITIES and any(node.get(quantity, "1").strip() != "1" for quantity in _QUANTITIES):
        yield "startQuantity"


def event_kind(node: etree._Element) -> str:
    """``none``, ``message``, …, ``multiple`` or ``parallelMultiple``: by the definitions inside the event."""
    kinds = [name.removesuffix("EventDefinition") for part in node if (name := local(part)) in EVENT_DEFINITIONS]
    if len(kinds) > 1:
        return "parallelMultiple" if is_true(node, "parallelMultiple") else "multiple"
    return kinds[0] if kinds else "none"


def check_support(diagram: Diagram, process: etree._Element) -> None:
    """Refuse what an executable process cannot have, and note what of weight is ignored in it."""
    for node in elements(process):
        _check(diagram.examination, node)


def check_support_around(diagram: Diagram) -> None:
    """The same for what stands beside the processes of a file."""
    for node in diagram.root:
        name = local(node)
        if name == "extension" and is_true(node, "mustUnderstand"):
            message = f"the extension “{node.get('definition')}” must be understood: {BY_KEY['extension'].says}"
            diagram.examination.error(node, "unsupported-element", message)
        elif name == "choreography" or name in GLOBAL_TASKS:
            _check(diagram.examination, node)
        elif name == "collaboration":
            for part in elements(node):
                if local(part) == "participantMultiplicity":
                    _check(diagram.examination, part)


def _check(examination: Examination, node: etree._Element) -> None:
    for key in features_of(node):
        feature = BY_KEY.get(key)
        if feature is None:
            name, _, kind = key.partition("/")
            message = f"BPMN has no {kind} {words(name)}: choose another kind of event"
            examination.error(node, "misplaced-element", message)
        elif feature.status == "refused":
            examination.error(node, "unsupported-element", f"{feature.named} is not executed: {feature.says}")
        elif feature.told:
            message = f"{feature.named} is ignored: {feature.says}"
            examination.note_once(f"ignored:{key}", node, "ignored-element", message)


def words(name: str) -> str:
    """``exclusiveGateway`` → “exclusive gateway”."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced.replace("sub process", "subprocess")
