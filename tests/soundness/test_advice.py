"""What a designer is warned of, and what not: a warning that is none is worse than no warning."""

from __future__ import annotations

import json

import pytest

from engine.definitions import SourceFile, read
from engine.soundness import advice
from tests.execution import blocks, generator
from tests.execution.stories import boundary, chain, definitions, flow, message, messages, node, script, timer, users
from tests.processes.ordinary import processes as office
from tests.soundness.drawing import processes

START, END = node("startEvent", "start"), node("endEvent", "end")


def warned(body: str, *files: SourceFile, roots: str = "") -> list[tuple[str, str | None]]:
    sources = [SourceFile(name="p.bpmn", content=definitions(body, roots=roots).encode()), *files]
    reading = read(sources)
    assert reading.ok, reading.problems
    return [(p.rule, p.element) for p in advice({process.key: process for process in reading.processes})]


def test_the_offices_own_definitions_give_no_cause() -> None:
    assert advice(office()) == []


def test_random_models_with_defaults_give_no_cause() -> None:
    drawn_at_random = {"timer-never-fires", "never-compensated", "nothing-to-compensate", "never-caught"}
    for seed in range(1, 40):
        file = SourceFile(name="p.bpmn", content=blocks.draw(generator.model(seed)).encode())
        given = {process.key: process for process in read([file]).processes}
        assert {p.rule for p in advice(given)} <= drawn_at_random


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        (("x = 1", "x = 2"), True),
        (("x = 1", "x != 1"), False),
        (("x &lt; 5", "x >= 5"), False),
        (("x &lt; 5", "5 &lt;= x"), False),
        (("x &lt; 5", "x > 5"), True),
        (("granted", "not(granted)"), False),
        (("x = 1", "true"), False),
        (('type = "instant"', 'type = "joint"'), True),
        (('type = "instant"', 'type != "instant"'), False),
    ],
)
def test_conditions_of_which_none_may_hold(conditions: tuple[str, str], told: bool) -> None:
    body = START + flow("start", "g") + node("exclusiveGateway", "g") + users("a", "b") + END
    body += flow("g", "a", f"= {conditions[0]}") + flow("g", "b", f"= {conditions[1]}")
    assert warned(body + flow("a", "end") + flow("b", "end")) == ([("no-default", "g")] if told else [])


def test_a_condition_for_each_type_of_case() -> None:
    types = ["instant", "joint", "promised", "reported", "returned"]
    body = START + flow("start", "g") + node("exclusiveGateway", "g") + users(*types) + END
    body += "".join(flow("g", each, f'= type = "{each}"') + flow(each, "end") for each in types)
    assert warned(body) == []


def test_a_lane_that_names_nobody() -> None:
    lanes = (
        '<laneSet id="ls"><lane id="l1" name="housing"><flowNodeRef>a</flowNodeRef></lane>'
        '<lane id="l2" name="Back office"><flowNodeRef>b</flowNodeRef></lane></laneSet>'
    )
    given = processes(lanes + START + users("a", "b") + END + chain("start", "a", "b", "end"))
    found = advice(given, is_group=lambda name: name == "housing")
    assert [(p.rule, p.element, p.severity) for p in found] == [("lane-without-group", "b", "warning")]
    assert advice(given) == []


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ("housing", 0),
        ("housing:leader", 0),
        ("window:leader,housing:clerk", 0),
        ("moon", 1),
        ("housing:cook", 1),
        ("window,moon:leader,sun", 2),
        ("= lead", 0),
        ("= [&quot;window&quot;, lead, &quot;moon&quot;]", 1),
        ("= &quot;moon&quot;", 1),
    ],
)
def test_a_group_that_names_nobody(groups: str, told: int) -> None:
    inner = f'<extensionElements><zeebe:assignmentDefinition candidateGroups="{groups}"/></extensionElements>'
    given = processes(START + node("userTask", "a", inner) + END + chain("start", "a", "end"))
    found = advice(given, is_group=lambda name: name == "housing")
    assert [(p.rule, p.element, p.severity) for p in found] == [("unknown-group", "a", "warning")] * told
    assert advice(given) == []


def test_answers_that_nobody_keeps() -> None:
    form = {"type": "default", "id": "f", "components": [
        {"type": "textfield", "key": "kept", "label": "Kept"}, {"type": "textfield", "key": "lost", "label": "Lost"},
    ]}  # fmt: skip
    inner = (
        '<extensionElements><zeebe:formDefinition formId="f"/><zeebe:ioMapping>'
        '<zeebe:output source="=kept" target="note"/></zeebe:ioMapping></extensionElements>'
    )
    body = START + node("userTask", "a", inner) + END + chain("start", "a", "end")
    file = SourceFile(name="f.form", content=json.dumps(form).encode())
    assert warned(body, file) == [("answer-lost", "a")]
    assert warned(body.replace('source="=kept"', 'source="={k: kept, l: lost}"'), file) == []


def test_a_reminder_that_comes_after_the_limit() -> None:
    def body(reminder: str, limit: str) -> str:
        return (
            START
            + users("a", "r", "l")
            + END
            + chain("start", "a", "end")
            + chain("late", "r", "end")
            + chain("limit", "l", "end")
            + boundary("late", "a", timer(reminder), interrupting=False)
            + boundary("limit", "a", timer(limit))
        )

    assert warned(body("P5D", "P3D")) == [("timer-never-fires", "late")]
    assert warned(body("P2D", "P3D")) == []
    assert warned(body("P30D", "P1M")) == []
    assert warned(body("= working_days(5)", "= working_days(3)")) == [("timer-never-fires", "late")]
    assert warned(body("= full_working_days(5)", "= full_working_days(3)")) == [("timer-never-fires", "late")]
    assert warned(body("= full_working_days(5)", "= full_working_days(3, case.due)")) == []
    assert warned(body("= working_days(5)", "P3D")) == []


def test_the_later_of_two_timers_behind_one_gateway() -> None:
    body = START + node("eventBasedGateway", "g") + flow("start", "g") + flow("g", "t1") + flow("g", "t2") + END
    body += node("intermediateCatchEvent", "t1", timer("P1D")) + node("intermediateCatchEvent", "t2", timer("P2D"))
    assert warned(body + flow("t1", "end") + flow("t2", "end")) == [("timer-never-fires", "t2")]


def undoable(*, thrown: str = "", around: str = "subProcess") -> str:
    """A task that can be undone in a subprocess, and what stands behind the subprocess."""
    inside = node("startEvent", "s") + users("a") + node("endEvent", "e") + chain("s", "a", "e")
    inside += boundary("c", "a", "<compensateEventDefinition/>") + node("userTask", "undo", isForCompensation="true")
    inside += '<association id="u" sourceRef="c" targetRef="undo"/>'
    body = START + node(around, "sub", inside) + END
    if thrown:
        return body + node("intermediateThrowEvent", "t", thrown) + chain("start", "sub", "t", "end")
    return body + chain("start", "sub", "end")


def test_what_nothing_ever_undoes() -> None:
    assert warned(undoable()) == [("never-compensated", "undo")]
    assert warned(undoable(thrown="<compensateEventDefinition/>")) == []
    assert warned(undoable(thrown='<compensateEventDefinition activityRef="sub"/>')) == []
    off = node("exclusiveGateway", "g") + node("endEvent", "off", "<cancelEventDefinition/>") + flow("g", "off", "= x")
    inside = off + flow("g", "e", "= not(x)") + flow("a", "g")
    cancelled = undoable(around="transaction").replace(chain("a", "e"), inside)
    assert warned(cancelled + boundary("b", "sub", "<cancelEventDefinition/>") + users("z") + flow("b", "z")) == []


def test_a_compensation_event_that_has_nothing_to_undo() -> None:
    body = START + users("a") + node("intermediateThrowEvent", "t", "<compensateEventDefinition/>") + END
    assert warned(body + chain("start", "a", "t", "end")) == [("nothing-to-compensate", "t")]
    named = body.replace("<compensateEventDefinition/>", '<compensateEventDefinition activityRef="a"/>')
    assert warned(named + chain("start", "a", "t", "end")) == [("nothing-to-compensate", "t")]


def test_a_variable_that_is_read_before_it_is_written() -> None:
    read_first = START + script("use", "amount * 2", "double") + script("make", "5", "amount") + END
    assert warned(read_first + chain("start", "use", "make", "end")) == [("read-before-written", "use")]
    assert warned(read_first + chain("start", "make", "use", "end")) == []


def test_a_variable_that_comes_with_the_case_or_in_a_message_is_not_missed() -> None:
    body = START + script("use", "amount * 2", "double") + END + chain("start", "use", "end")
    assert warned(body) == []
    body = START + script("use", "amount", "x") + script("make", "5", "amount") + END
    body += node("intermediateCatchEvent", "m", message("M")) + chain("start", "m", "use", "make", "end")
    assert warned(body, roots=messages("M")) == []


def test_a_variable_that_a_later_round_reads() -> None:
    body = START + node("exclusiveGateway", "in") + script("use", "amount", "x") + script("make", "5", "amount")
    body += '<exclusiveGateway id="g" default="g_end"/>' + END + chain("start", "in", "use", "make", "g")
    assert warned(body + flow("g", "in", "= x = 1") + flow("g", "end")) == []


def test_a_condition_that_asks_too_early() -> None:
    body = START + '<exclusiveGateway id="g" default="g_make"/>' + script("make", "5", "amount") + END
    body += flow("start", "g") + flow("g", "end", "= amount > 3") + flow("g", "make") + flow("make", "end")
    assert warned(body) == [("read-before-written", "g_end")]


@pytest.mark.parametrize(
    "text", ['= "P1M30H"', "= working_days(999999)", '= duration("PT99999999999H")', '= "R/PT0.1S"']
)
def test_a_timer_that_no_case_can_read_is_told_before_one_comes(text: str) -> None:
    written = text.replace('"', "&quot;")
    body = node("startEvent", "start") + node("intermediateCatchEvent", "t", timer(written)) + users("a")
    assert ("timer", "t") in warned(body + chain("start", "t", "a", "end") + node("endEvent", "end"))


@pytest.mark.parametrize("text", ["= working_days(3)", "= 5", "= limit", "= case.due"])
def test_a_timer_that_can_be_read_or_hangs_on_the_case_is_not_remarked(text: str) -> None:
    body = node("startEvent", "start") + node("intermediateCatchEvent", "t", timer(text)) + users("a")
    assert ("timer", "t") not in warned(body + chain("start", "t", "a", "end") + node("endEvent", "end"))


def thrower(kind: str, code: str = "e") -> str:
    """What throws an error or escalation at its end."""
    return node("endEvent", "fail", f'<{kind}EventDefinition {kind}Ref="{code}"/>')


ROOTS = "".join(f'<{kind} id="{code}" {kind}Code="{code}"/>' for kind, code in (("error", "e"), ("error", "other")))
ROOTS += "".join(f'<escalation id="{code}" escalationCode="{code}"/>' for code in ("up", "down"))


@pytest.mark.parametrize(
    ("caught", "told"), [("", True), ('errorRef="other"', True), ('errorRef="e"', False), ("any", False)]
)
def test_an_error_that_nothing_catches(caught: str, told: bool) -> None:
    deep = node("startEvent", "s2") + users("a") + thrower("error") + chain("s2", "a", "fail")
    middle = node("startEvent", "s1") + node("subProcess", "inner", deep) + node("endEvent", "e1")
    body = (
        START + node("subProcess", "outer", middle + chain("s1", "inner", "e1")) + END + chain("start", "outer", "end")
    )
    if caught:
        event = f"<errorEventDefinition {caught if caught != 'any' else ''}/>"
        body += boundary("b", "outer", event) + users("mend") + chain("b", "mend", "end")
    assert warned(body, roots=ROOTS) == ([("never-caught", "fail")] if told else [])


def test_an_error_that_an_event_subprocess_catches() -> None:
    handler = node("startEvent", "s2", '<errorEventDefinition errorRef="e"/>') + users("mend") + node("endEvent", "e2")
    body = START + users("a") + thrower("error") + chain("start", "a", "fail")
    body += node("subProcess", "h", handler + chain("s2", "mend", "e2"), triggeredByEvent="true")
    assert warned(body, roots=ROOTS) == []


@pytest.mark.parametrize(("code", "told"), [("up", False), ("down", True)])
def test_an_escalation_is_caught_by_one_of_those_that_call(code: str, told: bool) -> None:
    called = node("startEvent", "qs") + users("q") + thrower("escalation", "up") + chain("qs", "q", "fail")
    body = START + node("callActivity", "call", calledElement="Q") + users("next") + END + chain("start", "call", "end")
    body += boundary("b", "call", f'<escalationEventDefinition escalationRef="{code}"/>') + chain("b", "next", "end")
    given = processes(body, f'<process id="Q" isExecutable="true">{called}</process>', roots=ROOTS)
    assert [(p.rule, p.element) for p in advice(given)] == ([("never-caught", "fail")] if told else [])
    assert advice({"Q": given["Q"]}) == []
