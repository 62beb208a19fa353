"""Compensation: what was done is undone, the last first, and only what was completed."""

from __future__ import annotations

import pytest

from engine.execution import Execution, StateError
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
    script,
    several,
    timer,
    users,
)

UNDO = "<compensateEventDefinition/>"
START, END = node("startEvent", "start"), node("endEvent", "end")


def undoes(activity: str, handler: str = "", inner: str = "", tag: str = "userTask") -> str:
    """What undoes an activity: ``undo_…``, by a compensation boundary event and an association."""
    handler = handler or f"undo_{activity}"
    return (
        boundary(f"on_{activity}", activity, UNDO)
        + node(tag, handler, inner, isForCompensation="true")
        + f'<association id="{activity}_undone" sourceRef="on_{activity}" targetRef="{handler}"/>'
    )


def throw(id: str, activity: str = "", tag: str = "intermediateThrowEvent") -> str:
    """An event that undoes all, or one activity."""
    named = f' activityRef="{activity}"' if activity else ""
    return node(tag, id, f"<compensateEventDefinition{named}/>")


def in_turn(*ids: str, more: str = "") -> str:
    """User tasks that can all be undone, one after the other, then the event ``throw``, then the task ``z``."""
    body = START + users(*ids, "z") + throw("throw") + END + "".join(map(undoes, ids))
    return definitions(body + chain("start", *ids, "throw", "z", "end") + more)


def undo_all(story: Story) -> list[str]:
    """Complete what undoes, one by one, as long as nothing else is open."""
    order = []
    while len(story.open) == 1 and story.open[0].startswith("undo"):
        order.append(story.open[0])
        story.do(story.open[0])
    return order


def test_all_is_undone_the_last_completed_first() -> None:
    story = Story(in_turn("a", "b", "c"))
    for task in ("a", "b", "c"):
        story.do(task)
    assert undo_all(story) == ["undo_c", "undo_b", "undo_a"]
    assert story.open == ["z"]
    story.do("z")
    assert story.ended


def test_the_order_is_that_of_completion_not_of_drawing() -> None:
    body = START + node("parallelGateway", "fork") + users("a", "b", "z") + undoes("a") + undoes("b")
    body += node("parallelGateway", "join") + throw("throw") + chain("start", "fork", "a", "join", "throw", "z")
    for first, second in (("a", "b"), ("b", "a")):
        story = Story(definitions(body + chain("fork", "b", "join")))
        story.do(first)
        story.do(second)
        assert undo_all(story) == [f"undo_{second}", f"undo_{first}"]


def test_only_what_was_completed_is_undone() -> None:
    body = START + node("parallelGateway", "fork") + users("a", "b", "c", "z") + undoes("a") + undoes("b") + undoes("c")
    body += throw("throw") + chain("start", "fork", "a", "throw", "z") + chain("fork", "b") + flow("fork", "c")
    story = Story(definitions(body))
    story.do("c")
    story.do("a")
    # `b` is at work, and stays so.
    assert story.open == ["b", "undo_a"]
    story.do("undo_a")
    assert story.open == ["b", "undo_c"]
    story.do("undo_c")
    assert story.open == ["b", "z"]


def test_what_was_taken_away_is_not_undone() -> None:
    body = START + users("a", "z") + undoes("a") + boundary("m", "a", message("m")) + throw("throw")
    body += chain("start", "a", "z") + chain("m", "throw", "z")
    story = Story(definitions(body, roots=messages("m")))
    story.send("m")
    assert story.open == ["z"]


def test_nothing_is_undone_twice() -> None:
    more = throw("again") + users("y")
    model = in_turn("a", more=more).replace(chain("throw", "z"), chain("throw", "again", "z"))
    story = Story(model)
    story.do("a")
    assert undo_all(story) == ["undo_a"]
    assert story.open == ["z"]


def test_where_there_is_nothing_to_undo_the_event_is_passed() -> None:
    story = Story(definitions(START + throw("throw") + users("z") + END + chain("start", "throw", "z", "end")))
    assert story.open == ["z"]


def test_one_activity_alone_may_be_undone() -> None:
    story = Story(
        in_turn("a", "b", "c").replace(
            UNDO + "</intermediate", '<compensateEventDefinition activityRef="b"/></intermediate'
        )
    )
    for task in ("a", "b", "c"):
        story.do(task)
    assert undo_all(story) == ["undo_b"]
    assert story.open == ["z"]


def test_an_end_event_undoes_and_ends_its_token() -> None:
    body = START + users("a") + undoes("a") + throw("end", tag="endEvent") + chain("start", "a", "end")
    story = Story(definitions(body))
    story.do("a")
    assert story.open == ["undo_a"] and not story.ended
    story.do("undo_a")
    assert story.ended
    assert story.execution.end is not None and story.execution.end.element.id == "end"


def test_each_round_of_a_loop_in_the_flow_is_undone() -> None:
    body = START + node("exclusiveGateway", "in") + users("a", "z") + undoes("a") + throw("throw")
    body += '<exclusiveGateway id="g" default="g_throw"/>' + chain("start", "in", "a", "g", "throw", "z")
    story = Story(definitions(body + flow("g", "in", "= again")))
    for again in (True, True, False):
        story.do("a", again=again)
    assert undo_all(story) == ["undo_a"] * 3


# What undoes ------------------------------------------------------------------------------------------------------


def test_what_undoes_may_be_a_script() -> None:
    body = START + users("a", "z") + boundary("c", "a", UNDO) + throw("throw")
    body += script("undo", "booked - 1", "booked").replace("<scriptTask", '<scriptTask isForCompensation="true"')
    body += '<association id="x" sourceRef="c" targetRef="undo"/>' + chain("start", "a", "throw", "z")
    story = Story(definitions(body))
    story.do("a", booked=5)
    assert story.open == ["z"] and story.variables == {"booked": 4}


def test_what_undoes_may_be_a_subprocess_or_be_done_several_times() -> None:
    body = START + users("a", "b", "z") + throw("throw") + chain("start", "a", "b", "throw", "z")
    body += undoes("a", inner=line("one", "two", start="s", end="e"), tag="subProcess") + undoes(
        "b", inner=several("[1, 2]")
    )
    story = Story(definitions(body))
    story.do("a")
    story.do("b")
    assert story.open == ["undo_b", "undo_b"]
    story.do("undo_b", 1)
    story.do("undo_b", 0)
    story.do("one")
    story.do("two")
    assert story.open == ["z"]
    assert story.variables["undo_b"] == [{}, {}]


def test_what_undoes_sees_what_the_activity_was_given() -> None:
    body = START + node("userTask", "a", mappings("in: stall = wanted")) + users("z") + throw("throw")
    body += undoes("a") + chain("start", "a", "throw", "z")
    story = Story(definitions(body), {"wanted": 7})
    story.do("a", wanted=8)
    assert story.execution.task_data(story.task("undo_a")) == {"stall": 7, "wanted": 8}
    story.do("undo_a", given_back=True)
    assert story.variables == {"wanted": 8, "given_back": True}


def test_an_incident_while_undoing_is_tried_again() -> None:
    assignment = '<extensionElements><zeebe:assignmentDefinition assignee="= who"/></extensionElements>'
    body = (
        START + node("parallelGateway", "fork") + users("a", "b", "z") + undoes("a", inner=assignment) + throw("throw")
    )
    story = Story(definitions(body + chain("start", "fork", "a", "throw", "z") + chain("fork", "b")), {"who": 5})
    story.do("a")
    assert story.stuck == ["undo_a"] and story.open == ["b"]
    story.do("b", who="li")
    story.retry()
    assert undo_all(story) == ["undo_a"]
    assert story.open == ["z"]


# Several instances ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sequential", [False, True])
def test_each_instance_is_undone_with_its_own_variables(sequential: bool) -> None:
    body = START + node("userTask", "a", several("[10, 20, 30]", sequential=sequential)) + users("z") + throw("throw")
    story = Story(definitions(body + undoes("a") + chain("start", "a", "throw", "z")))
    order = [0, 1, 2] if sequential else [1, 2, 0]
    for number in order:
        story.do("a", number, answer=number)
    for number in reversed(order):
        (task,) = story.execution.tasks
        assert task.element.id == "undo_a" and task.scope == ("undo_a", number)
        data = story.execution.task_data(task.id)
        assert (data["item"], data["loopCounter"], data["answer"]) == (10 * number + 10, number + 1, number)
        story.do("undo_a")
    assert story.open == ["z"]


def test_instances_are_undone_once_all_are_completed() -> None:
    body = START + node("parallelGateway", "fork") + node("userTask", "a", several("[1, 2]")) + users("b", "z")
    body += throw("throw") + undoes("a") + chain("start", "fork", "a") + chain("fork", "b", "throw", "z")
    story = Story(definitions(body))
    story.do("a", 0)
    story.do("b")
    assert story.open == ["a", "z"]


def test_each_round_of_a_loop_marker_is_undone() -> None:
    marker = '<standardLoopCharacteristics loopMaximum="3"/>'
    body = START + node("userTask", "a", marker) + users("z") + throw("throw") + undoes("a")
    story = Story(definitions(body + chain("start", "a", "throw", "z")))
    for _ in range(3):
        story.do("a")
    counters = []
    while story.open == ["undo_a"]:
        counters.append(story.execution.task_data(story.task("undo_a"))["loopCounter"])
        story.do("undo_a")
    assert counters == [3, 2, 1]


# Subprocesses -----------------------------------------------------------------------------------------------------


def _sub(inner: str, *, more: str = "", tag: str = "subProcess", content: str = "") -> str:
    body = START + node(tag, "sub", content + inner) + users("z") + throw("throw") + END
    return definitions(
        body + chain("start", "sub", "throw", "z", "end") + more, roots=messages("m") + '<error id="wrong"/>'
    )


INNER = line("a", "b", start="s", end="e") + undoes("a") + undoes("b")


def test_a_completed_subprocess_is_undone_by_what_was_completed_in_it() -> None:
    story = Story(_sub(INNER))
    story.do("a")
    story.do("b")
    (task,) = story.execution.tasks
    assert task.scope == ("sub",)
    assert undo_all(story) == ["undo_b", "undo_a"]
    assert story.open == ["z"]


def test_a_subprocess_is_undone_as_a_whole_where_it_has_its_own() -> None:
    story = Story(_sub(INNER, more=undoes("sub")))
    story.do("a")
    story.do("b")
    assert undo_all(story) == ["undo_sub"]


def test_a_subprocess_that_was_left_is_not_undone() -> None:
    more = boundary("left", "sub", message("m")) + chain("left", "throw")
    story = Story(_sub(INNER, more=more))
    story.do("a")
    story.send("m")
    assert story.open == ["z"]


def test_what_undoes_inside_sees_the_subprocess_as_it_was_completed() -> None:
    story = Story(_sub(INNER, content=mappings("in: stall = wanted")), {"wanted": 7})
    story.do("a", stall=9)
    story.do("b")
    assert story.execution.task_data(story.task("undo_b")) == {"stall": 9, "wanted": 7}


def test_instances_of_a_subprocess_are_undone_one_after_the_other() -> None:
    story = Story(_sub(INNER + several("[10, 20]")))
    for task, index in (("a", 0), ("a", 1), ("b", 1), ("b", 0)):
        story.do(task, index)
    order = []
    while story.open != ["z"]:
        (task,) = story.execution.tasks
        order.append((task.element.id, task.scope, story.execution.task_data(task.id)["item"]))
        story.do(task.element.id)
    first, second = ("sub", 0), ("sub", 1)
    assert order == [("undo_b", first, 10), ("undo_a", first, 10), ("undo_b", second, 20), ("undo_a", second, 20)]


def test_subprocesses_within_subprocesses_are_undone_from_inside() -> None:
    deeper = node("subProcess", "deep", INNER)
    outer = (
        node("startEvent", "os") + users("c") + deeper + users("d") + undoes("c") + undoes("d") + node("endEvent", "oe")
    )
    story = Story(_sub(outer + chain("os", "c", "deep", "d", "oe")))
    for task in ("c", "a", "b", "d"):
        story.do(task)
    assert undo_all(story) == ["undo_d", "undo_b", "undo_a", "undo_c"]
    assert story.open == ["z"]


def _with_handler(inner: str) -> str:
    start = node("startEvent", "hs", UNDO)
    return INNER + node("subProcess", "h", start + inner + node("endEvent", "he"), triggeredByEvent="true")


def test_a_compensation_event_subprocess_undoes_its_subprocess() -> None:
    story = Story(_sub(_with_handler(users("mend") + chain("hs", "mend", "he"))))
    story.do("a")
    story.do("b")
    (task,) = story.execution.tasks
    assert (task.element.id, task.scope) == ("mend", ("sub", "h"))
    story.do("mend")
    assert story.open == ["z"]


def test_a_compensation_event_subprocess_may_undo_what_was_completed_inside() -> None:
    inner = users("before", "after") + throw("inside", "a") + chain("hs", "before", "inside", "after", "he")
    story = Story(_sub(_with_handler(inner)))
    story.do("a")
    story.do("b")
    story.do("before")
    assert story.open == ["undo_a"]
    story.do("undo_a")
    assert story.open == ["after"]
    story.do("after")
    assert story.open == ["z"]


def test_an_event_subprocess_undoes_what_is_around_it() -> None:
    handler = node("startEvent", "told", message("m")) + users("own") + throw("inside") + node("endEvent", "he")
    handler += undoes("own") + chain("told", "own", "inside", "he")
    body = line("a", "b") + undoes("a") + node("subProcess", "h", handler, triggeredByEvent="true")
    story = Story(definitions(body, roots=messages("m")))
    story.do("a")
    story.send("m")
    story.do("own")
    assert undo_all(story) == ["undo_own", "undo_a"]
    assert story.ended


def test_an_error_while_undoing_is_caught_around() -> None:
    fails = node("startEvent", "fs") + users("try") + node("endEvent", "fe", '<errorEventDefinition errorRef="wrong"/>')
    inner = line("a", start="s", end="x").replace(node("endEvent", "x"), throw("x", tag="endEvent"))
    inner += undoes("a", inner=fails + chain("fs", "try", "fe"), tag="subProcess")
    more = (
        boundary("caught", "sub", '<errorEventDefinition errorRef="wrong"/>') + users("mend") + chain("caught", "mend")
    )
    story = Story(_sub(inner, more=more))
    story.do("a")
    story.do("try")
    assert story.open == ["mend"]


def test_leaving_what_asked_takes_the_undoing_away() -> None:
    inner = INNER.replace(node("endEvent", "e"), throw("e", tag="endEvent"))
    more = boundary("late", "sub", timer("PT1H")) + users("after") + chain("late", "after")
    story = Story(_sub(inner, more=more))
    story.do("a")
    story.do("b")
    assert story.open == ["undo_b"]
    assert story.wait(hours=1) == ["late"]
    assert story.open == ["after"]
    assert [row["element"] for row in story.execution.projection()["tokens"]] == ["after"]


def test_a_called_process_is_undone_only_as_a_whole() -> None:
    called = f'<process id="Q" isExecutable="true">{INNER}</process>'
    body = START + node("callActivity", "call", calledElement="Q") + users("z") + throw("throw")
    body += chain("start", "call", "throw", "z")
    story = Story(definitions(body, called))
    story.do("a")
    story.do("b")
    assert story.open == ["z"]
    story = Story(definitions(body + undoes("call"), called))
    story.do("a")
    story.do("b")
    assert undo_all(story) == ["undo_call"]


# Transactions -----------------------------------------------------------------------------------------------------


def _transaction(*, loop: str = "", more: str = "") -> str:
    inner = node("startEvent", "s") + node("parallelGateway", "fork") + users("a", "b", "c") + undoes("a") + undoes("b")
    inner += (
        '<exclusiveGateway id="g" default="g_ok"/>'
        + node("endEvent", "ok")
        + node("endEvent", "off", "<cancelEventDefinition/>")
    )
    inner += chain("s", "fork", "a", "b", "g", "ok") + flow("g", "off", "= cancelled") + chain("fork", "c")
    body = (
        START
        + node("transaction", "t", inner + loop)
        + boundary("cancel", "t", "<cancelEventDefinition/>")
        + users("after", "y")
    )
    return definitions(body + END + chain("start", "t", "y", "end") + chain("cancel", "after") + more)


def test_a_cancelled_transaction_is_undone_before_it_is_left() -> None:
    story = Story(_transaction())
    story.do("a")
    story.do("b", cancelled=True)
    # What was at work in it is taken away first.
    assert undo_all(story) == ["undo_b", "undo_a"]
    assert story.open == ["after"]
    assert [row["element"] for row in story.execution.projection()["tokens"]] == ["after"]


def test_a_transaction_that_is_not_cancelled_may_be_undone_later() -> None:
    story = Story(
        _transaction(more=throw("later") + chain("y", "later")).replace('targetRef="end"', 'targetRef="later"', 1)
    )
    story.do("a")
    story.do("b", cancelled=False)
    story.do("c")
    assert story.open == ["y"]
    story.do("y")
    assert undo_all(story) == ["undo_b", "undo_a"]


def test_nothing_interrupts_the_undoing_of_a_transaction() -> None:
    more = boundary("late", "t", timer("PT1H")) + users("limit") + chain("late", "limit")
    story = Story(_transaction(more=more))
    story.do("a")
    assert [timer.element for timer in story.execution.timers] == ["late"]
    story.do("b", cancelled=True)
    assert story.wait(hours=2) == []
    assert undo_all(story) == ["undo_b", "undo_a"]
    assert story.open == ["after"]


# The state --------------------------------------------------------------------------------------------------------


def test_what_can_be_undone_is_part_of_the_state() -> None:
    model = in_turn("a", "b", more=users("x"))
    one, other = Story(model), Story(model)
    assert "undoable" not in one.execution.projection()
    one.do("a")
    (row,) = one.execution.projection()["undoable"]
    assert row == {"element": None, "scope": [], "undoable": [["a", None, {}, []]]}
    other.do("a")
    assert one.execution.projection() == other.execution.projection()
    one.do("b")
    (row,) = one.execution.projection()["undoable"]
    assert (row["element"], row["left"]) == ("throw", [[0, ["a", None, {}, []]]])


def test_a_definition_that_does_not_know_what_is_to_be_undone_is_refused() -> None:
    story = Story(in_turn("a", "b"))
    story.do("a")
    other = compiled(in_turn("c", "b"))
    with pytest.raises(StateError, match="a"):
        Execution.restore(other, story.execution.dump())
