"""Subprocesses, called processes, event subprocesses, transactions."""

from __future__ import annotations

import pytest

from tests.execution.stories import (
    Story,
    boundary,
    chain,
    compiled,
    definitions,
    flow,
    line,
    mappings,
    message,
    messages,
    node,
    properties,
    script,
    timer,
    users,
)


def _around(inner: str, *processes: str, roots: str = "") -> str:
    """``before``, what is given as ``inside``, ``after``."""
    body = node("startEvent", "start") + users("before", "after") + node("endEvent", "end") + inner
    return definitions(body + chain("start", "before", "inside", "after", "end"), *processes, roots=roots)


def test_a_subprocess_shares_the_variables_of_its_process() -> None:
    story = Story(_around(node("subProcess", "inside", line("a", start="s", end="e"))))
    story.do("before", x=1)
    (task,) = story.execution.tasks
    assert task.scope == ("inside",)
    assert story.execution.task_data(task.id) == {"x": 1}
    story.do("a", x=2, y=3)
    assert story.open == ["after"]
    assert story.variables == {"x": 2, "y": 3}


def test_inputs_are_local_to_a_subprocess_and_results_are_not_lost_with_them() -> None:
    inner = line("a", start="s", end="e") + mappings("in:local = x + 1", "out:result = local * 10")
    story = Story(_around(node("subProcess", "inside", inner)), {"x": 1})
    story.do("before")
    assert story.execution.task_data(story.task("a")) == {"x": 1, "local": 2}
    story.do("a", local=5, found="yes")
    # `local` is the input of that name and stays; `found` belongs to the process.
    assert story.variables == {"x": 1, "found": "yes", "result": 50}


def _called(mapped: str = "", attributes: str = "", inner: str = "") -> str:
    call = f'<extensionElements><zeebe:calledElement processId="Q" {attributes}/>{{io}}</extensionElements>'
    io = mapped.replace("<extensionElements>", "").replace("</extensionElements>", "")
    process = node("process", "Q", inner or line("a", start="s", end="e"), isExecutable="true")
    return _around(node("callActivity", "inside", call.format(io=io)), process)


def test_a_called_process_reads_through_and_hands_all_its_variables_back() -> None:
    story = Story(_called(), {"x": 1})
    story.do("before")
    assert story.execution.task_data(story.task("a")) == {"x": 1}
    story.do("a", x=2, y=3)
    assert story.variables == {"x": 2, "y": 3}


def test_a_called_process_has_a_scope_of_its_own_until_it_ends() -> None:
    story = Story(_called(inner=line("a", "b", start="s", end="e")), {"x": 1})
    story.do("before")
    story.do("a", x=2)
    assert story.variables == {"x": 1}
    assert story.execution.task_data(story.task("b")) == {"x": 2}
    story.do("b")
    assert story.variables == {"x": 2}


def test_a_called_process_with_mappings_sees_and_gives_what_they_say() -> None:
    xml = _called(
        mappings("in:given = x", "out:taken = made"),
        'propagateAllParentVariables="false" propagateAllChildVariables="false"',
    )
    story = Story(xml, {"x": 1, "secret": 2})
    story.do("before")
    assert story.execution.task_data(story.task("a")) == {"given": 1}
    story.do("a", made=7, other=8)
    assert story.variables == {"x": 1, "secret": 2, "taken": 7}


def test_a_called_process_may_keep_everything_to_itself() -> None:
    story = Story(_called(attributes='propagateAllChildVariables="false"'), {"x": 1})
    story.do("before")
    story.do("a", x=2, y=3)
    assert story.variables == {"x": 1}


def test_the_same_subprocess_twice_at_once_has_two_sets_of_local_variables() -> None:
    inner = line("a", start="s", end="e") + mappings("in:mine = x")
    body = node("startEvent", "start") + node("parallelGateway", "split") + node("exclusiveGateway", "merge")
    body += node("task", "one") + node("task", "two") + node("subProcess", "inside", inner)
    flows = flow("start", "split") + chain("split", "one", "merge", "inside") + chain("split", "two", "merge")
    story = Story(definitions(body + flows), {"x": 1})
    first, second = story.execution.tasks
    story.execution.complete(first.id, {"mine": 5}, story.step())
    assert story.execution.task_data(second.id) == {"x": 1, "mine": 1}


# Event subprocesses --------------------------------------------------------------------------------------------


def _handled(
    definition: str, *, interrupting: bool = True, roots: str = messages("withdraw"), level: str = "root"
) -> str:
    handler = node("startEvent", "on", definition, isInterrupting=str(interrupting).lower())
    handler += users("handle") + node("endEvent", "handled", properties(status="withdrawn"))
    handler = node("subProcess", "handler", handler + chain("on", "handle", "handled"), triggeredByEvent="true")
    if level == "root":
        return definitions(line("a", "b") + handler, roots=roots)
    return _around(node("subProcess", "inside", line("a", "b", start="s", end="e") + handler), roots=roots)


def test_an_interrupting_event_subprocess_takes_everything_else_away() -> None:
    story = Story(_handled(message("withdraw")))
    assert story.execution.waits_for() == {"withdraw"}
    story.send("withdraw", reason="moved")
    assert story.open == ["handle"]
    assert story.execution.waits_for() == frozenset()
    assert story.variables == {"reason": "moved"}
    story.do("handle")
    assert story.ended
    assert story.execution.end is not None and story.execution.end.properties == {"status": "withdrawn"}


def test_a_non_interrupting_event_subprocess_runs_beside_as_often_as_it_is_told() -> None:
    story = Story(_handled(message("withdraw"), interrupting=False))
    story.send("withdraw")
    story.send("withdraw")
    assert story.open == ["a", "handle", "handle"]
    story.do("a")
    story.do("b")
    assert not story.ended
    story.do("handle")
    story.do("handle")
    assert story.ended


def test_a_waiting_event_subprocess_does_not_keep_the_process_open() -> None:
    for definition in (message("withdraw"), timer("P30D")):
        story = Story(_handled(definition))
        story.do("a")
        story.do("b")
        assert story.ended and story.execution.timers == [] and story.execution.waits_for() == frozenset()


def test_an_event_subprocess_inside_a_subprocess_starts_and_the_subprocess_is_left_normally() -> None:
    story = Story(_handled(message("withdraw"), level="inside"))
    story.do("before")
    story.send("withdraw")
    assert story.open == ["handle"]
    story.do("handle")
    assert story.open == ["after"]


def test_a_timer_starts_an_event_subprocess() -> None:
    story = Story(_handled(timer("P1D")))
    assert story.wait(hours=23) == []
    assert story.wait(hours=1) == ["on"]
    assert story.open == ["handle"]


@pytest.mark.parametrize("kind", ["error", "escalation"])
def test_an_event_subprocess_catches_what_its_level_throws(kind: str) -> None:
    roots = f'<{kind} id="x" {kind}Code="X" name="X"/>'
    definition = f'<{kind}EventDefinition {kind}Ref="x"/>'
    handler = node(
        "subProcess",
        "handler",
        node("startEvent", "on", definition) + users("handle") + chain("on", "handle"),
        triggeredByEvent="true",
    )
    body = (
        node("startEvent", "start")
        + users("a")
        + node("endEvent", "thrown", definition)
        + chain("start", "a", "thrown")
    )
    story = Story(definitions(body + handler, roots=roots))
    story.do("a")
    assert story.open == ["handle"]
    story.do("handle")
    assert story.ended


def test_one_case_leaves_nothing_behind_for_the_next() -> None:
    # The library changes the shared definition when a message starts an event subprocess; the next case never ends.
    program = compiled(_handled(message("withdraw"), interrupting=False))
    first = Story(program)
    first.send("withdraw")
    first.do("handle")
    second = Story(program)
    second.do("a")
    second.do("b")
    assert second.ended
    assert first.open == ["a"]


# Transactions --------------------------------------------------------------------------------------------------


def test_a_cancel_end_leaves_the_transaction_by_its_cancel_boundary_event() -> None:
    inner = node("startEvent", "s") + node("parallelGateway", "p") + users("a", "b")
    inner += node("endEvent", "stop", "<cancelEventDefinition/>") + chain("s", "p", "a", "stop") + flow("p", "b")
    cancelled = boundary("cancelled", "inside", "<cancelEventDefinition/>") + users("undo") + flow("cancelled", "undo")
    story = Story(_around(node("transaction", "inside", inner) + cancelled))
    story.do("before")
    story.do("a")
    assert story.open == ["undo"]
    story.do("undo")
    assert story.ended


def test_a_script_inside_a_called_process_of_a_called_process() -> None:
    q = node("startEvent", "qs") + node("callActivity", "deeper", calledElement="R") + node("endEvent", "qe")
    r = node("startEvent", "rs") + script("double", "x * 2", "x") + node("userTask", "look") + node("endEvent", "re")
    xml = _around(
        node("callActivity", "inside", calledElement="Q"),
        node("process", "Q", q + chain("qs", "deeper", "qe"), isExecutable="true"),
        node("process", "R", r + chain("rs", "double", "look", "re"), isExecutable="true"),
    )
    story = Story(xml, {"x": 4})
    story.do("before")
    (task,) = story.execution.tasks
    assert task.scope == ("inside", "deeper")
    story.do("look")
    assert story.variables == {"x": 8}


def test_a_called_process_that_begins_on_an_event_waits_for_it() -> None:
    inner = node("startEvent", "called", message("go")) + users("a") + node("endEvent", "e") + chain("called", "a", "e")
    call = node("callActivity", "inside", calledElement="Q")
    story = Story(_around(call, f'<process id="Q" isExecutable="true">{inner}</process>', roots=messages("go")))
    story.do("before")
    assert (story.open, story.execution.waits_for()) == ([], {"go"})
    story.send("go", x=1)
    assert story.open == ["a"]
    story.do("a")
    assert story.open == ["after"]
    assert story.variables["x"] == 1
