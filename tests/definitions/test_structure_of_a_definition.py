"""A diagram that does not hold together is refused at the element where it breaks, with the mend."""

from __future__ import annotations

import pytest
from definition_drawing import (
    between,
    condition,
    definitions,
    deployable,
    errors,
    flow,
    model,
    only,
    problems,
    process,
    reading,
    source,
)

TASK = '<task id="x"/>'
MANUAL = '<manualTask id="x" camunda:candidateGroups="window"/>'
TIMER = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
START, END = '<startEvent id="s"/>', '<endEvent id="e"/>'
INSIDE = f'<startEvent id="is"/>{flow("is", "ie")}<endEvent id="ie"/>'


def caught(event: str, host: str = MANUAL, beside: str = "") -> str:
    """A process with a boundary event `b` on the activity `x`."""
    return between(host, beside, "x", f'{event}{flow("b", "late")}<endEvent id="late"/>')


def waiting(definition: str, beside: str = "") -> str:
    """A process with one intermediate catch event."""
    return between(f'<intermediateCatchEvent id="x">{definition}</intermediateCatchEvent>', beside)


SEVERAL = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"


UNDO = '<task id="u" isForCompensation="true"/>'
IS = '<startEvent id="is"/>'
COMPENSATED = '<startEvent id="is"><compensateEventDefinition/></startEvent>'
LATE = f'<boundaryEvent id="l" attachedToRef="u">{TIMER}</boundaryEvent>{flow("l", "e")}'
#: A compensation event on the activity `x`, and what undoes it.
UNDONE = (
    '<boundaryEvent id="b" attachedToRef="x"><compensateEventDefinition/></boundaryEvent>'
    f'<association id="a" sourceRef="b" targetRef="u"/>{UNDO}'
)


def throwing(attributes: str) -> str:
    """An event `x` that undoes."""
    return f'<intermediateThrowEvent id="x"><compensateEventDefinition{attributes}/></intermediateThrowEvent>'


def looped(attributes: str, condition: str = "", beside: str = "") -> str:
    """A task `x` with a loop marker."""
    marker = f"<standardLoopCharacteristics{attributes}>{condition}</standardLoopCharacteristics>"
    return f'<manualTask id="x" camunda:candidateGroups="window">{marker}{beside}</manualTask>'


BROKEN = {
    "an id twice": (between(TASK, more=TASK), ("duplicate-id", "x")),
    "an id that no table holds": (
        process(f'{START}{flow("s", "e")}{END}<sequenceFlow id="{"l" * 256}" sourceRef="s" targetRef="e"/>'),
        ("long-id", "l" * 256),
    ),
    "a task without an id": (between(TASK, more="<task/>"), ("missing-id", "p")),
    "a name that is none": (between(TASK, more='<tusk id="y"/>'), ("unknown-element", "y")),
    "a task in a task": (between('<task id="x"><task id="y"/></task>'), ("misplaced-element", "y")),
    "a task beside the process": (between(TASK, '<task id="y"/>'), ("misplaced-element", "y")),
    "a condition at a task": (
        between(f'<task id="x">{condition("a")}</task>'),
        ("misplaced-element", "x"),
    ),
    "a loop without an end": (between(looped("")), ("loop", "x")),
    "a loop that counts in words": (between(looped(' loopMaximum="two"')), ("loop", "x")),
    "a loop of no rounds": (between(looped(' loopMaximum="0"')), ("loop", "x")),
    "a loop whose maximum was left empty": (between(looped(' loopMaximum=""')), ("loop", "x")),
    "an event definition that is not there": (
        waiting("<eventDefinitionRef>gone</eventDefinitionRef>"),
        ("dangling-reference", "x"),
    ),
    "two event definitions kept apart": (
        between(
            '<intermediateCatchEvent id="x"><eventDefinitionRef>d</eventDefinitionRef>'
            "<eventDefinitionRef>d</eventDefinitionRef></intermediateCatchEvent>",
            TIMER.replace(">", ' id="d">', 1),
        ),
        ("unsupported-element", "x"),
    ),
    "a loop whose condition is code": (
        between(looped("", '<loopCondition language="groovy">a.b()</loopCondition>')),
        ("script-language", "x"),
    ),
    "a loop of several instances": (
        between(looped(' loopMaximum="2"', beside=SEVERAL)),
        ("misplaced-element", "x"),
    ),
    "a conditional event without a condition": (
        waiting("<conditionalEventDefinition/>"),
        ("missing-condition", "x"),
    ),
    "a conditional event whose condition is code": (
        waiting('<conditionalEventDefinition><condition language="python">a</condition></conditionalEventDefinition>'),
        ("script-language", "x"),
    ),
    "a compensation event that leads nowhere": (
        between(MANUAL, more=UNDONE.replace('targetRef="u"', 'targetRef="e"')),
        ("compensation-handler", "b"),
    ),
    "a compensation event with a flow": (
        between(MANUAL, more=UNDONE + flow("b", "e")),
        ("compensation-flow", "b_e"),
    ),
    "a compensation event that leads to an ordinary task": (
        between(MANUAL, more=UNDONE.replace(' isForCompensation="true"', "")),
        ("compensation-handler", "b"),
    ),
    "an activity for compensation in the flow": (
        between(MANUAL, more=UNDONE + flow("u", "e")),
        ("compensation-flow", "u_e"),
    ),
    "an activity for compensation with a boundary event": (
        between(MANUAL, more=UNDONE + LATE),
        ("misplaced-element", "l"),
    ),
    "two compensation events on one activity": (
        between(MANUAL, more=UNDONE + UNDONE.replace('"b"', '"b2"').replace('"u"', '"u2"').replace('"a"', '"a2"')),
        ("compensation-handler", "b2"),
    ),
    "what undoes stands elsewhere": (
        between(
            MANUAL,
            more=UNDONE.replace(UNDO, "") + f'<subProcess id="y">{INSIDE}{UNDO}</subProcess>' + flow("s", "y"),
        ),
        ("compensation-handler", "b"),
    ),
    "a process that is to be undone as a whole": (
        between(
            TASK, more=f'<subProcess id="h" triggeredByEvent="true">{INSIDE.replace(IS, COMPENSATED)}</subProcess>'
        ),
        ("misplaced-element", "is"),
    ),
    "a start with compensation in the flow": (
        between(f'<subProcess id="x">{INSIDE.replace(IS, COMPENSATED)}</subProcess>'),
        ("misplaced-element", "is"),
    ),
    "compensation of what is not there": (
        between(throwing(' activityRef="gone"')),
        ("dangling-reference", "x"),
    ),
    "compensation of a gateway": (
        between(throwing(' activityRef="e"')),
        ("dangling-reference", "x"),
    ),
    "compensation without waiting": (
        between(throwing(' waitForCompletion="false"')),
        ("unsupported-element", "x"),
    ),
    "a subprocess that is undone in two ways": (
        between(
            f'<subProcess id="x">{INSIDE}<subProcess id="h" triggeredByEvent="true">'
            f'{INSIDE.replace(IS, COMPENSATED).replace("ie", "he").replace("is", "hs")}</subProcess></subProcess>',
            more=UNDONE,
        ),
        ("compensation-handler", "b"),
    ),
    "a flow to nobody": (between(TASK, more=flow("x", "nobody")), ("dangling-reference", "x_nobody")),
    "a flow to a process": (between(TASK, more=flow("x", "p")), ("dangling-reference", "x_p")),
    "a flow from nowhere": (
        between(TASK, more='<sequenceFlow id="f" targetRef="x"/>'),
        ("missing-reference", "f"),
    ),
    "a flow into a subprocess": (
        between(f'<subProcess id="x">{INSIDE}</subProcess>', more=flow("s", "ie")),
        ("flow-crosses-border", "s_ie"),
    ),
    "a flow between pools": (
        between(TASK, '<process id="q" isExecutable="false"><task id="far"/></process>', more=flow("x", "far")),
        ("flow-crosses-border", "x_far"),
    ),
    "a boundary event on nothing": (
        caught(f'<boundaryEvent id="b">{TIMER}</boundaryEvent>'),
        ("missing-reference", "b"),
    ),
    "a boundary event on an event": (
        caught(f'<boundaryEvent id="b" attachedToRef="s">{TIMER}</boundaryEvent>'),
        ("dangling-reference", "b"),
    ),
    "a boundary event on an event subprocess": (
        between(
            TASK,
            more=f'<subProcess id="v" triggeredByEvent="true"><startEvent id="vs">{TIMER}</startEvent>'
            f'{flow("vs", "ve")}<endEvent id="ve"/></subProcess><boundaryEvent id="b" attachedToRef="v">{TIMER}'
            f'</boundaryEvent>{flow("b", "late")}<endEvent id="late"/>',
        ),
        ("misplaced-element", "b"),
    ),
    "a message of no such id": (
        waiting('<messageEventDefinition messageRef="m"/>'),
        ("dangling-reference", "x"),
    ),
    "a message that is a signal": (
        waiting('<messageEventDefinition messageRef="m"/>', '<signal id="m" name="n"/>'),
        ("dangling-reference", "x"),
    ),
    "waiting for no message": (waiting("<messageEventDefinition/>"), ("missing-reference", "x")),
    "a receive task for no message": (between('<receiveTask id="x"/>'), ("missing-reference", "x")),
    "waiting for no signal": (waiting("<signalEventDefinition/>"), ("missing-reference", "x")),
    "waiting for nothing": (waiting(""), ("event-without-trigger", "x")),
    "a lane of nobody": (
        between(TASK, more='<laneSet id="l"><lane id="n"><flowNodeRef>nobody</flowNodeRef></lane></laneSet>'),
        ("dangling-reference", "n"),
    ),
    "a default flow of another": (
        between('<exclusiveGateway id="x" default="s_x"/>'),
        ("dangling-reference", "x"),
    ),
    "no start": (process(f'{TASK}{flow("x", "e")}{END}'), ("no-start-event", "p")),
    "nothing at all": (process(""), ("no-start-event", "p")),
    "an empty subprocess": (between('<subProcess id="x"/>'), ("no-start-event", "x")),
    "two starts in a subprocess": (
        between(f'<subProcess id="x">{INSIDE}<startEvent id="too"/>{flow("too", "ie")}</subProcess>'),
        ("several-start-events", "too"),
    ),
    "two starts of a case": (
        process(f'{START}{flow("s", "e")}{END}<startEvent id="too"/>{flow("too", "e")}'),
        ("several-start-events", "too"),
    ),
    "a flow into the start": (between(TASK, more=flow("x", "s")), ("flow-into-start", "x_s")),
    "a flow out of the end": (between(TASK, more=flow("e", "x")), ("flow-out-of-end", "e_x")),
    "an event subprocess that nothing starts": (
        between(TASK, more=f'<subProcess id="v" triggeredByEvent="true">{INSIDE}</subProcess>'),
        ("event-without-trigger", "is"),
    ),
    "a subprocess that a timer starts": (
        between(f'<subProcess id="x"><startEvent id="is">{TIMER}</startEvent>{flow("is", "ie")}<endEvent id="ie"/>'
                "</subProcess>"),
        ("misplaced-element", "is"),
    ),
    "a case that an error starts": (
        process(f'<startEvent id="s"><errorEventDefinition/></startEvent>{flow("s", "e")}{END}'),
        ("misplaced-element", "s"),
    ),
    "an error that does not interrupt": (
        caught('<boundaryEvent id="b" attachedToRef="x" cancelActivity="false"><errorEventDefinition/>'
               "</boundaryEvent>"),
        ("error-must-interrupt", "b"),
    ),
    "a cancel on a task": (
        caught('<boundaryEvent id="b" attachedToRef="x"><cancelEventDefinition/></boundaryEvent>'),
        ("misplaced-element", "b"),
    ),
    "a cancel outside a transaction": (
        process(f'{START}{flow("s", "e")}<endEvent id="e"><cancelEventDefinition/></endEvent>'),
        ("misplaced-element", "e"),
    ),
    "a cancel that nobody catches": (
        between(f'<transaction id="x"><startEvent id="is"/>{flow("is", "ie")}<endEvent id="ie"><cancelEventDefinition/>'
                "</endEvent></transaction>"),
        ("cancel-uncaught", "x"),
    ),
    "an end that waits for a timer": (
        process(f'{START}{flow("s", "e")}<endEvent id="e">{TIMER}</endEvent>'),
        ("misplaced-element", "e"),
    ),
    "a gateway without a condition": (
        process(
            f'{START}{flow("s", "x")}<exclusiveGateway id="x"/>{flow("x", "e")}{END}'
            f'{flow("x", "f", condition("a"))}<endEvent id="f"/>'
        ),
        ("missing-condition", "x_e"),
    ),
    "a gateway with an empty condition": (
        process(
            f'{START}{flow("s", "x")}<inclusiveGateway id="x" default="x_f"/>{flow("x", "e", condition(" "))}{END}'
            f'{flow("x", "f")}<endEvent id="f"/>'
        ),
        ("missing-condition", "x_e"),
    ),
    "a gateway that leads nowhere": (
        process(f'{START}{flow("s", "x")}<parallelGateway id="x"/>'),
        ("no-way-out", "x"),
    ),
    "an event gateway with one way": (
        process(
            f'{START}{flow("s", "g")}<eventBasedGateway id="g"/>{flow("g", "x")}'
            f'<intermediateCatchEvent id="x">{TIMER}</intermediateCatchEvent>{flow("x", "e")}{END}'
        ),
        ("event-gateway", "g"),
    ),
    "a task behind an event gateway": (
        process(
            f'{START}{flow("s", "g")}<eventBasedGateway id="g"/>{flow("g", "x")}{TASK}{flow("x", "e")}{END}'
            f'{flow("g", "c")}<intermediateCatchEvent id="c">{TIMER}</intermediateCatchEvent>{flow("c", "e")}'
        ),
        ("event-gateway", "g_x"),
    ),
    "a link to nowhere": (
        process(f'{START}{flow("s", "x")}<intermediateThrowEvent id="x"><linkEventDefinition name="a"/>'
                "</intermediateThrowEvent>"),
        ("link-target", "x"),
    ),
    "a link without a name": (
        process(f'{START}{flow("s", "x")}<intermediateThrowEvent id="x"><linkEventDefinition/>'
                "</intermediateThrowEvent>"),
        ("link-without-name", "x"),
    ),
    "a service task for nobody": (between('<serviceTask id="x"/>'), ("missing-topic", "x")),
    "a rule task without a rule": (between('<businessRuleTask id="x"/>'), ("missing-decision", "x")),
    "a script task without a script": (between('<scriptTask id="x" scriptFormat="feel"/>'), ("missing-script", "x")),
    "a call of nothing": (between('<callActivity id="x"/>'), ("missing-called-element", "x")),
    "instances without a number": (
        between('<task id="x"><multiInstanceLoopCharacteristics/></task>'),
        ("multi-instance-without-number", "x"),
    ),
    "a timer without a time": (waiting("<timerEventDefinition/>"), ("timer-without-time", "x")),
    "a milestone nobody knows": (
        between('<intermediateThrowEvent id="x"><extensionElements><zeebe:properties><zeebe:property name="milestone" '
                'value="acepted"/></zeebe:properties></extensionElements></intermediateThrowEvent>'),
        ("office-word", "x"),
    ),
    "a message that is not offered during what is not there": (
        between('<receiveTask id="x" messageRef="m"><extensionElements><zeebe:properties><zeebe:property '
                'name="not_during" value="x returnd"/></zeebe:properties></extensionElements></receiveTask>',
                '<message id="m" name="m"/>'),
        ("office-word", "x"),
    ),
    "what is kept from the applicant where nothing is told": (
        between('<intermediateThrowEvent id="x"><extensionElements><zeebe:properties><zeebe:property name="internal" '
                'value="true"/></zeebe:properties></extensionElements></intermediateThrowEvent>'),
        ("office-word", "x"),
    ),
    "a task that is neither kept from the applicant nor told": (
        between('<userTask id="x"><extensionElements><zeebe:properties><zeebe:property name="internal" value="yes"/>'
                '</zeebe:properties><zeebe:assignmentDefinition candidateGroups="window"/></extensionElements>'
                "</userTask>"),
        ("office-word", "x"),
    ),
    "a variable that the office hides": (
        between('<scriptTask id="x" scriptFormat="feel" camunda:resultVariable="case"><script>1</script></scriptTask>'),
        ("reserved-name", "x"),
    ),
    "a variable that no expression can read": (
        between('<task id="x"><extensionElements><zeebe:ioMapping><zeebe:input source="= 1" target="due-date"/>'
                "</zeebe:ioMapping></extensionElements></task>"),
        ("variable-name", "x"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", BROKEN)
def test_what_does_not_hold_together_is_refused_at_its_element(story: str) -> None:
    file, (rule, element) = BROKEN[story]
    found = reading(file)
    assert errors(found) == [(rule, element)], found.problems
    problem = problems(found, rule)[0]
    assert problem.line > 1
    assert problem.column > 0


DOUBTFUL = {
    "an end that nobody reaches": (between(TASK, more='<task id="y"/>'), ("unreachable", "y")),
    "a boundary event that leads nowhere": (
        between(MANUAL, more=f'<boundaryEvent id="b" attachedToRef="x">{TIMER}</boundaryEvent>'),
        ("no-way-out", "b"),
    ),
    "a task for nobody": (between('<userTask id="x"/>'), ("task-without-group", "x")),
    "a default flow with a condition": (
        between('<exclusiveGateway id="x" default="x_e"/>').replace(
            flow("x", "e"), flow("x", "e", condition("a"))
        ),
        ("condition-unused", "x_e"),
    ),
    "a condition behind a parallel gateway": (
        between('<parallelGateway id="x"/>').replace(flow("x", "e"), flow("x", "e", condition("a"))),
        ("condition-unused", "x_e"),
    ),
    "a start that waits": (
        process(f'<startEvent id="s">{TIMER}</startEvent>{flow("s", "e")}{END}'),
        ("waiting-start", "s"),
    ),
    "a conditional event that asks the time alone": (
        waiting("<conditionalEventDefinition><condition>= now() &gt; today()</condition></conditionalEventDefinition>"),
        ("condition-constant", "x"),
    ),
    "a second start that waits": (
        process(f'{START}{flow("s", "e")}{END}<startEvent id="t">{TIMER}</startEvent>{flow("t", "e")}'),
        ("several-start-events", "t"),
    ),
    "a send task that sends nothing": (between('<sendTask id="x"/>'), ("sends-nothing", "x")),
    "an outgoing flow that is not there": (
        between('<task id="x"><outgoing>gone</outgoing></task>'),
        ("dangling-reference", "x"),
    ),
    "a pool whose process is not there": (
        between(TASK, '<collaboration id="c"><participant id="a" processRef="gone"/></collaboration>'),
        ("dangling-reference", "a"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", DOUBTFUL)
def test_what_is_doubtful_is_said_and_runs(story: str) -> None:
    file, (rule, element) = DOUBTFUL[story]
    found = reading(file)
    assert found.ok, found.problems
    assert [(p.rule, p.element) for p in found.problems if p.severity == "warning"] == [(rule, element)]


def test_several_flows_out_of_an_activity_are_a_parallel_split() -> None:
    assert deployable(between(TASK, more=f'{flow("x", "f")}<endEvent id="f"/>'))


def test_a_process_that_does_not_say_whether_it_is_executable_is() -> None:
    found = reading(between(TASK).replace(' isExecutable="true"', ""))
    assert found.ok
    assert only(found, "executable-assumed").severity == "warning"
    assert [process.key for process in found.processes] == ["p"]


def test_a_set_without_an_executable_process_names_the_line_of_one() -> None:
    found = reading(between(TASK).replace('isExecutable="true"', 'isExecutable="false"'))
    problem = only(found, "not-executable")
    assert (problem.severity, problem.line, problem.element) == ("error", 2, "p")
    assert only(found, "not-deployed").severity == "note"
    assert errors(reading(definitions(""))) == [("not-executable", None)]
    assert errors(reading(model("stall.form"))) == [("not-executable", None)]
    assert [problem.rule for problem in reading().problems] == ["not-executable"]


@pytest.mark.parametrize("key", ["9lives", "a/b", "a b", "k" * 129])
def test_a_key_that_no_address_can_hold(key: str) -> None:
    assert errors(reading(between(TASK).replace('id="p"', f'id="{key}"'))) == [("process-key", key)]


def test_a_key_in_chinese() -> None:
    assert deployable(between(TASK).replace('id="p"', 'id="受理.v-1"')).key == "受理.v-1"


def test_a_collaboration_gives_each_of_its_processes() -> None:
    pools = "".join(f'<participant id="pool_{key}" processRef="{key}"/>' for key in ("p", "q"))
    beside = (
        f'<collaboration id="c">{pools}<participant id="citizen" name="Citizen"/></collaboration>'
        f'<process id="q" name="Quarters" isExecutable="true">{INSIDE}</process><process id="box"/>'
    )
    found = reading(between(TASK, beside))
    assert {(process.key, process.name) for process in found.processes} == {("p", "p"), ("q", "Quarters")}
    assert [note.element for note in problems(found, "black-box")] == ["citizen", "box"]


def test_a_process_that_is_not_executed_may_hold_anything_of_bpmn() -> None:
    sketch = '<process id="q" isExecutable="false"><complexGateway id="c"/><serviceTask id="d"/></process>'
    assert deployable(between(TASK, sketch)).key == "p"


def test_lines_and_columns_are_those_of_the_start_tag() -> None:
    file = between(TASK, more='\n\n   <serviceTask\n      name="deep"\n      id="y"/>')
    problem = only(reading(file), "missing-topic")
    assert file.splitlines()[problem.line - 1][problem.column - 1 :].startswith("<serviceTask")


def test_the_elements_say_where_they_are() -> None:
    process = deployable(between('<task id="x" name=" Look "/>'))
    assert {(e.id, e.kind, e.line) for e in process.elements.values()} == {
        ("p", "process", 2),
        ("s", "startEvent", 3),
        ("s_x", "sequenceFlow", 3),
        ("x", "task", 4),
        ("x_e", "sequenceFlow", 5),
        ("e", "endEvent", 5),
    }
    assert process.elements["x"].name == "Look"
    assert {element.process for element in process.elements.values()} == {"p"}
    assert process.tree.tag.endswith("definitions")
    assert process.file == source("").name


@pytest.mark.parametrize("kind", ["message", "signal", "error", "escalation"])
def test_what_nothing_names_is_noted(kind: str) -> None:
    event = f'<endEvent id="e"><{kind}EventDefinition {kind}Ref="used"/></endEvent>'
    roots = "".join(f'<{kind} id="{id}" name="{id}" {kind}Code="{id}"/>' for id in ("used", "left"))
    found = reading(process(f"{START}{flow('s', 'e')}{event}", roots))
    note = only(found, "unused-definition")
    assert (note.element, note.severity) == ("left", "note")
