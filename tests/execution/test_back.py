"""Going back on random models: what was open before a completion is open again, and done again it leads to the same."""

from __future__ import annotations

import datetime as python
import random
from collections.abc import Callable
from typing import Any

import pytest

from engine.errors import NotOffered
from engine.execution import Execution, Step
from tests.execution import blocks, generator
from tests.execution.fuzz import STEPS, Fate
from tests.execution.stories import Story, compiled


def where(execution: Execution) -> dict[str, Any]:
    """Where a case is; a task that is entered anew starts its own timers anew."""
    projection = execution.projection()
    return {
        "tokens": projection["tokens"],
        "tasks": sorted(repr((task.element.id, task.scope)) for task in execution.tasks),
        "timers": sorted(repr((timer.element, timer.scope)) for timer in execution.timers),
        "messages": sorted(execution.waits_for()),
        "ended": projection["ended"],
    }


def there_and_back(seed: int) -> tuple[int, int]:
    """Run a model, and at each completion go back and do it again on a copy: how often that went, and was refused."""
    program = compiled(blocks.draw(generator.model(seed)))
    fate, rng = Fate(seed), random.Random(seed)
    functions: dict[str, Callable[..., Any]] = {"holds": fate.holds, "count_of": fate.count_of}
    story = Story(program, functions=functions)
    went = refused = 0
    for number in range(1, STEPS + 1):
        if story.execution.ended:
            break
        fate.step = number
        tasks = story.execution.tasks
        messages = sorted(story.execution.waits_for())
        if tasks and rng.random() < 0.7:
            task = rng.choice(tasks)
            before, kept = story.execution.dump(), {other.id for other in tasks} - {task.id}
            was = where(story.execution)
            story._did(story.execution.complete(task.id, {"answer": number}, story.step()))
            if story.execution.ended:
                break
            copy = Execution.restore(program, story.execution.dump())
            variables = copy.variables
            try:
                _, again = copy.go_back(Execution.restore(program, before), task.id, None, later(story, 1))
            except NotOffered:
                refused += 1
                continue
            went += 1
            assert again in {other.id for other in copy.tasks}
            if program.conditional:
                # What holds may change from step to step here, and is heard in the step of the return itself.
                continue
            back = where(copy)
            # A boundary timer of the task itself may have fired before; it begins anew with it.
            assert set(was.pop("timers")) <= set(back.pop("timers"))
            assert back == was
            assert copy.variables == variables
            assert kept <= {other.id for other in copy.tasks}
            assert again not in kept
            assert again != task.id
            copy = Execution.restore(program, copy.dump())
            copy.complete(again, {"answer": number}, later(story, 2))
            assert where(copy) == where(story.execution)
            assert copy.variables == story.execution.variables
        elif messages and rng.random() < 0.5:
            story.send(rng.choice(messages))
        else:
            story.wait(hours=rng.choice([1, 2, 5]))
    return went, refused


def later(story: Story, steps: int) -> Step:
    """A step of the copy: not one of the story's."""
    return Step(
        case=story.case,
        seq=story.seq + steps,
        now=story.now + python.timedelta(seconds=steps),
        functions=story.functions,
    )


@pytest.mark.parametrize("seed", range(1, 41))
def test_back_and_forth_is_as_if_nothing_had_happened(seed: int) -> None:
    there_and_back(seed)


def test_the_models_go_back_often_and_are_refused_sometimes() -> None:
    counts = [there_and_back(seed) for seed in range(100, 124)]
    assert sum(went for went, _ in counts) > 40
    assert sum(refused for _, refused in counts) > 0
