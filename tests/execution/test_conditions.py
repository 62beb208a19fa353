"""Conditional events: something in the case comes to hold, and the diagram answers in the same step."""

from __future__ import annotations

import pytest

from tests.execution.stories import (
    Story,
    boundary,
    chain,
    definitions,
    flow,
    line,
    message,
    messages,
    node,
    script,
    several,
    timer,
    users,
)


def condition(text: str) -> str:
    """The definition of a conditional event."""
    return f"<conditionalEventDefinition><condition>= {text}</condition></conditionalEventDefinition>"


def _guarded(text: str, *, interrupting: bool = True, activity: str = "", beside: str = "") -> str:
    """An activity ``a``, with a conditional boundary event that leads to ``told``, and a task ``b`` beside it."""
    activity = activity or node("subProcess", "a", line("a1", "a2", start="is", end="ie"))
    body = node("startEvent", "start") + node("parallelGateway", "fork") + activity + users("b", "told")
    body += (
        chain("start", "fork", "a")
        + chain("fork", "b")
        + boundary("c", "a", condition(text), interrupting=interrupting)
    )
    return definitions(body + chain("c", "told") + beside)


def test_it_takes_the_activity_away_when_a_result_makes_it_hold() -> None:
    story = Story(_guarded("amount > 100"))
    story.do("b", amount=50)
    assert story.open == ["a1"]
    story = Story(_guarded("amount > 100"))
    story.do("b", amount=500)
    assert story.open == ["told"]


def test_what_is_done_inside_does_not_go_on_when_it_makes_the_condition_hold() -> None:
    story = Story(_guarded("amount > 100"))
    story.do("a1", amount=500)
    # Not `a2`: the subprocess is left before its next task begins.
    assert story.open == ["b", "told"]


def test_the_result_of_the_activity_itself_comes_too_late() -> None:
    story = Story(_guarded("amount > 100", activity=node("userTask", "a")))
    story.do("a", amount=500)
    assert story.open == ["b"]


def test_what_holds_already_when_the_activity_begins_is_heard_at_once() -> None:
    assert Story(_guarded("amount > 100"), {"amount": 200}).open == ["b", "told"]
    story = Story(_guarded("amount > 100", interrupting=False), {"amount": 200})
    assert story.open == ["a1", "b", "told"]


def test_a_non_interrupting_one_is_heard_each_time_that_it_comes_to_hold() -> None:
    more = users("c1", "c2", "c3", "c4") + chain("b", "c1", "c2", "c3", "c4")
    story = Story(_guarded("amount > 100", interrupting=False, beside=more))
    told = []
    for task, amount in (("b", 500), ("c1", 600), ("c2", 50), ("c3", 700), ("c4", None)):
        story.do(task, amount=amount)
        told.append(story.open.count("told"))
    # It must be false before it is heard again.
    assert told == [1, 1, 1, 2, 2]


def test_what_is_not_true_is_not_yet_so() -> None:
    for amount in (None, "much", 3):
        story = Story(_guarded("amount"))
        story.do("b", amount=amount)
        assert story.open == ["a1"] and not story.stuck


def test_a_script_in_between_makes_it_hold_and_not_hold_again() -> None:
    on_and_off = script("on", "true", "flag") + script("off", "false", "flag") + chain("b", "on", "off")
    story = Story(_guarded("flag", beside=on_and_off))
    story.do("b")
    assert story.open == ["told"] and story.variables == {"flag": False}


def test_a_catch_event_waits_for_it_and_passes_at_once_where_it_holds() -> None:
    body = node("startEvent", "start") + node("parallelGateway", "fork") + users("b", "after")
    body += (
        node("intermediateCatchEvent", "c", condition("paid"))
        + chain("start", "fork", "c", "after")
        + chain("fork", "b")
    )
    story = Story(definitions(body))
    assert story.open == ["b"] and not story.ended
    story.do("b", paid=True)
    assert story.open == ["after"]
    assert Story(definitions(body), {"paid": True}).open == ["after", "b"]


def test_an_event_based_gateway_takes_it_when_it_comes_first() -> None:
    body = node("startEvent", "start") + node("parallelGateway", "fork") + node("eventBasedGateway", "g")
    body += node("intermediateCatchEvent", "c", condition("paid")) + node("intermediateCatchEvent", "t", timer("P3D"))
    body += users("b", "go", "late") + chain("start", "fork", "g", "c", "go") + flow("g", "t") + chain("t", "late")
    story = Story(definitions(body + chain("fork", "b")))
    assert [timer.element for timer in story.execution.timers] == ["t"]
    story.do("b", paid=True)
    assert story.open == ["go"] and story.execution.timers == []
    assert Story(definitions(body + chain("fork", "b")), {"paid": True}).open == ["b", "go"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_subprocess_starts_on_it(interrupting: bool) -> None:
    start = node("startEvent", "on", condition("urgent"), isInterrupting=str(interrupting).lower())
    handler = start + users("hurry") + node("endEvent", "he") + chain("on", "hurry", "he")
    model = definitions(line("a", "b") + node("subProcess", "h", handler, triggeredByEvent="true"))
    story = Story(model)
    story.do("a", urgent=True)
    assert story.open == (["hurry"] if interrupting else ["b", "hurry"])
    # Where it holds from the beginning it is heard at the beginning.
    assert Story(model, {"urgent": True}).open == (["hurry"] if interrupting else ["a", "hurry"])


def test_a_process_may_begin_with_it() -> None:
    body = node("startEvent", "start", condition("ready")) + users("a") + node("endEvent", "end")
    assert Story(definitions(body + chain("start", "a", "end"))).open == []
    assert Story(definitions(body + chain("start", "a", "end")), {"ready": True}).open == ["a"]


def test_an_instance_reads_its_own_and_the_whole_what_is_around() -> None:
    inner = line("x", "y", start="is", end="ie") + several("[1, 2]")
    story = Story(_guarded("answer = 7", activity=node("subProcess", "a", inner)))
    story.do("x", 0, answer=7)
    # The answer stays in its instance, which the boundary event is not in.
    assert story.open == ["b", "x", "y"]
    story.do("b", answer=7)
    assert story.open == ["told"]


def test_it_hears_what_a_message_brings() -> None:
    model = _guarded("amount > 100", beside=boundary("m", "b", message("m"), interrupting=False) + chain("m", "note"))
    model = model.replace("</process>", users("note") + "</process>").replace("<process", messages("m") + "<process", 1)
    story = Story(model)
    story.send("m", amount=101)
    assert story.open == ["b", "note", "told"]


def test_facts_of_the_office_are_read_too() -> None:
    story = Story(_guarded('case.agent = "li"'), facts={"case": {"agent": "wang"}})
    story.facts = {"case": {"agent": "li"}}
    story.do("b")
    assert story.open == ["told"]
