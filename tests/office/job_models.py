"""A definition whose fee is paid outside: retries, an error, a timer, and a way out of the case."""

PAYING = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <message id="m" name="withdraw"/><error id="r" name="refused" errorCode="refused"/>
  <process id="paying" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="ask"/>
    <userTask id="ask"><extensionElements><zeebe:userTask/><zeebe:formDefinition formId="ask"/>
      <zeebe:assignmentDefinition candidateGroups="window"/></extensionElements></userTask>
    <sequenceFlow id="f2" sourceRef="ask" targetRef="accepted"/>
    <intermediateThrowEvent id="accepted"><extensionElements><zeebe:properties>
      <zeebe:property name="milestone" value="accepted"/></zeebe:properties></extensionElements>
    </intermediateThrowEvent>
    <sequenceFlow id="f3" sourceRef="accepted" targetRef="pay"/>
    <serviceTask id="pay" name="缴费" camunda:type="external" camunda:topic="pay"><extensionElements>
      <camunda:failedJobRetryTimeCycle>R2/PT5M</camunda:failedJobRetryTimeCycle>
      <zeebe:ioMapping><zeebe:input source="=fee" target="amount"/><zeebe:input source="=phone" target="phone"/>
      <zeebe:output source="=receipt" target="receipt"/><zeebe:output source="=phone" target="phone"/>
      </zeebe:ioMapping></extensionElements></serviceTask>
    <boundaryEvent id="no" attachedToRef="pay"><errorEventDefinition errorRef="r"/></boundaryEvent>
    <boundaryEvent id="late" attachedToRef="pay"><timerEventDefinition><timeDuration>PT1H</timeDuration>
      </timerEventDefinition></boundaryEvent>
    <sequenceFlow id="f4" sourceRef="pay" targetRef="check"/>
    <userTask id="check"><extensionElements><zeebe:assignmentDefinition candidateGroups="window"/></extensionElements>
    </userTask>
    <sequenceFlow id="f5" sourceRef="no" targetRef="remind"/><sequenceFlow id="f6" sourceRef="late" targetRef="remind"/>
    <userTask id="remind"><extensionElements><zeebe:assignmentDefinition candidateGroups="window"/></extensionElements>
    </userTask>
    <sequenceFlow id="f7" sourceRef="check" targetRef="end"/><sequenceFlow id="f8" sourceRef="remind" targetRef="end"/>
    <endEvent id="end"/>
    <subProcess id="out" triggeredByEvent="true"><startEvent id="asked"><messageEventDefinition messageRef="m"/>
      </startEvent><sequenceFlow id="g1" sourceRef="asked" targetRef="gone"/>
      <endEvent id="gone"><extensionElements><zeebe:properties><zeebe:property name="status" value="withdrawn"/>
      </zeebe:properties></extensionElements></endEvent></subProcess>
  </process></definitions>"""

FORM = b"""{"type": "default", "id": "ask", "schemaVersion": 18, "components": [
  {"type": "textfield", "id": "Field_phone", "key": "phone", "label": "phone", "properties": {"personal": "true"}}]}"""
