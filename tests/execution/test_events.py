"""Boundary events, event-based gateways, messages, signals, errors, escalations."""

from __future__ import annotations

import pytest

from engine.errors import NotOffered, TaskAlreadyCompleted
from tests.execution.stories import (
    Story,
    boundary,
    chain,
    definitions,
    flow,
    line,
    mappings,
    message,
    messages,
    node,
    several,
    timer,
    users,
)


def _guarded(*events: str, activity: str = node("userTask", "a"), roots: str = "") -> str:
    """An activity ``a`` with boundary events, each of which leads to a task ``on_…``."""
    body = (
        node("startEvent", "start") + activity + users("z") + node("endEvent", "end") + chain("start", "a", "z", "end")
    )
    return definitions(body + "".join(events), roots=messages("m", "n") + roots)


def _event(name: str, definition: str, *, interrupting: bool = True) -> str:
    id = f"b_{name}"
    return boundary(id, "a", definition, interrupting=interrupting) + users(f"on_{name}") + flow(id, f"on_{name}")


def test_an_interrupting_boundary_event_takes_the_activity_away() -> None:
    story = Story(_guarded(_event("m", message("m"))))
    task = story.task("a")
    assert story.execution.waits_for() == {"m"}
    story.send("m", paid=True)
    assert story.open == ["on_m"] and story.variables == {"paid": True}
    with pytest.raises(TaskAlreadyCompleted):
        story.execution.complete(task, {}, story.step())


def test_a_boundary_event_stops_listening_when_its_activity_is_done() -> None:
    story = Story(_guarded(_event("m", message("m")), _event("t", timer("PT1H"))))
    story.do("a")
    assert story.open == ["z"] and story.execution.timers == []
    with pytest.raises(NotOffered):
        story.send("m")


def test_a_non_interrupting_boundary_event_fires_each_time() -> None:
    # The library's fires once.
    story = Story(_guarded(_event("m", message("m"), interrupting=False)))
    for _ in range(3):
        story.send("m")
    assert story.open == ["a", "on_m", "on_m", "on_m"]
    story.do("a")
    for _ in range(3):
        assert not story.ended
        story.do("on_m")
    story.do("z")
    assert story.ended


def test_an_interrupting_boundary_event_on_a_subprocess_takes_all_inside_away() -> None:
    inside = node("subProcess", "deeper", line("c", start="s2", end="e2"))
    inside = (
        node("startEvent", "s")
        + node("parallelGateway", "p")
        + users("b")
        + inside
        + chain("s", "p", "b")
        + flow("p", "deeper")
    )
    story = Story(_guarded(_event("m", message("m")), activity=node("subProcess", "a", inside)))
    assert story.open == ["b", "c"]
    story.send("m")
    assert story.open == ["on_m"]
    assert [token["element"] for token in story.execution.projection()["tokens"]] == ["on_m"]


@pytest.mark.parametrize("inner", ["userTask", "subProcess"])
def test_an_interrupting_boundary_event_takes_all_instances_away(inner: str) -> None:
    content = line("b", start="s", end="e") if inner == "subProcess" else ""
    activity = node(inner, "a", content + several("[1, 2, 3]"))
    story = Story(_guarded(_event("m", message("m")), activity=activity))
    assert len(story.open) == 3
    story.send("m")
    assert story.open == ["on_m"]
    assert story.execution.projection()["variables"] == [{"scope": [], "variables": {}}]


def test_several_instances_directly_behind_a_boundary_event() -> None:
    # The library raises here.
    b = boundary("b", "a", message("m")) + node("userTask", "many", several("[1, 2]")) + flow("b", "many")
    story = Story(_guarded(b))
    story.send("m")
    assert story.open == ["many", "many"]


def test_two_boundary_events_do_not_disturb_each_other() -> None:
    story = Story(_guarded(_event("m", message("m"), interrupting=False), _event("t", timer("PT1H"))))
    story.send("m")
    assert story.wait(hours=1) == ["b_t"]
    assert story.open == ["on_m", "on_t"]


# Event-based gateways and receive tasks --------------------------------------------------------------------------


def _race(*ways: tuple[str, str]) -> str:
    body = node("startEvent", "start") + node("eventBasedGateway", "g") + flow("start", "g")
    for name, definition in ways:
        body += node("intermediateCatchEvent", name, definition) + users(f"on_{name}")
        body += flow("g", name) + flow(name, f"on_{name}")
    return definitions(body, roots=messages("m", "n"))


def test_the_first_event_decides() -> None:
    story = Story(_race(("m", message("m")), ("n", message("n")), ("t", timer("PT1H"))))
    assert story.execution.waits_for() == {"m", "n"}
    assert story.send("n", answer=1).path == ("n", "on_n")
    assert story.open == ["on_n"] and story.execution.waits_for() == frozenset() and story.execution.timers == []


def test_two_timers_of_one_gateway_keep_their_own_times() -> None:
    # In the library they share one value, and the later one wins.
    story = Story(_race(("late", timer("PT5H")), ("early", timer("PT1H"))))
    assert [(t.element, t.due.hour) for t in story.execution.timers] == [("early", 2), ("late", 6)]
    assert story.wait(hours=1) == ["early"]
    assert story.open == ["on_early"] and story.execution.timers == []


def test_a_receive_task_behind_a_gateway_and_with_mappings() -> None:
    body = node("startEvent", "start") + node("eventBasedGateway", "g") + flow("start", "g")
    receive = node("receiveTask", "r", mappings("out:answer = text"), messageRef="message_m")
    body += receive + node("intermediateCatchEvent", "t", timer("PT1H")) + users("on_r", "on_t")
    body += chain("g", "r", "on_r") + chain("g", "t", "on_t")
    story = Story(definitions(body, roots=messages("m")))
    story.send("m", text="yes", noise=1)
    assert story.open == ["on_r"] and story.variables == {"answer": "yes"}


# Messages ------------------------------------------------------------------------------------------------------


def test_nobody_waits_for_the_message() -> None:
    story = Story(_guarded())
    before = story.execution.dump()
    with pytest.raises(NotOffered):
        story.send("m")
    assert story.execution.dump() == before


def test_a_message_goes_to_the_innermost_that_waits_for_it() -> None:
    inside = node(
        "subProcess",
        "a",
        line("b", start="s", end="e")
        + boundary("inner", "b", message("m"))
        + users("on_inner")
        + flow("inner", "on_inner"),
    )
    story = Story(_guarded(_event("m", message("m")), activity=inside))
    story.send("m")
    assert story.open == ["on_inner"]
    story.send("m")
    assert story.open == ["on_m"]


def test_a_message_goes_to_one_only_and_to_the_oldest_first() -> None:
    receive = node("receiveTask", "a", several("[1, 2]"), messageRef="message_m")
    story = Story(_guarded(activity=receive))
    story.send("m", text="first")
    assert [token["scope"] for token in story.execution.projection()["tokens"]] == [["a", 1]]
    story.send("m", text="second")
    assert story.variables == {"a": [{"text": "first"}, {"text": "second"}]}


def test_a_correlation_key_finds_the_right_one() -> None:
    key = '<extensionElements><zeebe:subscription correlationKey="= unit"/></extensionElements>'
    roots = f'<message id="message_o" name="opinion">{key}</message>'
    receive = node("receiveTask", "a", several('["tax", "fire"]', element="unit"), messageRef="message_o")
    story = Story(_guarded(activity=receive, roots=roots))
    with pytest.raises(NotOffered):
        story.send("opinion", correlation="housing")
    story.send("opinion", correlation="fire", text="agree")
    assert [token["scope"] for token in story.execution.projection()["tokens"]] == [["a", 0]]
    story.send("opinion", correlation="tax", text="refuse")
    assert story.variables == {"a": [{"text": "refuse"}, {"text": "agree"}]}


# What is thrown inside -------------------------------------------------------------------------------------------

_ROOTS = (
    '<error id="e1" name="refused" errorCode="E1"/><error id="e2" name="other" errorCode="E2"/>'
    '<escalation id="x1" name="up" escalationCode="X1"/><signal id="s1" name="S1"/>'
)
_ERROR, _ESCALATION = '<errorEventDefinition errorRef="e1"/>', '<escalationEventDefinition escalationRef="x1"/>'


def _thrower(id: str, task: str, definition: str, *, prefix: str) -> str:
    body = node("startEvent", f"{prefix}s") + users(task) + node("endEvent", f"{prefix}e", definition)
    return node("subProcess", id, body + chain(f"{prefix}s", task, f"{prefix}e"))


def test_an_error_is_caught_by_the_boundary_of_the_one_that_threw_it_and_no_other() -> None:
    # In the library every boundary event of that level catches it.
    body = node("startEvent", "start") + node("parallelGateway", "p")
    body += _thrower("a", "ta", _ERROR, prefix="a") + _thrower("b", "tb", _ERROR, prefix="b")
    for one in ("a", "b"):
        body += boundary(f"b_{one}", one, _ERROR) + users(f"on_{one}") + flow(f"b_{one}", f"on_{one}")
    story = Story(definitions(body + flow("start", "p") + flow("p", "a") + flow("p", "b"), roots=_ROOTS))
    story.do("ta")
    assert story.open == ["on_a", "tb"]


def test_an_error_goes_outwards_to_one_of_its_code_or_of_any() -> None:
    inner = _thrower("c", "t", _ERROR, prefix="c")
    activity = node("subProcess", "a", node("startEvent", "s") + inner + flow("s", "c"))
    other, any_error = (
        _event("other", '<errorEventDefinition errorRef="e2"/>'),
        _event("any", "<errorEventDefinition/>"),
    )
    story = Story(_guarded(other, any_error, activity=activity, roots=_ROOTS))
    story.do("t")
    assert story.open == ["on_any"]


def test_an_error_that_nobody_catches_is_an_incident_and_keeps_its_place() -> None:
    story = Story(_guarded(activity=_thrower("a", "t", _ERROR, prefix="c"), roots=_ROOTS))
    story.do("t")
    assert story.stuck == ["ce"] and not story.ended
    assert "E1" in story.execution.incidents[0].cause
    story.retry()
    assert story.stuck == ["ce"]


def _outside(id: str, inner: str = "") -> str:
    task = '<extensionElements><zeebe:taskDefinition type="pay"/></extensionElements>'
    return node("serviceTask", id, task + inner)


def test_an_error_of_outside_work_is_caught_at_its_own_boundary_with_what_it_carries() -> None:
    story = Story(_guarded(_event("e", _ERROR), activity=_outside("a"), roots=_ROOTS))
    story.throw("E1", why="no cover")
    assert story.open == ["on_e"] and story.variables["why"] == "no cover"


def test_an_error_of_outside_work_goes_outwards_past_boundaries_for_others() -> None:
    inside = node("startEvent", "s") + _outside("t") + boundary("not", "t", '<errorEventDefinition errorRef="e2"/>')
    activity = node("subProcess", "a", inside + users("never") + flow("s", "t") + flow("not", "never"))
    story = Story(_guarded(_event("e", _ERROR), activity=activity, roots=_ROOTS))
    story.throw("E1")
    assert story.open == ["on_e"]


def test_an_error_of_one_of_several_outside_works_ends_them_all() -> None:
    several = (
        "<multiInstanceLoopCharacteristics><loopCardinality>= 3</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    story = Story(_guarded(_event("e", _ERROR), activity=_outside("a", several), roots=_ROOTS))
    first, *_ = story.execution.jobs
    story.execution.throw_error(first.id, "E1", {}, "E1!", story.step())
    assert story.execution.jobs == [] and [task.element.id for task in story.execution.tasks] == ["on_e"]


def test_an_error_of_outside_work_that_nobody_catches_is_an_incident() -> None:
    story = Story(_guarded(_event("e", _ERROR), activity=_outside("a"), roots=_ROOTS))
    story.throw("E9")
    assert story.stuck == ["a"] and story.execution.incidents[0].cause == "E9!"
    assert [job.element.id for job in story.execution.failed_jobs] == ["a"]
    story.retry()
    story.work()
    assert story.open == ["z"]


def test_an_escalation_that_interrupts_and_one_that_does_not() -> None:
    for interrupting, expected in ((True, ["on_x"]), (False, ["on_x", "z"])):
        event = _event("x", _ESCALATION, interrupting=interrupting)
        story = Story(_guarded(event, activity=_thrower("a", "t", _ESCALATION, prefix="c"), roots=_ROOTS))
        story.do("t")
        assert story.open == expected


def test_an_escalation_that_nobody_catches_is_passed() -> None:
    story = Story(_guarded(activity=_thrower("a", "t", _ESCALATION, prefix="c"), roots=_ROOTS))
    story.do("t")
    assert story.open == ["z"]


def test_an_escalation_hands_a_case_over_from_a_called_process() -> None:
    called = node("startEvent", "s") + users("t") + node("endEvent", "up", _ESCALATION) + chain("s", "t", "up")
    body = (
        node("startEvent", "start")
        + node("callActivity", "a", calledElement="Q")
        + users("z")
        + chain("start", "a", "z")
    )
    body += _event("x", _ESCALATION)
    story = Story(definitions(body, node("process", "Q", called, isExecutable="true"), roots=_ROOTS))
    story.do("t")
    assert story.open == ["on_x"]


def test_a_signal_reaches_all_that_wait_for_it() -> None:
    catch = '<signalEventDefinition signalRef="s1"/>'
    body = node("startEvent", "start") + node("parallelGateway", "p") + flow("start", "p")
    for one in ("a", "b"):
        body += node("intermediateCatchEvent", one, catch) + users(f"on_{one}") + chain("p", one, f"on_{one}")
    body += (
        users("t") + node("intermediateThrowEvent", "throw", catch) + users("then") + chain("p", "t", "throw", "then")
    )
    story = Story(definitions(body, roots=_ROOTS))
    story.do("t")
    assert story.open == ["on_a", "on_b", "then"]


def test_a_throw_that_takes_its_own_token_away_goes_no_further() -> None:
    inside = (
        node("startEvent", "s") + users("t") + node("intermediateThrowEvent", "throw", _ESCALATION) + users("never")
    )
    activity = node("subProcess", "a", inside + chain("s", "t", "throw", "never"))
    story = Story(_guarded(_event("x", _ESCALATION), activity=activity, roots=_ROOTS))
    story.do("t")
    assert story.open == ["on_x"]
