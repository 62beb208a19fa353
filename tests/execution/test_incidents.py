"""What fails keeps its place, says why, and is tried again from there; the rest of the case goes on."""

from __future__ import annotations

import pytest

from engine.errors import TaskAlreadyCompleted
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
    properties,
    script,
    timer,
    users,
)

# `name.first` of what the host refuses; FEEL itself never fails but on its bounds.
_FAILS = "for i in 1..1000000 return i"


def _beside(broken: str, after: str = "z") -> str:
    """Something that fails in one branch, a task in the other."""
    body = node("startEvent", "start") + node("parallelGateway", "p") + users("beside", after) + broken
    return definitions(body + flow("start", "p") + flow("p", "beside") + chain("p", "broken", after))


def test_a_script_that_fails_is_an_incident_and_others_go_on() -> None:
    story = Story(_beside(script("broken", "if ready then 1 else count(" + _FAILS + ")", "x")), {"ready": False})
    assert story.stuck == ["broken"] and story.open == ["beside"]
    (incident,) = story.execution.incidents
    assert "steps" in incident.cause
    story.do("beside", ready=True)
    assert story.stuck == ["broken"]
    assert story.retry().path == ("z",)
    assert story.stuck == [] and story.open == ["z"] and story.variables["x"] == 1


def test_only_the_element_that_is_named_is_tried_again() -> None:
    body = node("startEvent", "start") + node("parallelGateway", "p") + flow("start", "p")
    for name in ("one", "two"):
        body += script(name, "if ready then 1 else count(" + _FAILS + ")", name) + flow("p", name)
    story = Story(definitions(body), {"ready": False})
    assert story.stuck == ["one", "two"]
    story.facts["ready"] = True
    story.retry("two")
    assert story.stuck == ["one"] and story.variables["two"] == 1


def test_an_output_mapping_that_fails_keeps_what_the_person_gave() -> None:
    task = node("userTask", "broken", mappings("out:x = if ready then given else count(" + _FAILS + ")"))
    story = Story(_beside(task), {"ready": False})
    story.do("broken", given=5)
    assert story.open == ["beside"] and story.stuck == ["broken"]
    story.facts["ready"] = True
    story.retry()
    assert story.variables == {"ready": False, "x": 5} and story.open == ["beside", "z"]


def test_results_are_written_once_though_the_way_on_fails() -> None:
    task = node("userTask", "a", mappings("out:count = count + 1"), default="a_no")
    body = node("startEvent", "start") + task + users("yes", "no") + flow("start", "a")
    story = Story(definitions(body + flow("a", "yes", "= go") + flow("a", "no")), {"count": 1})
    story.do("a")
    assert story.stuck == ["a"] and story.variables["count"] == 2
    story.facts["go"] = True
    story.retry()
    assert story.variables["count"] == 2 and story.open == ["yes"]


def test_an_input_mapping_or_an_assignment_that_fails() -> None:
    for inner in (
        mappings("in:x = if ready then 1 else count(" + _FAILS + ")"),
        '<extensionElements><zeebe:assignmentDefinition candidateGroups="= group"/></extensionElements>',
        '<extensionElements><zeebe:taskSchedule dueDate="= case.due"/></extensionElements>',
    ):
        story = Story(_beside(node("userTask", "broken", inner)), {"ready": False})
        if "due" in inner:  # null is no due date, and no fault
            assert story.open == ["beside", "broken"]
            continue
        assert story.stuck == ["broken"] and story.open == ["beside"]
        story.facts.update(ready=True, group="tax")
        story.retry()
        assert story.open == ["beside", "broken"]


def test_a_milestone_whose_property_fails_is_not_passed() -> None:
    event = node("intermediateThrowEvent", "broken", properties(since="= if ready then 1 else count(" + _FAILS + ")"))
    story = Story(_beside(event), {"ready": False})
    assert story.stuck == ["broken"] and story.outcome.milestones == ()
    story.facts["ready"] = True
    (milestone,) = story.retry().milestones
    assert milestone.properties == {"since": 1}


def test_an_incident_can_still_be_interrupted() -> None:
    task = node("userTask", "broken", mappings("out:x = count(" + _FAILS + ")"))
    events = boundary("b", "broken", message("m")) + users("on") + flow("b", "on")
    story = Story(
        definitions(node("startEvent", "start") + task + flow("start", "broken") + events, roots=messages("m"))
    )
    story.do("broken")
    assert story.stuck == ["broken"]
    story.send("m")
    assert story.stuck == [] and story.open == ["on"]


def test_a_loop_that_never_waits_is_stopped() -> None:
    gate = node("exclusiveGateway", "broken", default="broken_z") + node("task", "t")
    story = Story(_beside(gate + flow("broken", "t", "= true") + flow("t", "broken")))
    assert len(story.stuck) == 1 and story.open == ["beside"]
    assert "never waits" in story.execution.incidents[0].cause


# Work done outside -----------------------------------------------------------------------------------------------


def _service() -> str:
    task = '<extensionElements><zeebe:taskDefinition type="pay"/></extensionElements>'
    return _beside(node("serviceTask", "broken", task))


def test_a_service_task_waits_for_its_result() -> None:
    story = Story(_service(), {"fee": 5})
    (job,) = story.execution.jobs
    assert (job.topic, job.element.id, job.scope) == ("pay", "broken", ())
    assert story.execution.job_data(job.id) == {"fee": 5}
    story.work(receipt="r1")
    assert story.variables == {"fee": 5, "receipt": "r1"} and story.open == ["beside", "z"]
    with pytest.raises(TaskAlreadyCompleted):
        story.execution.complete_job(job.id, {}, story.step())


@pytest.mark.parametrize(
    "named",
    [
        '<serviceTask id="pay" camunda:type="external" camunda:topic="pay" camunda:resultVariable="answer"/>',
        '<serviceTask id="pay"><extensionElements><spiffworkflow:serviceTaskOperator id="pay" resultVariable="answer"/>'
        "</extensionElements></serviceTask>",
    ],
    ids=["camunda", "spiff"],
)
def test_a_result_variable_takes_all_that_comes_back(named: str) -> None:
    story = Story(definitions(node("startEvent", "start") + named + users("a") + chain("start", "pay", "a")))
    story.work(receipt="r1", fee=5)
    assert story.variables == {"answer": {"receipt": "r1", "fee": 5}} and story.open == ["a"]


def test_a_job_that_was_given_up_is_an_incident_until_it_is_tried_again() -> None:
    story = Story(_service())
    story.fail("the bank is closed")
    assert story.execution.jobs == []
    assert [(one.element, one.cause) for one in story.execution.incidents] == [("broken", "the bank is closed")]
    story.retry()
    assert story.stuck == [] and len(story.execution.jobs) == 1
    story.work()
    assert story.open == ["beside", "z"]


def test_a_task_is_no_job_and_a_job_no_task() -> None:
    story = Story(_service())
    (job,) = story.execution.jobs
    with pytest.raises(TaskAlreadyCompleted):
        story.execution.complete(job.id, {}, story.step())
    with pytest.raises(TaskAlreadyCompleted):
        story.execution.fail_job(story.task("beside"), "no", story.step())


# Refused commands change nothing -----------------------------------------------------------------------------------


def test_a_task_is_completed_once() -> None:
    story = Story(definitions(line("a", "b")))
    task = story.task("a")
    story.do("a")
    before = story.execution.dump()
    for id in (task, "nonsense", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(TaskAlreadyCompleted):
            story.execution.complete(id, {"x": 1}, story.step())
    assert story.execution.dump() == before


def test_a_timer_of_a_task_that_failed_to_open_does_not_run() -> None:
    task = node("userTask", "broken", mappings("in:x = count(" + _FAILS + ")"))
    events = boundary("b", "broken", timer("PT1H")) + users("on") + flow("b", "on")
    story = Story(_beside(task + events))
    assert story.stuck == ["broken"] and story.execution.timers == []
