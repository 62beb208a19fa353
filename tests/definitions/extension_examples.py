"""For each row of the tables of extensions, where it is written and what becomes of it; `x` is the element itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from definition_drawing import between, flow, process

from engine.definitions import IoMapping, Value
from engine.definitions.model import Retries

START_TO_END = '<startEvent id="{0}s"/><sequenceFlow id="{0}f" sourceRef="{0}s" targetRef="{0}e"/><endEvent id="{0}e"/>'
CALLED = f'<process id="q" isExecutable="true">{START_TO_END.format("q")}</process>'
TASK = '<task id="t"/>'
#: Kind of element → a file with one of it, with places for its attributes and for what stands in its extensions.
FRAMES: Mapping[str, str] = {
    **{name: between(f'<{name} id="x" @A>@E</{name}>', CALLED) for name in ("userTask", "serviceTask", "sendTask")},
    "task": between('<task id="x" @A>@E</task>'),
    "businessRuleTask": between('<businessRuleTask id="x" @A>@E</businessRuleTask>'),
    "scriptTask": between('<scriptTask id="x" @A>@E</scriptTask>'),
    "callActivity": between('<callActivity id="x" @A>@E</callActivity>', CALLED),
    "adHocSubProcess": between(f'<adHocSubProcess id="x" @A>@E{START_TO_END.format("i")}</adHocSubProcess>'),
    "startEvent": process(f'<startEvent id="x" @A>@E</startEvent>{flow("x", "e")}<endEvent id="e"/>'),
    "endEvent": process(f'<startEvent id="s"/>{flow("s", "x")}<endEvent id="x" @A>@E</endEvent>'),
    "exclusiveGateway": between('<exclusiveGateway id="x" @A>@E</exclusiveGateway>'),
    "process": between('<task id="t"/>', id="t")
    .replace("<process ", "<process @A ")
    .replace("<startEvent", "@E<startEvent", 1),
    "definitions": between(TASK, id="t").replace("<definitions ", "<definitions @A "),
    **{name: between(TASK, f'<{name} id="x" @A>@E</{name}>', "t") for name in ("message", "error", "signal")},
    "dataObject": between(TASK, id="t", more='<dataObject id="x" @A>@E</dataObject>'),
    "multiInstanceLoopCharacteristics": between(
        '<userTask id="t"><multiInstanceLoopCharacteristics id="x" @A>@E</multiInstanceLoopCharacteristics></userTask>',
        id="t",
    ),
    "sequenceFlow": process(
        '<startEvent id="s"/><sequenceFlow id="x" sourceRef="s" targetRef="e" @A>@E</sequenceFlow><endEvent id="e"/>'
    ),
    "messageEventDefinition": between(
        '<intermediateThrowEvent id="t"><messageEventDefinition id="x" @A>@E</messageEventDefinition>'
        "</intermediateThrowEvent>",
        id="t",
    ),
    "conditionalEventDefinition": between(
        '<intermediateCatchEvent id="t"><conditionalEventDefinition id="x" @A>@E<condition>a</condition>'
        "</conditionalEventDefinition></intermediateCatchEvent>",
        id="t",
    ),
    "errorEventDefinition": between(
        f'<subProcess id="t">{START_TO_END.format("i")}</subProcess>',
        id="t",
        more='<boundaryEvent id="b" attachedToRef="t"><errorEventDefinition id="x" @A>@E</errorEventDefinition>'
        f"</boundaryEvent>{flow('b', 'f')}<endEvent id='f'/>",
    ),
    "escalationEventDefinition": between(
        f'<subProcess id="t">{START_TO_END.format("i")}</subProcess>',
        id="t",
        more='<boundaryEvent id="b" attachedToRef="t"><escalationEventDefinition id="x" @A>@E'
        f"</escalationEventDefinition></boundaryEvent>{flow('b', 'f')}<endEvent id='f'/>",
    ),
}


@dataclass(frozen=True)
class Written:
    """An extension as a modeler writes it."""

    kind: str
    attributes: str = ""
    #: What stands in ``extensionElements``.
    inside: str = ""
    #: Of one that is mapped: the field of the model, and its value.
    field: str = ""
    value: Any = None

    @property
    def file(self) -> str:
        """A whole file with it."""
        extensions = f"<extensionElements>{self.inside}</extensionElements>" if self.inside else ""
        return FRAMES[self.kind].replace("@A", self.attributes).replace("@E", extensions)

    @property
    def element(self) -> str | None:
        """Id of the element that it is written on."""
        return {"process": "p", "definitions": None}.get(self.kind, "x")

    def moved(self, kind: str, key: str) -> Written:
        """The same on an element of another kind, without what only that one needs."""
        if self.inside:
            return Written(kind, "", self.inside)
        name = key.partition("/")[0]
        (text,) = [part for part in self.attributes.split(" ") if part.partition("=")[0].partition(":")[2] == name]
        return Written(kind, text)


def _field(kind: str, inside: str, field: str, value: Any, attributes: str = "") -> Written:
    return Written(kind, attributes, inside, field, value)


TOPIC = 'camunda:type="external" camunda:topic="t"'
RULE = 'camunda:decisionRef="stall_fee" camunda:resultVariable="r"'
CALL = 'calledElement="q"'
CAMUNDA: Mapping[str, Written] = {
    "assignee": Written("userTask", 'camunda:assignee="${case.agent}"', "", "assignee", Value("case.agent", True)),
    "candidateGroups": Written(
        "userTask", 'camunda:candidateGroups="market,window"', "", "groups", (Value("market"), Value("window"))
    ),
    "candidateUsers": Written("userTask", 'camunda:candidateUsers="li"'),
    "dueDate": Written("userTask", 'camunda:dueDate="P3D"', "", "due", Value("P3D")),
    "followUpDate": Written("userTask", 'camunda:followUpDate="P3D"'),
    "priority": Written("userTask", 'camunda:priority="70"', "", "priority", Value("70")),
    "formRef": Written("startEvent", 'camunda:formRef="opinion"', "", "form", "opinion"),
    "formKey": Written(
        "userTask", 'camunda:formKey="camunda-forms:deployment:opinion.form"', "", "form", "opinion.form"
    ),
    "formRefBinding": Written("userTask", 'camunda:formRef="opinion" camunda:formRefBinding="deployment"'),
    "formRefVersion": Written("userTask", 'camunda:formRef="opinion" camunda:formRefVersion="3"'),
    "formHandlerClass": Written("startEvent", 'camunda:formHandlerClass="com.example.Form"'),
    "formData": _field(
        "userTask",
        '<camunda:formData><camunda:formField id="a" type="string" label="A"/></camunda:formData>',
        "form_schema.components.0.key",
        "a",
    ),
    "formData/businessKey": Written(
        "userTask", "", '<camunda:formData businessKey="a"><camunda:formField id="a" type="string"/></camunda:formData>'
    ),
    "formField/datePattern": Written(
        "userTask", "", '<camunda:formData><camunda:formField id="a" type="date" datePattern="d"/></camunda:formData>'
    ),
    "formProperty": Written("userTask", "", '<camunda:formProperty id="a"/>'),
    "inputOutput": _field(
        "task",
        '<camunda:inputOutput><camunda:inputParameter name="a"><camunda:map><camunda:entry key="k">v</camunda:entry>'
        "</camunda:map></camunda:inputParameter></camunda:inputOutput>",
        "inputs",
        (IoMapping("a", '{"k": "v"}'),),
    ),
    "inputOutput/inputParameter": _field(
        "endEvent",
        '<camunda:inputOutput><camunda:inputParameter name="a">${b + 1}</camunda:inputParameter></camunda:inputOutput>',
        "inputs",
        (IoMapping("a", "b + 1"),),
    ),
    "inputOutput/outputParameter": _field(
        "startEvent",
        '<camunda:inputOutput><camunda:outputParameter name="a">${b}</camunda:outputParameter></camunda:inputOutput>',
        "outputs",
        (IoMapping("a", "b"),),
    ),
    "properties": _field(
        "task",
        '<camunda:properties><camunda:property id="i" name="a" value="b"/></camunda:properties>',
        "properties",
        {"a": "b"},
    ),
    "type": Written("sendTask", TOPIC, "", "topic", "t"),
    "topic": Written("serviceTask", TOPIC, "", "topic", "t"),
    "failedJobRetryTimeCycle": _field(
        "serviceTask",
        "<camunda:failedJobRetryTimeCycle>R5/PT10M</camunda:failedJobRetryTimeCycle>",
        "retries",
        Retries(5, (timedelta(minutes=10),)),
        TOPIC,
    ),
    "class": Written("serviceTask", 'camunda:class="com.example.Do"'),
    "delegateExpression": Written("messageEventDefinition", 'camunda:delegateExpression="${bean}"'),
    "expression": Written("serviceTask", 'camunda:expression="${a+b}"'),
    "connector": Written(
        "serviceTask", TOPIC, "<camunda:connector><camunda:connectorId>soap</camunda:connectorId></camunda:connector>"
    ),
    "field": Written("serviceTask", TOPIC, '<camunda:field name="a"/>'),
    "resource": Written("scriptTask", 'camunda:resource="total.groovy"'),
    "script/resource": Written(
        "task",
        "",
        '<camunda:inputOutput><camunda:inputParameter name="a"><camunda:script scriptFormat="feel" resource="a.feel"/>'
        "</camunda:inputParameter></camunda:inputOutput>",
    ),
    "resultVariable": Written("serviceTask", f'{TOPIC} camunda:resultVariable="r"', "", "result_variable", "r"),
    "decisionRef": Written("businessRuleTask", RULE, "", "called_decision", "stall_fee"),
    "decisionRefBinding": Written("businessRuleTask", f'{RULE} camunda:decisionRefBinding="latest"'),
    "decisionRefVersion": Written("businessRuleTask", f'{RULE} camunda:decisionRefVersion="2"'),
    "decisionRefTenantId": Written("businessRuleTask", f'{RULE} camunda:decisionRefTenantId="a"'),
    "mapDecisionResult": Written("businessRuleTask", f'{RULE} camunda:mapDecisionResult="singleEntry"'),
    "in": _field("callActivity", '<camunda:in source="a" target="b"/>', "inputs", (IoMapping("b", "a"),), CALL),
    "out": _field(
        "callActivity",
        '<camunda:out sourceExpression="${a + 1}" target="b"/>',
        "outputs",
        (IoMapping("b", "a + 1"),),
        CALL,
    ),
    "in/businessKey": Written("callActivity", CALL, '<camunda:in businessKey="${key}"/>'),
    "in/local": Written("callActivity", CALL, '<camunda:in variables="all" local="true"/>'),
    "out/local": Written("callActivity", CALL, '<camunda:out variables="all" local="true"/>'),
    "calledElementBinding": Written("callActivity", f'{CALL} camunda:calledElementBinding="version"'),
    "calledElementVersion": Written("callActivity", f'{CALL} camunda:calledElementVersion="2"'),
    "calledElementVersionTag": Written("callActivity", f'{CALL} camunda:calledElementVersionTag="a"'),
    "calledElementTenantId": Written("callActivity", f'{CALL} camunda:calledElementTenantId="a"'),
    "variableMappingClass": Written("callActivity", f'{CALL} camunda:variableMappingClass="com.example.Map"'),
    "variableMappingDelegateExpression": Written(
        "callActivity", f'{CALL} camunda:variableMappingDelegateExpression="${{map}}"'
    ),
    "caseRef": Written("callActivity", 'camunda:caseRef="c"'),
    "caseBinding": Written("callActivity", f'{CALL} camunda:caseBinding="latest"'),
    "caseVersion": Written("callActivity", f'{CALL} camunda:caseVersion="1"'),
    "caseTenantId": Written("callActivity", f'{CALL} camunda:caseTenantId="a"'),
    "collection": Written(
        "multiInstanceLoopCharacteristics", 'camunda:collection="list"', "", "multi_instance.collection", "list"
    ),
    "elementVariable": Written(
        "multiInstanceLoopCharacteristics",
        'camunda:collection="list" camunda:elementVariable="one"',
        "",
        "multi_instance.element_variable",
        "one",
    ),
    "errorCodeVariable": Written("errorEventDefinition", 'camunda:errorCodeVariable="a"'),
    "errorMessageVariable": Written("errorEventDefinition", 'camunda:errorMessageVariable="a"'),
    "escalationCodeVariable": Written("escalationEventDefinition", 'camunda:escalationCodeVariable="a"'),
    "errorMessage": Written("error", 'errorCode="e" camunda:errorMessage="a"'),
    "errorEventDefinition": Written("serviceTask", TOPIC, '<camunda:errorEventDefinition id="d" expression="${a}"/>'),
    "variableName": Written("conditionalEventDefinition", 'camunda:variableName="a"'),
    "variableEvents": Written("conditionalEventDefinition", 'camunda:variableEvents="create"'),
    "executionListener": Written("process", "", '<camunda:executionListener class="com.example.Tell" event="start"/>'),
    "taskListener": Written("userTask", "", '<camunda:taskListener expression="${a}" event="create"/>'),
    **{
        name: Written("exclusiveGateway", f'camunda:{name}="true"')
        for name in ("asyncBefore", "asyncAfter", "async", "exclusive")
    },
    "jobPriority": Written("process", 'camunda:jobPriority="5"'),
    "taskPriority": Written("serviceTask", f'{TOPIC} camunda:taskPriority="5"'),
    "isStartableInTasklist": Written("process", 'camunda:isStartableInTasklist="false"'),
    "candidateStarterGroups": Written("process", 'camunda:candidateStarterGroups="a"'),
    "candidateStarterUsers": Written("process", 'camunda:candidateStarterUsers="a"'),
    "potentialStarter": Written("process", "", "<camunda:potentialStarter/>"),
    "initiator": Written("startEvent", 'camunda:initiator="a"'),
    "historyTimeToLive": Written("process", 'camunda:historyTimeToLive="180"'),
    "versionTag": Written("process", 'camunda:versionTag="1.2"'),
    "diagramRelationId": Written("definitions", 'camunda:diagramRelationId="a"'),
    "modelerTemplate": Written("task", 'camunda:modelerTemplate="a"'),
    "modelerTemplateVersion": Written("task", 'camunda:modelerTemplateVersion="1"'),
}

DEFINED = '<zeebe:taskDefinition type="t" retries="7"/>'
DECIDED = '<zeebe:calledDecision decisionId="stall_fee" resultVariable="r" {}/>'
CALLS = '<zeebe:calledElement processId="q" propagateAllChildVariables="false" {}/>'
SHOWN = '<zeebe:formDefinition formId="opinion" {}/>'
ZEEBE: Mapping[str, Written] = {
    "userTask": _field("userTask", "<zeebe:userTask/>", "kind", "userTask"),
    "assignmentDefinition": _field(
        "userTask", '<zeebe:assignmentDefinition assignee="li" candidateGroups="market"/>', "assignee", Value("li")
    ),
    "assignmentDefinition/candidateUsers": Written("userTask", "", '<zeebe:assignmentDefinition candidateUsers="li"/>'),
    "taskSchedule": _field("userTask", '<zeebe:taskSchedule dueDate="= d"/>', "due", Value("d", True)),
    "taskSchedule/followUpDate": Written("userTask", "", '<zeebe:taskSchedule followUpDate="= d"/>'),
    "priorityDefinition": _field("userTask", '<zeebe:priorityDefinition priority="7"/>', "priority", Value("7")),
    "formDefinition": _field("userTask", SHOWN.format(""), "form", "opinion"),
    "formDefinition/bindingType": Written("userTask", "", SHOWN.format('bindingType="deployment"')),
    "formDefinition/versionTag": Written("userTask", "", SHOWN.format('versionTag="a"')),
    "formDefinition/externalReference": Written("userTask", "", '<zeebe:formDefinition externalReference="a"/>'),
    "userTaskForm": _field(
        "process", '<zeebe:userTaskForm id="f">{"type": "default", "components": []}</zeebe:userTaskForm>', "id", "p"
    ),
    "ioMapping": _field(
        "task",
        '<zeebe:ioMapping><zeebe:input source="= a" target="b"/></zeebe:ioMapping>',
        "inputs",
        (IoMapping("b", "a"),),
    ),
    "ioMapping/input": _field(
        "endEvent",
        '<zeebe:ioMapping><zeebe:input source="= a + 1" target="b"/></zeebe:ioMapping>',
        "inputs",
        (IoMapping("b", "a + 1"),),
    ),
    "ioMapping/output": _field(
        "startEvent",
        '<zeebe:ioMapping><zeebe:output source="= a" target="b"/></zeebe:ioMapping>',
        "outputs",
        (IoMapping("b", "a"),),
    ),
    "properties": _field(
        "task", '<zeebe:properties><zeebe:property name="a" value="b"/></zeebe:properties>', "properties", {"a": "b"}
    ),
    "taskDefinition": _field("serviceTask", DEFINED, "retries.times", 7),
    "taskHeaders": Written(
        "serviceTask", "", f'{DEFINED}<zeebe:taskHeaders><zeebe:header key="a" value="b"/></zeebe:taskHeaders>'
    ),
    "retryCounter": Written("serviceTask", 'zeebe:retryCounter="3"', DEFINED),
    "linkedResources": Written(
        "serviceTask",
        "",
        f'{DEFINED}<zeebe:linkedResources><zeebe:linkedResource resourceId="a"/></zeebe:linkedResources>',
    ),
    "agentDefinition": Written("serviceTask", "", f'{DEFINED}<zeebe:agentDefinition agentType="a"/>'),
    "script": _field("scriptTask", '<zeebe:script expression="= 1 + 1" resultVariable="r"/>', "script", "1 + 1"),
    "calledDecision": _field("businessRuleTask", DECIDED.format(""), "result_variable", "r"),
    "calledDecision/bindingType": Written("businessRuleTask", "", DECIDED.format('bindingType="versionTag"')),
    "calledDecision/versionTag": Written("businessRuleTask", "", DECIDED.format('versionTag="a"')),
    "calledElement": _field("callActivity", CALLS.format(""), "propagate_all_child", False),
    "calledElement/bindingType": Written("callActivity", "", CALLS.format('bindingType="deployment"')),
    "calledElement/versionTag": Written("callActivity", "", CALLS.format('versionTag="a"')),
    "calledElement/businessId": Written("callActivity", "", CALLS.format('businessId="= a"')),
    "loopCharacteristics": _field(
        "multiInstanceLoopCharacteristics",
        '<zeebe:loopCharacteristics inputCollection="= list" inputElement="one" outputCollection="all" '
        'outputElement="= one"/>',
        "multi_instance.output_collection",
        "all",
    ),
    "subscription": _field("message", '<zeebe:subscription correlationKey="= invoice"/>', "", None, 'name="paid"'),
    "publishMessage": Written("messageEventDefinition", "", '<zeebe:publishMessage correlationKey="= a"/>'),
    "conditionalFilter": Written("conditionalEventDefinition", "", '<zeebe:conditionalFilter variableNames="a"/>'),
    "executionListeners": Written(
        "exclusiveGateway",
        "",
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="a"/></zeebe:executionListeners>',
    ),
    "taskListeners": Written(
        "userTask", "", '<zeebe:taskListeners><zeebe:taskListener eventType="creating" type="a"/></zeebe:taskListeners>'
    ),
    "adHoc": Written("task", "", '<zeebe:adHoc activeElementsCollection="= a"/>'),
    "jobPriorityDefinition": Written("serviceTask", "", f'{DEFINED}<zeebe:jobPriorityDefinition priority="5"/>'),
    "versionTag": Written("process", "", '<zeebe:versionTag value="1.2"/>'),
    "modelerTemplate": Written("process", 'zeebe:modelerTemplate="a"'),
    "modelerTemplateVersion": Written("task", 'zeebe:modelerTemplateVersion="1"'),
    "modelerTemplateIcon": Written("task", 'zeebe:modelerTemplateIcon="data:"'),
    **{
        f"input/{name}": Written(
            "task", "", f'<zeebe:ioMapping><zeebe:input source="= a" target="b" {name}="c"/></zeebe:ioMapping>'
        )
        for name in ("modelerConfigurationTemplate", "modelerConfigurationName")
    },
    **{
        f"property/{name}": Written(
            "task", "", f'<zeebe:properties><zeebe:property name="a" value="b" {name}="c"/></zeebe:properties>'
        )
        for name in ("modelerConfigurationTemplate", "modelerConfigurationName")
    },
}

OPERATED = (
    '<spiffworkflow:serviceTaskOperator id="http/GetRequest" resultVariable="r"><spiffworkflow:parameters>'
    '<spiffworkflow:parameter id="url" type="str" value="place"/></spiffworkflow:parameters>'
    '<spiffworkflow:retry retries="2" backoff_base="5"/></spiffworkflow:serviceTaskOperator>'
)


def _spiff(kind: str, name: str, text: str = "a", attributes: str = "") -> Written:
    return Written(kind, attributes, f"<spiffworkflow:{name}>{text}</spiffworkflow:{name}>")


def _spiff_form(name: str) -> Written:
    return _spiff("userTask", "properties", f'<spiffworkflow:property name="{name}" value="a.json"/>')


SPIFF: Mapping[str, Written] = {
    "instructionsForEndUser": _field(
        "userTask",
        "<spiffworkflow:instructionsForEndUser>Look.</spiffworkflow:instructionsForEndUser>",
        "documentation",
        "Look.",
    ),
    "properties": _field(
        "task",
        '<spiffworkflow:properties><spiffworkflow:property name="a" value="b"/></spiffworkflow:properties>',
        "properties",
        {"a": "b"},
    ),
    "properties/formJsonSchemaFilename": _spiff_form("formJsonSchemaFilename"),
    "properties/formUiSchemaFilename": _spiff_form("formUiSchemaFilename"),
    "calledDecisionId": _field(
        "businessRuleTask",
        "<spiffworkflow:calledDecisionId>stall_fee</spiffworkflow:calledDecisionId>",
        "called_decision",
        "stall_fee",
    ),
    "serviceTaskOperator": _field(
        "serviceTask", OPERATED, "retries", Retries(3, (timedelta(seconds=5), timedelta(seconds=25)))
    ),
    "preScript": _spiff("task", "preScript", "total = amount * 2"),
    "postScript": _spiff("userTask", "postScript", "total = amount * 2"),
    "scriptsOnInstances": Written(
        "multiInstanceLoopCharacteristics", 'camunda:collection="list" spiffworkflow:scriptsOnInstances="true"'
    ),
    "messagePayload": _spiff("message", "messagePayload", attributes='name="paid"'),
    "payloadExpression": _spiff("signal", "payloadExpression", attributes='name="holiday"'),
    "messageVariable": _spiff("message", "messageVariable", attributes='name="paid"'),
    "variableName": _spiff("error", "variableName", attributes='errorCode="lost"'),
    "processVariableCorrelation": _spiff(
        "message",
        "processVariableCorrelation",
        "<spiffworkflow:propertyId>a</spiffworkflow:propertyId>",
        'name="paid"',
    ),
    "isMatchingCorrelation": Written("messageEventDefinition", 'spiffworkflow:isMatchingCorrelation="true"'),
    "jsonSchemaId": Written("message", 'name="paid" spiffworkflow:jsonSchemaId="a"'),
    "signalButtonLabel": _spiff("startEvent", "signalButtonLabel"),
    "allowGuest": _spiff("userTask", "allowGuest", "true"),
    "guestConfirmation": _spiff("userTask", "guestConfirmation"),
    "processModelToStartOnTaskAvailable": _spiff("userTask", "processModelToStartOnTaskAvailable"),
    "taskMetadataValues": _spiff("userTask", "taskMetadataValues", '<spiffworkflow:taskMetadataValue name="a"/>'),
    "unitTests": _spiff("task", "unitTests", '<spiffworkflow:unitTest id="a"/>'),
    "category": _spiff("dataObject", "category"),
    "isOutputSynced": Written("userTask", 'spiffworkflow:isOutputSynced="true"'),
}

EXAMPLES: Mapping[str, Mapping[str, Written]] = {"camunda": CAMUNDA, "zeebe": ZEEBE, "spiffworkflow": SPIFF}
