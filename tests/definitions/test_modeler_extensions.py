"""What a designer says in the panels of each modeler means the same here, whatever the modeler calls it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from definition_drawing import between, deployable, errors, model, only, problems, reading, source

from engine.definitions import Element, IoMapping, MultiInstance, Process, Value
from engine.definitions.vocabulary import CAMUNDA, OPERATON

SET = ("camunda7.bpmn", "camunda8.bpmn", "spiffarena.bpmn", "stall.form", "opinion.form", "fee.dmn")


def processes(*replaced: tuple[str, str]) -> dict[str, Process]:
    """The models of all dialects in one set."""
    files = []
    for name in SET:
        content = model(name).content.decode()
        for old, new in replaced:
            content = content.replace(old, new)
        files.append(source(content, name))
    found = reading(*files)
    assert found.ok, found.problems
    return {process.key: process for process in found.processes}


def one(element: str, *, beside: str = "") -> Element:
    """The element `x` of an ordinary process."""
    return deployable(between(element, beside), model("fee.dmn"), model("opinion.form")).elements["x"]


@pytest.mark.parametrize("renamed", [False, True], ids=["camunda", "operaton"])
def test_a_user_task_of_camunda_7_or_operaton(renamed: bool) -> None:
    renaming = (("xmlns:camunda", "xmlns:operaton"), (CAMUNDA, OPERATON), ("camunda:", "operaton:")) if renamed else ()
    check = processes(*renaming)["stall_c7"].elements["Check"]
    assert check.assignee == Value("case.agent", expression=True)
    assert check.groups == (Value("market"), Value("lead", expression=True), Value("window:leader"))
    assert check.due == Value("working_days(5)", expression=True)
    assert check.priority == Value("50")
    assert check.documentation == "Look at the plan.\n\nAsk once for what is missing."
    assert check.properties == {"colour": "green"}
    assert check.form is None


def test_the_form_that_camunda_7_keeps_in_the_diagram() -> None:
    schema = processes()["stall_c7"].elements["Check"].form_schema
    assert schema is not None
    components = schema["components"]
    assert isinstance(components, list)
    assert [(c["key"], c["type"]) for c in components] == [
        ("complete", "checkbox"),
        ("floor", "number"),
        ("neighbour", "textfield"),
        ("goods", "select"),
        ("first_day", "datetime"),
    ]
    assert components[0]["defaultValue"] is True
    assert components[1]["validate"] == {"required": True, "min": 1, "max": 40}
    assert components[2]["properties"] == {"personal": "true"}
    assert components[3]["values"] == [{"value": "food", "label": "Food"}, {"value": "tools", "label": "Tools"}]
    assert components[4]["subtype"] == "date"


def test_what_camunda_7_hands_to_outside_work() -> None:
    register = processes()["stall_c7"].elements["Register"]
    assert register.topic == "register-stall"
    assert register.inputs == (
        IoMapping("place", "place"),
        IoMapping("greeting", '"Good \\"morning\\""'),
        IoMapping("departments", '["market", lead]'),
        IoMapping("labels", '{"a": "x", "b": 1 + 1}'),
        IoMapping("nothing", "null"),
    )
    assert register.outputs == (IoMapping("number", "registered.number"),)


def test_rules_scripts_calls_and_instances_of_camunda_7() -> None:
    elements = processes()["stall_c7"].elements
    assert (elements["Fee"].called_decision, elements["Fee"].result_variable) == ("stall_fee", "fee")
    assert (elements["Total"].script, elements["Total"].result_variable) == ("if fee < 10 then 0 else fee * 2", "total")
    assert elements["Opinion"].form == "opinion"
    assert elements["Opinion"].multi_instance == MultiInstance(
        sequential=False,
        collection="departments",
        element_variable="department",
        completion_condition="numberOfCompletedInstances >= 2",
    )
    reply = elements["Reply"]
    assert reply.called_element == "reply_c8"
    assert reply.inputs == (IoMapping("amount", "total"), IoMapping("last_day", "days + 1"))
    assert (reply.propagate_all_parent, reply.propagate_all_child) == (False, True)


def test_user_tasks_of_camunda_8() -> None:
    elements = processes()["reply_c8"].elements
    write, read = elements["Write"], elements["Read"]
    assert write.assignee == Value("case.agent", expression=True)
    assert write.groups == (Value('["window", lead]', expression=True),)
    assert write.due == Value('now() + duration("P2D")', expression=True)
    assert write.priority == Value("70")
    assert write.properties == {"seal": "= days > 3"}
    # The form stands escaped in the process.
    assert write.form_schema == {
        "type": "default",
        "id": "Form_1",
        "components": [{"type": "textfield", "id": "f1", "key": "text", "label": "Text <short>"}],
    }
    assert read.form == "opinion"
    assert read.groups == (Value("market"), Value("window:leader"))
    assert read.inputs == (IoMapping("doubled", "amount * 2"), IoMapping("where", "place"))
    assert read.outputs == (IoMapping("read.opinion", "opinion"),)
    assert read.multi_instance == MultiInstance(
        sequential=True,
        collection="readers",
        element_variable="reader",
        completion_condition="numberOfCompletedInstances >= 2",
        output_collection="opinions",
        output_element="opinion",
    )


def test_the_rest_of_camunda_8() -> None:
    elements = processes()["reply_c8"].elements
    assert (elements["Fee"].called_decision, elements["Fee"].result_variable) == ("stall_fee", "fee")
    assert (elements["Sum"].script, elements["Sum"].result_variable) == ("fee + amount", "sum")
    assert elements["Send"].topic == "send-letter"
    archive = elements["Archive"]
    assert archive.called_element == "archive_spiff"
    assert (archive.propagate_all_parent, archive.propagate_all_child) == (False, False)


def test_spiff_arena() -> None:
    elements = processes()["archive_spiff"].elements
    assert elements["File"].documentation == "Put it on the **shelf** <left>."
    assert elements["File"].properties == {"shelf": "left"}
    assert (elements["File"].lane, elements["Sign"].lane, elements["Fetch"].lane) == (
        "archive",
        "archive:leader",
        "window",
    )
    # A task in a subprocess is in the lane of the subprocess.
    assert elements["Stamp"].lane == "archive"
    assert (elements["Fetch"].topic, elements["Fetch"].result_variable) == ("http/GetRequest", "answer")
    assert elements["Fetch"].inputs == (
        IoMapping("url", '"https://example.org/" + place'),
        IoMapping("times", "count(days)"),
    )
    assert elements["Rule"].called_decision == "stall_fee"
    assert elements["Each"].multi_instance == MultiInstance(
        sequential=False,
        collection="sheets",
        element_variable="sheet",
        output_collection="stamps",
        output_element="stamp",
    )


def test_a_cardinality_and_a_completion_condition_of_plain_bpmn() -> None:
    task = one(
        '<userTask id="x"><multiInstanceLoopCharacteristics><loopCardinality>= n + 1</loopCardinality>'
        "</multiInstanceLoopCharacteristics></userTask>"
    )
    assert task.multi_instance == MultiInstance(sequential=False, cardinality="n + 1")


def test_a_camunda_8_form_by_its_id_on_a_start_event() -> None:
    form = '<extensionElements><zeebe:formDefinition formId="opinion"/></extensionElements>'
    file = between('<task id="x"/>').replace('<startEvent id="s"/>', f'<startEvent id="s">{form}</startEvent>')
    process = deployable(file, model("opinion.form"))
    assert process.elements["s"].form == "opinion"
    assert set(process.forms) == {"opinion"}


@pytest.mark.parametrize(
    "extension",
    [
        '<zeebe:script expression="= a &lt; 3" resultVariable="r"/>',
        '<zeebe:script resultVariable="r">a &lt; 3</zeebe:script>',
        '<zeebe:script resultVariable="r"><![CDATA[= a < 3]]></zeebe:script>',
    ],
)
def test_texts_that_are_escaped_or_cdata(extension: str) -> None:
    assert one(f'<scriptTask id="x"><extensionElements>{extension}</extensionElements></scriptTask>').script == "a < 3"


def test_an_unknown_extension_is_kept_and_noted_once() -> None:
    strange = "".join(f'<o:thing xmlns:o="urn:other" n="{n}"/>' for n in range(3))
    file = between(f'<task id="x" zeebe:nonsense="1"><extensionElements>{strange}</extensionElements></task>')
    found = reading(file)
    notes = problems(found, "unknown-extension")
    assert [(note.severity, note.element) for note in notes] == [("note", "x"), ("note", "x")]
    assert "zeebe:nonsense" in notes[0].message
    assert "“thing” of urn:other" in notes[1].message
    assert len(list(found.processes[0].tree.iter("{urn:other}thing"))) == 3


def test_what_stands_inside_an_extension_is_not_passed_over_either() -> None:
    strange = (
        '<zeebe:ioMapping><zeebe:input source="= a" target="b" since="8.9"/><zeebe:guess/></zeebe:ioMapping>'
        '<camunda:properties><o:property xmlns:o="urn:other" name="a" value="b"/></camunda:properties>'
    )
    found = reading(between(f'<task id="x"><extensionElements>{strange}</extensionElements></task>'))
    assert found.ok
    told = [problem.message for problem in problems(found, "unknown-extension")]
    assert [message.partition(" ")[0] for message in told] == ["zeebe:input/since", "zeebe:ioMapping/guess"]


def test_what_stands_beside_the_process_is_not_passed_over_either() -> None:
    beside = (
        '<message id="m" name="paid"><extensionElements><o:thing xmlns:o="urn:other"/></extensionElements></message>'
    )
    file = between('<receiveTask id="x" messageRef="m"/>', beside)
    platform = 'xmlns:modeler="http://camunda.org/schema/modeler/1.0" modeler:executionPlatform="Camunda Cloud" '
    note = only(reading(file.replace("<definitions ", f"<definitions {platform}")), "unknown-extension")
    assert (note.severity, note.element) == ("note", "m")


def test_a_message_event_hands_nothing_to_outside_work() -> None:
    """Camunda 8 has its worker send the message; here it is thrown inside the case, and the designer is told."""
    topic = '<extensionElements><zeebe:taskDefinition type="send"/></extensionElements>'
    event = f'<intermediateThrowEvent id="x">{topic}<messageEventDefinition messageRef="m"/></intermediateThrowEvent>'
    found = reading(between(event, '<message id="m" name="paid"/>'))
    assert found.processes[0].elements["x"].topic is None
    told = only(found, "ignored-extension")
    assert (told.severity, told.element) == ("warning", "x")
    assert "send task" in told.message


def test_what_is_lost_of_a_known_extension_is_said() -> None:
    listener = '<camunda:executionListener event="start" class="com.example.Tell"/>'
    found = reading(between(f'<task id="x"><extensionElements>{listener}</extensionElements></task>'))
    assert found.ok
    assert only(found, "ignored-extension").severity == "warning"


@pytest.mark.parametrize(
    ("element", "rule", "part_of_message"),
    [
        ('<serviceTask id="x" camunda:class="com.example.Do"/>', "unsupported-extension", "type “external”"),
        ('<serviceTask id="x" camunda:type="mail"/>', "unsupported-extension", "“mail”"),
        ('<serviceTask id="x" camunda:type="external" camunda:topic="${t}"/>', "dynamic-reference", "topic"),
        ('<callActivity id="x" calledElement="${which}"/>', "dynamic-reference", "gateway"),
        ('<userTask id="x" camunda:formRef="${which}"/>', "dynamic-reference", "form"),
        (
            '<scriptTask id="x" scriptFormat="python"><script>total = amount * 2</script></scriptTask>',
            "script-language",
            "result variable “total”, expression “= amount * 2”",
        ),
        (
            '<scriptTask id="x" scriptFormat="javascript"><script>'
            "execution.setVariable('big', amount &gt;= 5 &amp;&amp; !old)</script></scriptTask>",
            "script-language",
            "result variable “big”, expression “= amount >= 5 and not(old)”",
        ),
        (
            '<scriptTask id="x" scriptFormat="groovy"><script>def sum = a + b</script></scriptTask>',
            "script-language",
            "result variable “sum”, expression “= a + b”",
        ),
        ('<scriptTask id="x"><script>a = 1</script></scriptTask>', "script-language", "names no language"),
        (
            '<manualTask id="x"><extensionElements><spiffworkflow:preScript>x = len(parts)</spiffworkflow:preScript>'
            "</extensionElements></manualTask>",
            "script-language",
            "count(parts)",
        ),
    ],
)
def test_code_and_what_cannot_be_known_is_refused(element: str, rule: str, part_of_message: str) -> None:
    problem = problems(reading(between(element)), rule)[0]
    assert (problem.severity, problem.element) == ("error", "x")
    assert problem.line == 4
    assert part_of_message in problem.message


def test_a_form_made_in_the_diagram_must_be_a_form() -> None:
    fields = '<camunda:formField id="a" type="string"/><camunda:formField id="a" type="string"/>'
    form = f"<extensionElements><camunda:formData>{fields}</camunda:formData></extensionElements>"
    file = between(f'<userTask id="x">{form}</userTask>')
    assert ("form", "x") in errors(reading(file))


@pytest.mark.parametrize("written", ["101", "-1", "high", "= 200", "50.5"])
@pytest.mark.parametrize(
    "task",
    [
        '<userTask id="x" camunda:candidateGroups="window" camunda:priority="{}"/>',
        '<userTask id="x" camunda:candidateGroups="window"><extensionElements><zeebe:priorityDefinition priority="{}"/>'
        "</extensionElements></userTask>",
    ],
    ids=["camunda", "zeebe"],
)
def test_a_priority_beyond_its_ends_is_refused(task: str, written: str) -> None:
    (problem,) = problems(reading(between(task.format(written))), "priority")
    assert (problem.severity, problem.element) == ("error", "x")
    assert "from 0 to 100" in problem.message


def of_retries(written: str) -> str:
    """A service task that says how often it is tried."""
    return f'<serviceTask id="x" camunda:type="external" camunda:topic="t"><extensionElements>{written}' + (
        "</extensionElements></serviceTask>"
    )


@pytest.mark.parametrize(
    ("written", "times", "minutes"),
    [
        ("<camunda:failedJobRetryTimeCycle>R5/PT10M</camunda:failedJobRetryTimeCycle>", 5, [10, 10, 10]),
        ("<camunda:failedJobRetryTimeCycle>PT1M, P1DT1H</camunda:failedJobRetryTimeCycle>", 3, [1, 1500, 1500]),
        ('<zeebe:taskDefinition type="t" retries="7"/>', 7, [1, 10, 60, 60]),
    ],
)
def test_how_often_outside_work_is_tried(written: str, times: int, minutes: list[int]) -> None:
    retries = one(of_retries(written)).retries
    assert retries is not None and retries.times == times
    rests = [retries.wait(times - failures) for failures in range(len(minutes))]
    assert rests == [timedelta(minutes=minute) for minute in minutes]


@pytest.mark.parametrize(
    "written",
    [
        "<camunda:failedJobRetryTimeCycle>R0/PT1M</camunda:failedJobRetryTimeCycle>",
        "<camunda:failedJobRetryTimeCycle>R/PT1M</camunda:failedJobRetryTimeCycle>",
        "<camunda:failedJobRetryTimeCycle>PT1M,soon</camunda:failedJobRetryTimeCycle>",
        "<camunda:failedJobRetryTimeCycle>R3/P40D</camunda:failedJobRetryTimeCycle>",
        "<camunda:failedJobRetryTimeCycle>${cycle}</camunda:failedJobRetryTimeCycle>",
        '<zeebe:taskDefinition type="t" retries="0"/>',
        '<zeebe:taskDefinition type="t" retries="= n"/>',
        '<spiffworkflow:serviceTaskOperator id="t"><spiffworkflow:retry retries="100"/>'
        "</spiffworkflow:serviceTaskOperator>",
        '<spiffworkflow:serviceTaskOperator id="t"><spiffworkflow:retry retries="2" backoff_base="2.5"/>'
        "</spiffworkflow:serviceTaskOperator>",
    ],
)
def test_what_says_not_how_often_is_refused(written: str) -> None:
    (problem,) = problems(reading(between(of_retries(written))), "retries")
    assert (problem.severity, problem.element) == ("error", "x")
