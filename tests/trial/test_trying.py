"""A designer tries a process before it is deployed: with scenarios, and step by step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.definitions import SourceFile, read
from engine.errors import Invalid, NotFound, NotOffered
from engine.trial import Scenario, Trials, check_scenarios, coverage, load, run
from tests.execution.stories import boundary, chain, definitions, flow, message, messages, node, script, timer, users
from tests.processes.ordinary import processes as office

GATE = (
    node("startEvent", "start")
    + users("ask", "yes", "no")
    + '<exclusiveGateway id="g" default="g_no"/>'
    + flow("start", "ask")
    + flow("ask", "g")
    + flow("g", "yes", '= answer = "yes"')
    + flow("g", "no")
    + node("endEvent", "end")
    + flow("yes", "end")
    + flow("no", "end")
)


def trials(body: str, *others: str, roots: str = "") -> Trials:
    reading = read([SourceFile(name="p.bpmn", content=definitions(body, *others, roots=roots).encode())])
    assert reading.ok, reading.problems
    return Trials({process.key: process for process in reading.processes})


def test_a_scenario_names_its_answers_and_what_it_expects() -> None:
    trial = run(
        trials(GATE),
        load("scenario: yes\nanswers: {ask: {answer: 'yes'}}\nexpect: {path: [ask, yes, end], never: [no], end: end}"),
    )
    assert trial.ok
    assert trial.path == ("start", "ask", "g", "yes", "end")
    assert {flow for _, flow in trial.flows} == {"start_ask", "ask_g", "g_yes", "yes_end"}
    assert trial.to_json()["status"] == "completed"


def test_what_comes_otherwise_is_said_with_its_line() -> None:
    scenario = load("scenario: wrong\nexpect:\n  path: [yes]\n  status: returned\n  data: {answer: 'yes'}\n", "s.yaml")
    tried = trials(GATE)
    trial = run(tried, scenario)
    assert [(c.what, c.met) for c in trial.checks] == [("path", False), ("status", False), ("data.answer", False)]
    (first, *_) = check_scenarios(
        tried.processes, [SourceFile(name="s.yaml", content=b"scenario: w\nexpect:\n  end: no")]
    )
    assert (first.file, first.line, first.rule, first.severity) == ("s.yaml", 2, "scenario-failed", "error")
    assert "expected no, seen end" in first.message


def test_the_flows_that_no_trial_took_are_listed() -> None:
    tried = trials(GATE)
    (covered,) = coverage(tried.processes, [run(tried, load("scenario: no"))])
    assert (covered.taken, covered.total, covered.missed) == (4, 6, ("g_yes", "yes_end"))


def test_several_rounds_are_answered_in_turn() -> None:
    body = GATE.replace('sourceRef="no" targetRef="end"', 'sourceRef="no" targetRef="ask"')
    trial = run(trials(body), load("scenario: twice\nanswers:\n  ask: [{answer: 'no'}, {answer: 'yes'}]"))
    assert trial.path == ("start", "ask", "g", "no", "ask", "g", "yes", "end")


def test_a_trial_that_goes_round_is_stopped() -> None:
    body = GATE.replace('sourceRef="no" targetRef="end"', 'sourceRef="no" targetRef="ask"')
    text = "scenario: round and round\nanswers: {ask: {answer: 'no'}}\nsteps:\n" + "- go-on\n" * 1_000
    (missed,) = [check for check in run(trials(body), load(text)).checks if not check.met]
    assert (missed.what, missed.line) == ("go-on", 5)
    assert "too-large" in missed.seen


def test_time_passes_when_it_is_told_to() -> None:
    body = node("startEvent", "start") + users("work", "late") + node("endEvent", "end")
    body += chain("start", "work", "end") + boundary("limit", "work", timer("P3D")) + chain("limit", "late", "end")
    tried = trials(body)
    early = "scenario: early\nsteps:\n  - wait: P2D\n  - expect: {open: [work]}\nexpect: {never: [late]}"
    late = "scenario: late\nsteps:\n  - wait: P3D\n  - expect: {open: [late]}\nexpect: {path: [limit, late, end]}"
    assert run(tried, load(early)).ok
    assert run(tried, load(late)).ok


def test_an_instance_step_by_step() -> None:
    case = Trials(office()).begin(Scenario(name="by hand", process="one_window", matter={"type": "instant"}))
    assert [task.element.id for task in case.tasks] == ["check_materials"]
    assert "withdraw" in case.offers
    task = case.task("check_materials")
    assert case.ordinary(task)["check_result"] == "complete"
    with pytest.raises(Invalid):
        case.complete("check_materials", {"check_result": "unheard of"})
    with pytest.raises(NotFound):
        case.complete("decide")
    with pytest.raises(NotOffered):
        case.message("nothing of the kind")
    case.complete("check_materials")
    case.go_on("deliver")
    assert case.milestones == ["accepted", "decided"]
    case.message("withdraw", {"reason": "不再办理"})
    assert case.case.status == "withdrawn"
    assert case.end == "withdrawn"


def test_a_clock_that_stands_still_fires_nothing() -> None:
    case = Trials(office()).begin(Scenario(name="s", process="one_window", matter={"type": "promised"}))
    case.go_on("examine")
    due = case.case.due
    assert due is not None
    case.suspend("art. 45")
    case.until(due + timedelta(days=3))
    assert [task.element.id for task in case.tasks] == ["examine"]
    case.resume()
    assert case.case.due is not None and case.case.due > due
    case.next_timer()
    assert "remind_unit" in [task.element.id for task in case.tasks]


def test_work_done_outside_is_answered_like_a_task() -> None:
    topic = '<extensionElements><zeebe:taskDefinition type="register"/></extensionElements>'
    body = node("startEvent", "start") + node("serviceTask", "ask", topic) + node("endEvent", "end")
    trial = run(trials(body + chain("start", "ask", "end")), load("scenario: s\nanswers: {ask: {number: 7}}"))
    assert trial.status == "completed"
    scenario = "scenario: s\nsteps: [{complete: ask, with: {number: 8}}]\nexpect: {data: {number: 8}}"
    assert run(trials(body + chain("start", "ask", "end")), load(scenario)).ok


def test_an_incident_fails_a_scenario_unless_it_is_expected() -> None:
    body = (
        node("startEvent", "start") + script("sum", "1", "x") + '<exclusiveGateway id="g"/>' + node("endEvent", "end")
    )
    body += chain("start", "sum", "g") + flow("g", "end", "= x = 2") + flow("g", "sum", "= x = 3")
    trial = run(trials(body), load("scenario: s"))
    assert [check.what for check in trial.checks if not check.met] == ["incident"]
    assert run(trials(body), load("scenario: s\nexpect: {incident: g, status: failed}")).ok


def test_events_behind_an_event_gateway_count_as_flows() -> None:
    body = (
        node("startEvent", "start")
        + '<eventBasedGateway id="g"/>'
        + flow("start", "g")
        + flow("g", "m")
        + flow("g", "t")
    )
    body += node("intermediateCatchEvent", "m", message("M")) + node("intermediateCatchEvent", "t", timer("P1D"))
    body += node("endEvent", "end") + flow("m", "end") + flow("t", "end")
    tried = trials(body, roots=messages("M"))
    trial = run(tried, load("scenario: s\nsteps: [{message: M}]"))
    assert {flow for _, flow in trial.flows} == {"start_g", "g_m", "m_end"}
    (covered,) = coverage(tried.processes, [trial, run(tried, load("scenario: waits"))])
    assert covered.missed == ()


def test_a_set_of_several_processes_asks_which_is_tried() -> None:
    other = (
        '<process id="Q" isExecutable="true">' + GATE.replace('id="', 'id="q').replace('Ref="', 'Ref="q') + "</process>"
    )
    with pytest.raises(NotFound, match="P, Q"):
        run(trials(GATE, other.replace('default="', 'default="q').replace('id="qQ"', 'id="Q"')), load("scenario: s"))


def test_trying_leaves_the_definitions_as_they_are() -> None:
    before = {key: len(process.elements) for key, process in office().items()}
    run(office(), load("scenario: s\nprocess: instant"))
    assert {key: len(process.elements) for key, process in office().items()} == before
    assert not any(" " in str(node.get("id")) for process in office().values() for node in process.tree.iter("*"))
