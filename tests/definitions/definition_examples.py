"""For each row of the table of BPMN elements, a file that uses the element; `x` is the element itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from definition_drawing import between, condition, definitions, flow, process

TOPIC = 'camunda:type="external" camunda:topic="t"'
MESSAGE = '<message id="m" name="paid"/>'
SIGNAL = '<signal id="g" name="holiday"/>'
ERROR = '<error id="r" errorCode="lost"/>'
ESCALATION = '<escalation id="u" escalationCode="up"/>'
TIMER = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
TRIGGERS = {
    "message": ('<messageEventDefinition messageRef="m"/>', MESSAGE),
    "timer": (TIMER, ""),
    "signal": ('<signalEventDefinition signalRef="g"/>', SIGNAL),
    "error": ('<errorEventDefinition errorRef="r"/>', ERROR),
    "escalation": ('<escalationEventDefinition escalationRef="u"/>', ESCALATION),
    "conditional": ("<conditionalEventDefinition><condition>a</condition></conditionalEventDefinition>", ""),
    "compensate": ("<compensateEventDefinition/>", ""),
    "terminate": ("<terminateEventDefinition/>", ""),
    "cancel": ("<cancelEventDefinition/>", ""),
    "link": ('<linkEventDefinition name="over"/>', ""),
    "multiple": (f'<messageEventDefinition messageRef="m"/>{TIMER}', MESSAGE),
    "none": ("", ""),
}
TRIGGERS["parallelMultiple"] = TRIGGERS["multiple"]
TASK = '<task id="x"/>'
ANY_TASK = '<manualTask id="t" camunda:candidateGroups="window"/>'


def _kinds(text: str) -> list[str]:
    return text.split()


@dataclass(frozen=True)
class Example:
    """A file, and the element in it that the row is about."""

    file: str
    element: str | None = "x"


def _inner(start: str = "", end: str = "") -> str:
    """The inside of a subprocess; a second end event is reached over a gateway."""
    return (
        f'<startEvent id="is">{start}</startEvent>{flow("is", "ig")}<exclusiveGateway id="ig" default="ig_ie"/>'
        f'{flow("ig", "ie")}<endEvent id="ie"/>{flow("ig", "ic", condition("off"))}<endEvent id="ic">{end}</endEvent>'
    )


def _multiple(name: str, kind: str) -> str:
    return ' parallelMultiple="true"' if kind == "parallelMultiple" else ""


def _start(kind: str) -> Example:
    trigger, beside = TRIGGERS[kind]
    start = f'<startEvent id="x"{_multiple("startEvent", kind)}>{trigger}</startEvent>'
    inside = f'{start}{flow("x", "ie")}<endEvent id="ie"/>'
    if kind == "compensate":
        undoing = f'<subProcess id="v" triggeredByEvent="true">{inside.replace("ie", "ue")}</subProcess>'
        return Example(between(f'<subProcess id="t">{_inner()}{undoing}</subProcess>', id="t"))
    if kind in ("none", "multiple", "parallelMultiple"):
        return Example(process(inside, beside))
    return Example(
        between(
            TASK.replace("x", "t"), beside, "t", f'<subProcess id="v" triggeredByEvent="true">{inside}</subProcess>'
        )
    )


def _catch(kind: str) -> Example:
    trigger, beside = TRIGGERS[kind]
    event = f'<intermediateCatchEvent id="x"{_multiple("", kind)}>{trigger}</intermediateCatchEvent>'
    if kind == "link":
        throw = f'<intermediateThrowEvent id="j">{trigger}</intermediateThrowEvent>'
        return Example(process(f'<startEvent id="s"/>{flow("s", "j")}{throw}{event}{flow("x", "e")}<endEvent id="e"/>'))
    return Example(between(event, beside))


def _throw(kind: str) -> Example:
    trigger, beside = TRIGGERS[kind]
    event = f'<intermediateThrowEvent id="x">{trigger}</intermediateThrowEvent>'
    if kind == "link":
        catch = f'<intermediateCatchEvent id="l">{trigger}</intermediateCatchEvent>'
        return Example(process(f'<startEvent id="s"/>{flow("s", "x")}{event}{catch}{flow("l", "e")}<endEvent id="e"/>'))
    return Example(between(event, beside))


def _boundary(kind: str) -> Example:
    trigger, beside = TRIGGERS[kind]
    if kind == "compensate":
        event = f'<boundaryEvent id="x" attachedToRef="t">{trigger}</boundaryEvent><association id="a" sourceRef="x" '
        handler = 'targetRef="undo"/><task id="undo" isForCompensation="true"/>'
        return Example(between(ANY_TASK, beside, "t", event + handler))
    host = (
        f'<transaction id="t">{_inner(end="<cancelEventDefinition/>")}</transaction>' if kind == "cancel" else ANY_TASK
    )
    event = f'<boundaryEvent id="x" attachedToRef="t"{_multiple("", kind)}>{trigger}</boundaryEvent>{flow("x", "late")}'
    return Example(between(host, beside, "t", f'{event}<endEvent id="late"/>'))


def _end(kind: str) -> Example:
    trigger, beside = TRIGGERS[kind]
    if kind == "cancel":
        transaction = f'<transaction id="t">{_inner(end=trigger).replace("ic", "x")}</transaction>'
        caught = (
            f'<boundaryEvent id="b" attachedToRef="t">{trigger}</boundaryEvent>{flow("b", "late")}<endEvent id="late"/>'
        )
        return Example(between(transaction, "", "t", caught))
    return Example(process(f'<startEvent id="s"/>{flow("s", "x")}<endEvent id="x">{trigger}</endEvent>', beside))


def _choice(name: str, attributes: str = "") -> Example:
    body = (
        f'<startEvent id="s"/>{flow("s", "x")}<{name} id="x" default="x_e"{attributes}/>'
        f'{flow("x", "e")}<endEvent id="e"/>'
        f'{flow("x", "f", condition("amount > 5".replace(">", "&gt;")))}<endEvent id="f"/>'
    )
    return Example(process(body))


def _events(attributes: str = "") -> Example:
    body = (
        f'<startEvent id="s"/>{flow("s", "x")}<eventBasedGateway id="x"{attributes}/>'
        f'{flow("x", "c")}<intermediateCatchEvent id="c">{TIMER}</intermediateCatchEvent>'
        f'{flow("c", "e")}<endEvent id="e"/>'
        f'{flow("x", "d")}<receiveTask id="d" messageRef="m"/>{flow("d", "f")}<endEvent id="f"/>'
    )
    return Example(process(body, MESSAGE))


def _several(attributes: str = "", inside: str = "") -> Example:
    number = "<loopCardinality>3</loopCardinality>"
    mark = f'<multiInstanceLoopCharacteristics id="x"{attributes}>{number}{inside}</multiInstanceLoopCharacteristics>'
    return Example(between(f'<manualTask id="t" camunda:candidateGroups="window">{mark}</manualTask>', id="t"))


def _beside(element: str, id: str | None = "x") -> Example:
    """Something beside an ordinary process."""
    return Example(between(ANY_TASK, element, "t"), id)


def _within(element: str, id: str | None = "x") -> Example:
    """Something inside an ordinary process, beside its flow."""
    return Example(between(ANY_TASK, id="t", more=element), id)


def _in_task(element: str, id: str | None = "x") -> Example:
    """Something inside a task."""
    return Example(between(f'<userTask id="t" camunda:candidateGroups="window">{element}</userTask>', id="t"), id)


def _pool(participant: str) -> Example:
    return _beside(f'<collaboration id="c">{participant}</collaboration>')


_LANES = '<laneSet id="x"><lane id="l" name="housing"><flowNodeRef>t</flowNodeRef></lane></laneSet>'

EXAMPLES: Mapping[str, Example] = {
    "process": Example(definitions(f'<process id="x">{_inner()}</process>')),
    "process/notExecutable": _beside('<process id="x" isExecutable="false"><complexGateway id="c"/></process>'),
    "collaboration": _beside('<collaboration id="x"><participant id="a" processRef="p"/></collaboration>'),
    "participant": _pool('<participant id="x" name="Office" processRef="p"/>'),
    "participant/blackBox": _pool('<participant id="x" name="Citizen"/>'),
    "participantMultiplicity": _pool(
        '<participant id="a" processRef="p"><participantMultiplicity id="x" maximum="3"/></participant>'
    ),
    "messageFlow": _pool('<participant id="a"/><messageFlow id="x" sourceRef="a" targetRef="t"/>'),
    "laneSet": _within(_LANES),
    "lane": _within(_LANES.replace('id="x"', 'id="n"').replace('id="l"', 'id="x"')),
    "partitionElement": _within(_LANES.replace("<flowNodeRef>", '<partitionElement id="pe"/><flowNodeRef>')),
    "task": Example(between(TASK)),
    "userTask": Example(between('<userTask id="x" camunda:candidateGroups="window"/>')),
    "manualTask": Example(between('<manualTask id="x" camunda:candidateGroups="window"/>')),
    "serviceTask": Example(between(f'<serviceTask id="x" {TOPIC}/>')),
    "businessRuleTask": Example(
        between('<businessRuleTask id="x" camunda:decisionRef="stall_fee" camunda:resultVariable="f"/>')
    ),
    "scriptTask": Example(
        between('<scriptTask id="x" scriptFormat="feel" camunda:resultVariable="a"><script>1 + 1</script></scriptTask>')
    ),
    "sendTask": Example(between('<sendTask id="x"/>')),
    "receiveTask": Example(between('<receiveTask id="x" messageRef="m"/>', MESSAGE)),
    "receiveTask/instantiate": Example(between('<receiveTask id="x" messageRef="m" instantiate="true"/>', MESSAGE)),
    "callActivity": Example(
        between('<callActivity id="x" calledElement="q"/>', f'<process id="q" isExecutable="true">{_inner()}</process>')
    ),
    "callActivity/globalTask": Example(between('<callActivity id="x" calledElement="gt"/>', '<globalTask id="gt"/>')),
    "subProcess": Example(between(f'<subProcess id="x">{_inner()}</subProcess>')),
    "subProcess/event": _within(f'<subProcess id="x" triggeredByEvent="true">{_inner(start=TIMER)}</subProcess>'),
    "transaction": Example(between(f'<transaction id="x">{_inner()}</transaction>')),
    "adHocSubProcess": Example(between('<adHocSubProcess id="x"><task id="a"/></adHocSubProcess>')),
    "compensationActivity": Example(_boundary("compensate").file.replace('"x"', '"b"').replace('"undo"', '"x"')),
    "startQuantity": Example(between('<task id="x" startQuantity="2"/>')),
    "multiInstance/parallel": _several(),
    "multiInstance/sequential": _several(' isSequential="true"'),
    "completionCondition": _several(
        inside="<completionCondition>numberOfCompletedInstances &gt;= 2</completionCondition>"
    ),
    "multiInstance/behavior": _several(' behavior="One"'),
    "standardLoopCharacteristics": _in_task('<standardLoopCharacteristics id="x" loopMaximum="3"/>'),
    "exclusiveGateway": _choice("exclusiveGateway"),
    "inclusiveGateway": _choice("inclusiveGateway"),
    "parallelGateway": Example(
        process(
            f'<startEvent id="s"/>{flow("s", "x")}<parallelGateway id="x"/>{flow("x", "e")}<endEvent id="e"/>'
            f'{flow("x", "f")}<endEvent id="f"/>'
        )
    ),
    "eventBasedGateway": _events(),
    "eventBasedGateway/parallel": _events(' eventGatewayType="Parallel"'),
    "eventBasedGateway/instantiate": _events(' instantiate="true"'),
    "complexGateway": Example(between('<complexGateway id="x"/>')),
    **{
        f"startEvent/{kind}": _start(kind)
        for kind in _kinds(
            "none message timer signal error escalation conditional compensate multiple parallelMultiple"
        )
    },
    **{
        f"intermediateCatchEvent/{kind}": _catch(kind)
        for kind in _kinds("message timer signal link conditional multiple parallelMultiple")
    },
    **{
        f"intermediateThrowEvent/{kind}": _throw(kind)
        for kind in _kinds("none message signal escalation link compensate multiple")
    },
    "implicitThrowEvent": _within('<implicitThrowEvent id="x"/>'),
    **{
        f"boundaryEvent/{kind}": _boundary(kind)
        for kind in _kinds(
            "message timer signal escalation error cancel conditional compensate multiple parallelMultiple"
        )
    },
    **{
        f"endEvent/{kind}": _end(kind)
        for kind in _kinds("none message error escalation signal terminate cancel compensate multiple")
    },
    "eventDefinitionRef": Example(
        between(
            '<intermediateCatchEvent id="x"><eventDefinitionRef>d</eventDefinitionRef></intermediateCatchEvent>',
            '<timerEventDefinition id="d"><timeDuration>P1D</timeDuration></timerEventDefinition>',
        ),
        "x",
    ),
    "sequenceFlow": Example(between(ANY_TASK, id="t"), "s_t"),
    "conditionExpression": Example(_choice("exclusiveGateway").file, "x_f"),
    "default": Example(_choice("exclusiveGateway").file, "x_e"),
    "message": Example(_catch("message").file, "x"),
    "signal": Example(_catch("signal").file, "x"),
    "error": Example(_end("error").file, "x"),
    "escalation": Example(_end("escalation").file, "x"),
    "dataObject": _within('<dataObject id="x"/>'),
    "dataObjectReference": _within('<dataObject id="o"/><dataObjectReference id="x" dataObjectRef="o"/>'),
    "dataStore": _beside('<dataStore id="x"/>'),
    "dataStoreReference": _within('<dataStoreReference id="x"/>'),
    "dataInputAssociation": _in_task('<dataInputAssociation id="x"><targetRef>o</targetRef></dataInputAssociation>'),
    "dataOutputAssociation": _in_task('<dataOutputAssociation id="x"><targetRef>o</targetRef></dataOutputAssociation>'),
    "ioSpecification": _in_task('<ioSpecification id="x"><inputSet/><outputSet/></ioSpecification>'),
    "ioBinding": _within('<ioBinding id="x" operationRef="o" inputDataRef="i" outputDataRef="u"/>'),
    "property": _within('<property id="x" name="amount"/>'),
    "itemDefinition": _beside('<itemDefinition id="x" structureRef="string"/>'),
    "import": _beside(
        '<import importType="http://www.omg.org/spec/BPMN/20100524/MODEL" location="a" namespace="b"/>', None
    ),
    "documentation": Example(between('<task id="x"><documentation>Do it.</documentation></task>')),
    "textAnnotation": _within('<textAnnotation id="x"><text>mind</text></textAnnotation>'),
    "association": _within('<association id="x" sourceRef="t" targetRef="e"/>'),
    "group": _within('<group id="x"/>'),
    "category": _beside('<category id="x"><categoryValue id="v" value="a"/></category>'),
    "auditing": _within('<auditing id="x"/>'),
    "monitoring": _within('<monitoring id="x"/>'),
    **{
        name: _in_task(f'<{name} id="x"><resourceRef>o</resourceRef></{name}>')
        for name in ("resourceRole", "performer", "humanPerformer", "potentialOwner")
    },
    "rendering": _in_task('<rendering id="x"/>'),
    "resource": _beside('<resource id="x" name="clerks"/>'),
    "interface": _beside(
        '<interface id="x" name="i"><operation id="o" name="o"><inMessageRef>m</inMessageRef></operation></interface>'
    ),
    "endPoint": _beside('<endPoint id="x"/>'),
    "partnerEntity": _beside('<partnerEntity id="x"/>'),
    "partnerRole": _beside('<partnerRole id="x"/>'),
    "correlationProperty": _beside('<correlationProperty id="x"/>'),
    "correlationSubscription": _within('<correlationSubscription id="x" correlationKeyRef="k"/>'),
    "choreography": _beside('<choreography id="x"/>'),
    "choreographyTask": _within('<choreographyTask id="x" initiatingParticipantRef="a"/>'),
    "subChoreography": _within('<subChoreography id="x" initiatingParticipantRef="a"/>'),
    "callChoreography": _within('<callChoreography id="x" initiatingParticipantRef="a"/>'),
    "globalChoreographyTask": _beside('<globalChoreographyTask id="x" initiatingParticipantRef="a"/>'),
    "globalConversation": _beside('<globalConversation id="x"/>'),
    "globalTask": _beside('<globalUserTask id="x"/>'),
    "BPMNDiagram": Example(
        between(ANY_TASK, id="t").replace("</definitions>", '<bpmndi:BPMNDiagram id="x"/></definitions>')
    ),
    "extensionElements": Example(
        between(
            '<task id="x"><extensionElements><zeebe:properties><zeebe:property name="a" value="b"/></zeebe:properties>'
            "</extensionElements></task>"
        )
    ),
    "extension": _beside('<extension id="x" mustUnderstand="true" definition="q"/>'),
    "relationship": _beside('<relationship id="x" type="t"><source>a</source><target>b</target></relationship>'),
}
