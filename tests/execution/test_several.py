"""Several instances of one activity: departments that are all asked at once, or one after the other."""

from __future__ import annotations

import pytest

from tests.execution.stories import Story, chain, definitions, line, mappings, node, several, users


def _joint(inner: str, *, tag: str = "userTask", content: str = "") -> str:
    body = (
        node("startEvent", "start") + node(tag, "opinion", content + inner) + users("sum_up") + node("endEvent", "end")
    )
    return definitions(body + chain("start", "opinion", "sum_up", "end"))


def _departments(count: int) -> dict[str, object]:
    return {"departments": [f"unit{number}" for number in range(count)]}


def test_forty_four_departments_each_have_their_task_at_each_step() -> None:
    assignment = '<extensionElements><zeebe:assignmentDefinition candidateGroups="= [unit]"/></extensionElements>'
    story = Story(_joint(several("departments", element="unit"), content=assignment), _departments(44))
    left = {f"unit{number}" for number in range(44)}
    order = [*range(43, -1, -2), *range(0, 44, 2)]
    for number in order:
        assert {task.groups for task in story.execution.tasks} == {(unit,) for unit in left}
        (task,) = [task for task in story.execution.tasks if task.groups == (f"unit{number}",)]
        assert task.scope == ("opinion", number)
        assert story.execution.task_data(task.id)["unit"] == f"unit{number}"
        story.do("opinion", number, answer=f"from {number}")
        left.discard(f"unit{number}")
    assert story.open == ["sum_up"]
    # By index, whatever the order of arrival; nothing was lost at the join.
    assert story.variables["opinion"] == [{"answer": f"from {number}"} for number in range(44)]


def test_results_stay_in_their_instance_unless_they_are_mapped() -> None:
    content = mappings("out:last = answer")
    story = Story(_joint(several("departments", element="unit"), content=content), _departments(2))
    story.do("opinion", 1, answer="b")
    assert story.variables == {**_departments(2), "last": "b"}
    plain = Story(_joint(several("departments", element="unit")), _departments(2))
    plain.do("opinion", 1, answer="b")
    assert plain.variables == _departments(2)
    assert "answer" not in plain.execution.task_data(plain.task("opinion", 0))


def test_an_output_collection_takes_what_the_output_element_says() -> None:
    inner = several(
        "departments", element="unit", more='outputCollection="opinions" outputElement="= {of: unit, is: answer}"'
    )
    story = Story(_joint(inner), _departments(2))
    story.do("opinion", 1, answer="b")
    story.do("opinion", 0, answer="a")
    assert story.variables["opinions"] == [{"of": "unit0", "is": "a"}, {"of": "unit1", "is": "b"}]


def test_one_after_the_other() -> None:
    story = Story(_joint(several("departments", element="unit", sequential=True)), _departments(3))
    for number in range(3):
        (task,) = story.execution.tasks
        assert task.scope == ("opinion", number)
        data = story.execution.task_data(task.id)
        assert (data["unit"], data["loopCounter"]) == (f"unit{number}", number + 1)
        story.do("opinion", answer=number)
    assert story.variables["opinion"] == [{"answer": 0}, {"answer": 1}, {"answer": 2}]


@pytest.mark.parametrize("sequential", [False, True])
def test_one_refusal_is_enough(sequential: bool) -> None:
    inner = several(
        "departments",
        element="unit",
        sequential=sequential,
        more='outputCollection="opinions" outputElement="= answer"',
        done='list contains(opinions, "refuse") or numberOfCompletedInstances = 3',
    )
    story = Story(_joint(inner), _departments(5))
    story.do("opinion", 0, answer="agree")
    assert "sum_up" not in story.open
    story.do("opinion", 1, answer="refuse")
    assert story.open == ["sum_up"]
    assert story.variables["opinions"] == ["agree", "refuse", None, None, None]


def test_nobody_to_ask() -> None:
    story = Story(_joint(several("departments")), {"departments": []})
    assert story.open == ["sum_up"]
    assert story.variables["opinion"] == []


@pytest.mark.parametrize("departments", [None, "tax", {"a": 1}])
def test_no_list_to_ask_is_an_incident_that_a_mended_variable_lets_go_on(departments: object) -> None:
    story = Story(_joint(several("departments")), {"departments": departments})
    assert story.stuck == ["opinion"]
    assert "no list" in story.execution.incidents[0].cause
    story.facts["departments"] = ["tax"]
    story.retry()
    assert story.open == ["opinion"]


def test_a_number_of_instances() -> None:
    inner = "<loopCardinality>= 1 + 2</loopCardinality>"
    inner = f"<multiInstanceLoopCharacteristics>{inner}</multiInstanceLoopCharacteristics>"
    story = Story(_joint(inner))
    assert len(story.open) == 3
    for cardinality in ("= -1", "= 1.5", "= null", "= 1000000"):
        assert Story(_joint(inner.replace("= 1 + 2", cardinality))).stuck == ["opinion"]


@pytest.mark.parametrize("sequential", [False, True])
def test_subprocesses_and_called_processes_in_several_instances(sequential: bool) -> None:
    inside = line("check", "answer", start="s", end="e")
    story = Story(
        _joint(several("departments", element="unit", sequential=sequential), tag="subProcess", content=inside),
        _departments(2),
    )
    for number in range(2):
        story.do("check", note=number)
        task = next(task for task in story.execution.tasks if task.element.id == "answer")
        assert task.scope == ("opinion", number)
        assert story.execution.task_data(task.id)["note"] == number
        story.do("answer", text=f"t{number}")
    assert story.variables["opinion"] == [{"note": 0, "text": "t0"}, {"note": 1, "text": "t1"}]


def test_a_called_process_gives_its_results_to_its_instance() -> None:
    call = node("callActivity", "opinion", several("departments", element="unit"), calledElement="Q")
    called = node("process", "Q", line("answer", start="s", end="e"), isExecutable="true")
    body = node("startEvent", "start") + call + users("sum_up") + chain("start", "opinion", "sum_up")
    story = Story(definitions(body, called), _departments(2))
    for number in (1, 0):
        task = next(task for task in story.execution.tasks if task.scope == ("opinion", number))
        assert story.execution.task_data(task.id)["unit"] == f"unit{number}"
        story._did(story.execution.complete(task.id, {"text": number}, story.step()))
    assert story.variables["opinion"] == [{"text": 0}, {"text": 1}]


def test_results_of_two_branches_are_both_there_after_the_join() -> None:
    # In the library the untouched copy of the later branch overwrites the value of the first.
    body = (
        node("startEvent", "start")
        + node("parallelGateway", "split")
        + node("parallelGateway", "join")
        + users("a", "b", "z")
    )
    body += chain("start", "split", "a", "join", "z") + chain("split", "b", "join")
    story = Story(definitions(body), {"x": {"deep": [1]}})
    story.do("a", one=1)
    story.do("b", two=2)
    assert story.variables == {"x": {"deep": [1]}, "one": 1, "two": 2}
