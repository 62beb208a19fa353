"""What a designer is told of a diagram in which cases can go wrong, one story a fault."""

from __future__ import annotations

import time

import pytest

from engine.definitions import SourceFile, read
from engine.soundness import check, faults, text
from tests.execution.stories import boundary, chain, flow, line, message, messages, node, script, timer, users
from tests.processes.ordinary import processes as office
from tests.soundness.drawing import found, gateway, processes, said

START, END = node("startEvent", "start"), node("endEvent", "end")


def test_the_offices_own_definitions_are_sound() -> None:
    assert check(office()) == []
    assert text([]).startswith("Sound")


def test_a_parallel_join_that_an_exclusive_split_feeds() -> None:
    (fault,) = found(
        START
        + flow("start", "split")
        + gateway("exclusive", "split", "a", "b")
        + users("a", "b")
        + flow("a", "join")
        + flow("b", "join")
        + gateway("parallel", "join", "end")
        + END
    )
    assert (fault.rule, fault.element, fault.severity) == ("deadlock", "join", "error")
    assert fault.path in (("start", "split", "a", "join"), ("start", "split", "b", "join"))
    assert "→" in text([fault]) and "split → " in text([fault])


def test_a_problem_names_file_line_and_path() -> None:
    given = processes(
        START
        + flow("start", "g")
        + gateway("exclusive", "g", "j1", "j2")
        + gateway("exclusive", "j1", "j")
        + gateway("exclusive", "j2", "j")
        + gateway("parallel", "j", "end")
        + END
    )
    (problem,) = check(given)
    assert (problem.file, problem.line, problem.element, problem.rule) == ("p.bpmn", 1, "j", "deadlock")
    assert "start → g → j" in problem.message


def test_a_loop_straight_into_a_parallel_split() -> None:
    body = START + users("a", "b", "check") + END
    body += flow("start", "split") + gateway("parallel", "split", "a", "b")
    body += flow("a", "check") + gateway("exclusive", "again", "split", "join") + flow("check", "again")
    body += flow("b", "join") + gateway("parallel", "join", "end")
    assert said(found(body)) == [("deadlock", "split")]


def test_two_parallel_ways_that_meet_in_an_exclusive_gateway() -> None:
    body = START + flow("start", "split") + gateway("parallel", "split", "a", "b") + users("a", "b", "decide") + END
    body += flow("a", "meet") + flow("b", "meet") + gateway("exclusive", "meet", "decide") + flow("decide", "end")
    (fault,) = found(body)
    assert (fault.rule, fault.element, fault.severity) == ("lack-of-synchronisation", "decide", "warning")
    assert set(fault.path) == {"start", "split", "a", "b", "meet"}
    assert fault.path.count("meet") == 2


def test_parallel_ways_that_each_come_to_an_end_are_fine() -> None:
    body = START + flow("start", "split") + gateway("parallel", "split", "a", "b") + users("a", "b") + END
    assert found(body + flow("a", "end") + flow("b", "end")) == []


def test_the_first_of_two_parallel_ways_ends_the_case() -> None:
    body = START + flow("start", "split") + gateway("parallel", "split", "a", "b") + users("a", "b")
    body += flow("a", "end") + flow("b", "end") + node("endEvent", "end", "<terminateEventDefinition/>")
    assert found(body) == []


def test_a_reminder_that_repeats_until_the_case_is_decided() -> None:
    body = START + flow("start", "split") + gateway("parallel", "split", "decide", "again") + users("decide", "remind")
    body += flow("decide", "end") + node("endEvent", "end", "<terminateEventDefinition/>")
    body += gateway("exclusive", "again", "week") + node("intermediateCatchEvent", "week", timer("P7D"))
    assert found(body + chain("week", "remind", "again")) == []


def test_behind_a_join_that_is_never_reached_only_the_join_is_told() -> None:
    body = START + flow("start", "g") + gateway("exclusive", "g", "a", "b") + users("a", "b", "after") + END
    body += flow("a", "j") + flow("b", "j") + gateway("parallel", "j", "after") + flow("after", "end")
    assert said(found(body)) == [("deadlock", "j")]


def test_a_loop_that_nothing_leads_out_of() -> None:
    body = START + users("a", "b") + chain("start", "a", "b") + flow("b", "a") + END
    ((rule, element),) = said(found(body))
    assert (rule, element) == ("no-way-to-end", "a")


def test_a_loop_that_waits_for_nothing() -> None:
    body = START + node("task", "a") + node("task", "b") + chain("start", "a", "b") + flow("b", "a") + END
    assert [(fault.rule, fault.severity) for fault in found(body)] == [("endless-loop", "error")]


def test_a_loop_that_asks_the_same_again_and_again() -> None:
    def body(inner: str) -> str:
        return (
            START
            + flow("start", "in")
            + gateway("exclusive", "in", "count")
            + inner
            + flow("count", "more")
            + gateway("exclusive", "more", "in", "end")
            + END
        )

    assert [(f.rule, f.severity) for f in found(body(node("task", "count")))] == [("endless-loop", "warning")]
    assert found(body(script("count", "if way = null then 1 else way + 1", "way"))) == []


def test_a_case_that_goes_on_in_a_subprocess_which_can_only_fail() -> None:
    inside = node("startEvent", "s") + users("t") + chain("s", "t", "fail")
    inside += node("endEvent", "fail", '<errorEventDefinition errorRef="E"/>')
    body = START + node("subProcess", "sub", inside) + users("never", "mend") + END
    body += boundary("caught", "sub", '<errorEventDefinition errorRef="E"/>')
    body += chain("start", "sub", "never", "end") + chain("caught", "mend", "end")
    assert said(found(body, roots='<error id="E" errorCode="e"/>')) == [("dead-element", "never")]


def test_an_error_that_nothing_throws() -> None:
    body = START + node("subProcess", "sub", line("t", start="s", end="e")) + users("mend") + END
    body += boundary("caught", "sub", '<errorEventDefinition errorRef="E"/>')
    body += chain("start", "sub", "end") + chain("caught", "mend", "end")
    (fault,) = found(body, roots='<error id="E" errorCode="e"/>')
    assert (fault.rule, fault.element) == ("dead-element", "caught")
    assert "nothing in “sub” throws the error" in fault.message


def test_an_error_of_work_outside_reaches_what_is_around_it() -> None:
    work = node("serviceTask", "w", '<extensionElements><zeebe:taskDefinition type="t"/></extensionElements>')
    inside = node("startEvent", "s") + work + node("endEvent", "e") + chain("s", "w", "e")
    body = START + node("subProcess", "sub", inside) + users("mend") + END + chain("start", "sub", "end")
    body += chain("caught", "mend", "end")
    roots = '<error id="E" errorCode="e"/><escalation id="U" escalationCode="u"/>'
    assert found(body + boundary("caught", "sub", '<errorEventDefinition errorRef="E"/>'), roots=roots) == []
    # A worker reports errors, and has no way to escalate.
    escalated = boundary("caught", "sub", '<escalationEventDefinition escalationRef="U"/>')
    assert said(found(body + escalated, roots=roots)) == [("dead-element", "caught")]


@pytest.mark.parametrize(("thrown", "told"), [("E", []), ("F", [("dead-element", "h")])])
def test_an_event_subprocess_that_nothing_starts(thrown: str, told: list[tuple[str, str]]) -> None:
    handler = node("startEvent", "hs", '<errorEventDefinition errorRef="E"/>') + users("mend") + node("endEvent", "he")
    body = START + users("a") + node("endEvent", "fail", f'<errorEventDefinition errorRef="{thrown}"/>')
    body += node("subProcess", "h", handler + chain("hs", "mend", "he"), triggeredByEvent="true")
    roots = '<error id="E" errorCode="e"/><error id="F" errorCode="f"/>'
    assert said(found(body + chain("start", "a", "fail"), roots=roots)) == told


def test_an_event_on_a_task_that_is_passed_at_once() -> None:
    body = START + script("sum", "1", "x") + users("late") + END + boundary("limit", "sum", timer("P1D"))
    assert said(found(body + chain("start", "sum", "end") + chain("limit", "late", "end"))) == [
        ("dead-element", "limit")
    ]


@pytest.mark.parametrize(("inside", "told"), [(False, [("dead-element", "c")]), (True, [])])
def test_a_condition_is_heard_by_what_runs_inside_though_it_never_waits(
    inside: bool, told: list[tuple[str, str]]
) -> None:
    event = "<conditionalEventDefinition><condition>= x</condition></conditionalEventDefinition>"
    host = script("a", "true", "x")
    if inside:
        made = node("startEvent", "s") + script("i", "true", "x") + node("endEvent", "e") + chain("s", "i", "e")
        host = node("subProcess", "a", made)
    body = START + host + users("late") + END + boundary("c", "a", event) + chain("start", "a", "end")
    assert said(found(body + chain("c", "late", "end"))) == told


def test_what_undoes_is_not_dead() -> None:
    undo = "<compensateEventDefinition/>"
    body = START + users("a") + node("endEvent", "end", undo) + boundary("c", "a", undo)
    handler = line("u", start="s", end="e")
    body += node("subProcess", "h", handler, isForCompensation="true")
    body += '<association id="x" sourceRef="c" targetRef="h"/>'
    assert found(body + chain("start", "a", "end")) == []
    stuck = node("startEvent", "s") + flow("s", "g") + gateway("exclusive", "g", "p", "q") + users("p", "q")
    stuck += flow("p", "j") + flow("q", "j") + gateway("parallel", "j", "e") + node("endEvent", "e")
    assert said(found(body.replace(handler, stuck) + chain("start", "a", "end"))) == [("deadlock", "j")]


def test_a_fault_inside_a_subprocess_is_told_once_and_there() -> None:
    inside = node("startEvent", "s") + flow("s", "g") + gateway("exclusive", "g", "a", "b") + users("a", "b")
    inside += flow("a", "j") + flow("b", "j") + gateway("parallel", "j", "e") + node("endEvent", "e")
    body = START + node("subProcess", "sub", inside) + END + chain("start", "sub", "end")
    assert said(found(body)) == [("deadlock", "j")]


def test_a_called_process_is_a_step_of_its_caller() -> None:
    called = '<process id="Q" isExecutable="true">' + line("q", start="qs", end="qe") + "</process>"
    body = START + node("callActivity", "call", calledElement="Q") + END + chain("start", "call", "end")
    assert found(body, called) == []


def test_reminders_beside_the_work_do_not_count() -> None:
    body = START + users("work", "remind") + END + chain("start", "work", "end")
    body += boundary("limit", "work", timer("R/P1D", "timeCycle"), interrupting=False) + chain("limit", "remind", "end")
    assert found(body) == []


def test_a_reminder_that_runs_into_the_way_of_the_work() -> None:
    body = START + users("work", "after") + END + chain("start", "work", "after", "end")
    body += boundary("limit", "work", timer("P1D"), interrupting=False) + flow("limit", "after")
    (fault,) = found(body)
    assert (fault.rule, fault.element) == ("lack-of-synchronisation", "after")
    assert fault.path == ("start", "work", "limit")


def test_two_parallel_ways_that_lead_to_one_task() -> None:
    body = START + flow("start", "g") + gateway("parallel", "g", "a", "b") + users("a", "b", "decide") + END
    assert said(found(body + flow("a", "decide") + flow("b", "decide") + flow("decide", "end"))) == [
        ("lack-of-synchronisation", "decide")
    ]


def test_an_inclusive_join_takes_what_comes() -> None:
    body = START + flow("start", "g") + gateway("inclusive", "g", "a", "b", "c") + users("a", "b", "c") + END
    body += "".join(flow(task, "j") for task in "abc") + gateway("inclusive", "j", "end")
    assert found(body) == []


def test_the_first_of_several_events() -> None:
    body = START + flow("start", "g") + '<eventBasedGateway id="g"/>' + flow("g", "m") + flow("g", "t") + END
    body += node("intermediateCatchEvent", "m", message("M")) + node("intermediateCatchEvent", "t", timer("P1D"))
    body += flow("m", "j") + flow("t", "j") + gateway("parallel", "j", "end")
    assert said(found(body, roots=messages("M"))) == [("deadlock", "j")]


def test_a_large_model_is_checked_in_less_than_five_seconds() -> None:
    parts, last = [START], "start"
    for block in range(70):
        names = [f"t{block}_{n}" for n in range(24)]
        split, join = f"s{block}", f"j{block}"
        parts.append(
            flow(last, split) + gateway("parallel", split, *(f"x{block}_{n}" for n in range(6))) + users(*names)
        )
        for n in range(6):
            kind = ("exclusive", "inclusive")[n % 2]
            mine = names[n * 4 : n * 4 + 2]
            parts.append(gateway(kind, f"x{block}_{n}", *mine))
            parts.append("".join(flow(name, f"y{block}_{n}") for name in mine) + gateway(kind, f"y{block}_{n}", join))
            parts.append(chain(*names[n * 4 + 2 : n * 4 + 4]))
        parts.append(
            gateway("parallel", join, f"l{block}") + gateway("exclusive", f"l{block}", split + "in", f"u{block}")
        )
        parts.append(users(f"u{block}") + gateway("exclusive", split + "in", f"v{block}") + users(f"v{block}"))
        parts.append(flow(f"v{block}", f"u{block}"))
        last = f"u{block}"
    body = "".join(parts) + flow(last, "end") + END
    begin = time.process_time()
    given = processes(body)
    elements = len(next(iter(given.values())).elements)
    read_in = time.process_time() - begin
    assert elements > 4_000
    assert [fault for fault in faults(given) if fault.rule != "dead-element"] == []
    assert time.process_time() - begin - read_in < 5


def test_too_many_states_are_not_decided_and_said_so() -> None:
    body = [START, flow("start", "split")]
    count = 24
    body.append(gateway("parallel", "split", *(f"x{n}" for n in range(count))))
    for n in range(count):
        # Each decision is remembered in where its token waits.
        body.append(gateway("exclusive", f"x{n}", f"a{n}", f"b{n}") + users(f"a{n}", f"b{n}"))
        body.append(flow(f"a{n}", "all_a") + flow(f"b{n}", "all_b"))
    body.append(gateway("parallel", "all_a", "end") + gateway("parallel", "all_b", "end") + END)
    begin = time.process_time()
    rules = said(found("".join(body)))
    assert time.process_time() - begin < 10
    assert ("not-decided", "P") in rules


@pytest.mark.parametrize(
    ("attributes", "condition", "told"),
    [
        ("", "again", True),
        ("", "loopCounter &lt; 5", False),
        (' loopMaximum="3"', "again", False),
    ],
)
def test_a_loop_marker_on_what_waits_for_nothing(attributes: str, condition: str, told: bool) -> None:
    marker = f"<standardLoopCharacteristics{attributes}><loopCondition>= {condition}</loopCondition>"
    body = START + node("task", "a", marker + "</standardLoopCharacteristics>") + END + chain("start", "a", "end")
    assert said(found(body)) == ([("endless-loop", "a")] if told else [])
    assert said(found(body.replace("<task", "<userTask").replace("</task", "</userTask"))) == []


@pytest.mark.parametrize(("before", "told"), [("true", []), ("false", [("dead-element", "u")])])
def test_a_loop_that_may_have_no_round_can_be_passed_though_its_inside_cannot(
    before: str, told: list[tuple[str, str]]
) -> None:
    marker = f'<standardLoopCharacteristics testBefore="{before}"><loopCondition>= a</loopCondition>'
    error = node("startEvent", "is") + node("endEvent", "ie", "<errorEventDefinition/>") + chain("is", "ie")
    body = START + node("subProcess", "s", error + marker + "</standardLoopCharacteristics>") + users("u", "v") + END
    body += chain("start", "s", "u", "end") + boundary("b", "s", "<errorEventDefinition/>") + chain("b", "v", "end")
    assert said(found(body)) == told


def test_a_model_that_is_refused_has_no_token_game() -> None:
    reading = read([SourceFile(name="p.bpmn", content=b"<x/>")])
    assert check({process.key: process for process in reading.processes}) == []


@pytest.mark.parametrize("kinds", [("parallel", "exclusive"), ("exclusive", "parallel"), ("inclusive", "parallel")])
def test_mismatched_gateways_are_always_told(kinds: tuple[str, str]) -> None:
    split, join = kinds
    body = START + flow("start", "g") + gateway(split, "g", "a", "b") + users("a", "b", "z") + END
    body += flow("a", "j") + flow("b", "j") + gateway(join, "j", "z") + flow("z", "end")
    assert {rule for rule, _ in said(found(body))} <= {"deadlock", "lack-of-synchronisation"}
    assert found(body)
