"""What comes when a task is completed: told from the data, and where an answer decides, for each of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.execution.stories import (
    Story,
    boundary,
    chain,
    definitions,
    flow,
    line,
    mappings,
    node,
    several,
    users,
)

SAID = {"said": ["yes", "no"]}
ASKED = users("ask", "yes", "no", "late")


def story(inner: str, variables: Mapping[str, Any] | None = None, *, roots: str = "") -> Story:
    return Story(definitions(inner, roots=roots), variables)


def ahead(story: Story, element: str = "ask", choices: Mapping[str, Sequence[Any]] = SAID) -> list[Any]:
    before = story.execution.dump()
    found = story.execution.ahead(story.task(element), choices, story.step())
    assert story.execution.dump() == before
    return [
        (
            {key: list(values) for key, values in one.answers},
            [(reached.element or reached.kind, reached.when, reached.flows) for reached in one.reached],
        )
        for one in found
    ]


def fork(yes: str, *others: str) -> str:
    """A task, then a gateway to the tasks ``yes``, ``late`` and ``no``: the last is the default."""
    return (
        node("startEvent", "start")
        + ASKED
        + node("exclusiveGateway", "way", default="way_no")
        + node("endEvent", "end")
        + flow("start", "ask")
        + flow("ask", "way")
        + flow("way", "yes", yes)
        + "".join(flow("way", "late", other) for other in others)
        + flow("way", "no")
        + flow("yes", "end")
        + flow("no", "end")
        + flow("late", "end")
    )


def test_what_the_data_decides_is_told_without_the_answers() -> None:
    assert ahead(story(fork("=known"), {"known": True})) == [({}, [("yes", "", None)])]
    assert ahead(story(fork("=known"), {"known": False})) == [({}, [("no", "", None)])]


def test_an_answer_that_decides_is_told_with_what_it_leads_to() -> None:
    assert ahead(story(fork('=said = "yes"'))) == [
        ({"said": ["yes"]}, [("yes", "", None)]),
        ({"said": ["no"]}, [("no", "", None)]),
    ]


def test_an_answer_that_the_data_overrules_is_not() -> None:
    found = ahead(story(fork('=sure and said = "yes"'), {"sure": False}))
    assert found == [({}, [("no", "", None)])]


def test_the_answers_of_one_outcome_are_told_together() -> None:
    choices = {"said": ["a", "b", "c"]}
    assert ahead(story(fork('=said != "b"')), choices=choices) == [
        ({"said": ["a", "c"]}, [("yes", "", None)]),
        ({"said": ["b"]}, [("no", "", None)]),
    ]


def test_a_second_answer_is_told_where_the_first_asks_for_it() -> None:
    choices = {"said": ["yes", "no"], "when": ["now", "later"]}
    assert ahead(story(fork('=said = "yes" and when = "now"')), choices=choices) == [
        ({"said": ["yes"], "when": ["now"]}, [("yes", "", None)]),
        ({"said": ["yes"], "when": ["later"]}, [("no", "", None)]),
        ({"said": ["no"]}, [("no", "", None)]),
    ]


def test_free_text_that_decides_leaves_all_that_the_data_does_not_rule_out() -> None:
    told = story(fork('=text = "yes"', "=late"), {"late": False})
    assert ahead(told, choices={"text": []}) == [({}, [("yes", "", ()), ("no", "", ())])]
    named = story(fork('=text = "yes"').replace('targetRef="yes"', 'targetRef="yes" name="granted"'))
    assert ahead(named, choices={"text": []})[0][1][0] == ("yes", "", ("granted",))


def test_what_the_task_makes_of_its_answers_is_told_by_them() -> None:
    outputs = mappings('out: fixed = "no"', 'out: made = if said = "yes" then fixed else "x"', "out: other = text")
    asked = fork('=made = "no" and fixed = "no"').replace(node("userTask", "ask"), node("userTask", "ask", outputs))
    # The text only goes along: nothing is decided by it.
    assert ahead(story(asked), choices={"text": [], **SAID}) == [
        ({"said": ["yes"]}, [("yes", "", None)]),
        ({"said": ["no"]}, [("no", "", None)]),
    ]


def test_more_values_than_are_tried_are_not_told_apart() -> None:
    choices = {"said": [str(number) for number in range(200)]}
    assert ahead(story(fork('=said = "7"')), choices=choices) == [({}, [("yes", "", ()), ("no", "", ())])]


def test_instances_that_are_still_at_work_are_waited_for() -> None:
    each = node("userTask", "each", several("[1, 2]"))
    told = story(line("each", "after").replace(node("userTask", "each"), each))
    assert ahead(told, "each", {}) == [({}, [("after", "instances", None)])]
    told.do("each", 0)
    assert ahead(told, "each", {}) == [({}, [("after", "", None)])]


def test_other_branches_are_waited_for_at_the_join() -> None:
    told = story(
        node("startEvent", "start")
        + users("ask", "beside", "after")
        + node("parallelGateway", "split")
        + node("parallelGateway", "join")
        + node("endEvent", "end")
        + chain("start", "split", "ask", "join", "after", "end")
        + chain("split", "beside", "join")
    )
    assert ahead(told) == [({}, [("after", "branches", None)])]
    told.do("beside")
    assert ahead(told) == [({}, [("after", "", None)])]


def test_the_end_of_a_branch_is_no_end_of_the_case() -> None:
    told = story(
        node("startEvent", "start")
        + users("ask", "beside")
        + node("parallelGateway", "split")
        + node("endEvent", "one")
        + node("endEvent", "end", name="Done")
        + chain("start", "split", "ask", "one")
        + chain("split", "beside", "end")
    )
    assert ahead(told) == [({}, [("", "", None)])]
    told.do("beside")
    assert ahead(told) == [({}, [("endEvent", "", None)])]


def test_what_is_thrown_leads_to_who_catches_it() -> None:
    thrown = '<escalationEventDefinition escalationRef="up"/>'
    inside = line("ask").replace(node("endEvent", "end"), node("endEvent", "end", thrown))
    told = story(
        node("startEvent", "s")
        + node("subProcess", "part", inside)
        + boundary("caught", "part", thrown)
        + users("usual", "mend")
        + node("endEvent", "e")
        + chain("s", "part", "usual", "e")
        + chain("caught", "mend", "e"),
        roots='<escalation id="up" escalationCode="up"/>',
    )
    assert ahead(told) == [({}, [("mend", "", None)])]
