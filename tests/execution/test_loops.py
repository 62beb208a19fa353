"""Activities with a loop marker: again, until what is asked for is there."""

from __future__ import annotations

from tests.execution.stories import Story, boundary, chain, definitions, line, mappings, node, script, timer, users


def looped(condition: str = "", *, before: bool = False, most: int | None = None) -> str:
    """A loop marker."""
    maximum = "" if most is None else f' loopMaximum="{most}"'
    inner = f"<loopCondition>= {condition}</loopCondition>" if condition else ""
    return (
        f'<standardLoopCharacteristics testBefore="{str(before).lower()}"{maximum}>'
        f"{inner}</standardLoopCharacteristics>"
    )


def _asking(marker: str, *, tag: str = "userTask", content: str = "", more: str = "") -> str:
    body = node("startEvent", "start") + node(tag, "ask", content + marker) + users("decide") + node("endEvent", "end")
    return definitions(body + chain("start", "ask", "decide", "end") + more)


def test_a_task_is_repeated_until_its_condition_does_not_hold() -> None:
    story = Story(_asking(looped("not(complete)")))
    for number in range(3):
        (task,) = story.execution.tasks
        assert task.scope == ("ask", number)
        assert story.execution.task_data(task.id)["loopCounter"] == number + 1
        story.do("ask", complete=number == 2)
    assert story.open == ["decide"]
    # Results go where those of the activity itself would go; the number of the round does not.
    assert story.variables == {"complete": True}


def test_a_condition_that_is_asked_before_may_skip_the_activity() -> None:
    assert Story(_asking(looped("missing > 0", before=True)), {"missing": 0}).open == ["decide"]
    story = Story(_asking(looped("missing > 0", before=True)), {"missing": 2})
    story.do("ask", missing=1)
    story.do("ask", missing=0)
    assert story.open == ["decide"]


def test_the_condition_may_count_the_rounds_that_are_done() -> None:
    for before in (False, True):
        story = Story(_asking(looped("loopCounter &lt; 3", before=before)))
        for _ in range(3):
            story.do("ask")
        assert story.open == ["decide"]


def test_there_is_a_most_rounds() -> None:
    story = Story(_asking(looped("true", most=2)))
    story.do("ask")
    story.do("ask")
    assert story.open == ["decide"]
    story = Story(_asking(looped(most=1)))
    story.do("ask")
    assert story.open == ["decide"]


def test_a_script_in_a_loop_is_evaluated_each_round() -> None:
    marker = looped("n &lt; 100")
    body = node("startEvent", "start") + script("double", "n * 2", "n").replace(
        "</scriptTask>", marker + "</scriptTask>"
    )
    story = Story(definitions(body + node("endEvent", "end") + chain("start", "double", "end")), {"n": 1})
    assert story.ended
    assert story.variables == {"n": 128}


def test_a_loop_that_never_waits_becomes_an_incident() -> None:
    story = Story(_asking(looped("true"), tag="task"))
    assert story.stuck == ["ask"]
    assert "a loop that never waits" in story.execution.incidents[0].cause


def test_a_condition_that_says_neither_is_an_incident_and_is_asked_again() -> None:
    body = node("startEvent", "start") + node("parallelGateway", "fork") + users("mend", "decide")
    body += node("userTask", "ask", looped("again")) + chain("start", "fork", "ask", "decide") + chain("fork", "mend")
    story = Story(definitions(body))
    story.do("ask", again="perhaps")
    assert story.stuck == ["ask"] and story.open == ["mend"]
    assert "neither true nor false" in story.execution.incidents[0].cause
    story.do("mend", again=False)
    story.retry()
    assert story.open == ["decide"]


def test_a_subprocess_is_repeated_as_a_whole() -> None:
    story = Story(_asking(looped("again"), tag="subProcess", content=line("a", "b", start="is", end="ie")))
    for again in (True, False):
        story.do("a")
        story.do("b", again=again)
    assert story.open == ["decide"]


def test_inputs_are_mapped_for_each_round_and_outputs_after_it() -> None:
    content = mappings("in: asked = want[loopCounter]", "out: got = append(got, answer)")
    story = Story(_asking(looped("count(got) &lt; count(want)"), content=content), {"want": ["id", "photo"], "got": []})
    assert story.execution.task_data(story.task("ask"))["asked"] == "id"
    story.do("ask", answer="an id card")
    assert story.execution.task_data(story.task("ask"))["asked"] == "photo"
    story.do("ask", answer="a photo")
    assert story.variables["got"] == ["an id card", "a photo"]
    assert "answer" not in story.variables


def test_boundary_events_belong_to_the_activity_as_a_whole() -> None:
    more = (
        boundary("late", "ask", timer("PT3H"))
        + users("remind")
        + node("endEvent", "e2")
        + chain("late", "remind", "e2")
    )
    story = Story(_asking(looped("true"), more=more))
    story.wait(hours=2)
    story.do("ask")
    # Its timer counts from the begin of the first round.
    assert story.wait(hours=1) == ["late"]
    assert story.open == ["remind"]


def test_the_state_does_not_grow_with_the_rounds() -> None:
    story = Story(_asking(looped("true")))
    sizes = []
    for _ in range(40):
        story.do("ask")
        sizes.append(story.size)
    assert sizes[-1] < sizes[5] + 20
