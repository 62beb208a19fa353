"""A model that is called sound never gets stuck when the execution runs it; the path of a deadlock is real."""

from __future__ import annotations

import random

import pytest

from engine.definitions import SourceFile, read
from engine.execution import Program
from engine.soundness import faults
from tests.execution import blocks, generator
from tests.execution.fuzz import Fate
from tests.execution.stories import Story

STEPS = 60


def run(program: Program, seed: int) -> str | None:
    """How a case gets stuck that is answered at random, if it does."""
    fate, rng = Fate(seed), random.Random(seed)
    story = Story(program, functions={"holds": fate.holds, "count_of": fate.count_of}, stored=False)
    for number in range(1, STEPS):
        fate.step = number
        if story.ended:
            return None
        if story.stuck:
            return f"incident at {story.stuck}"
        tasks, offers = story.execution.tasks, sorted(story.execution.waits_for())
        if not (tasks or offers or story.execution.timers):
            return "nothing is open, and the case has not ended"
        if tasks:
            story._did(story.execution.complete(rng.choice(tasks).id, {}, story.step()))
        elif offers:
            story.send(rng.choice(offers))
        else:
            story.wait(hours=100)
    return None


@pytest.mark.parametrize("seeds", range(0, 400, 20))
def test_unstructured_models_that_are_called_sound_never_get_stuck(seeds: int) -> None:
    for seed in range(seeds, seeds + 20):
        (process,) = read([SourceFile(name="p.bpmn", content=generator.unstructured(seed).encode())]).processes
        if any(fault.severity != "note" for fault in faults({process.key: process})):
            continue
        program = Program.compile(process, {})
        for course in range(4):
            assert run(program, seed * 10 + course) is None, seed


@pytest.mark.parametrize("seeds", range(1, 121, 20))
def test_block_structured_models_are_never_called_stuck(seeds: int) -> None:
    for seed in range(seeds, seeds + 20):
        file = SourceFile(name="p.bpmn", content=blocks.draw(generator.model(seed)).encode())
        processes = {process.key: process for process in read([file]).processes}
        assert [fault for fault in faults(processes) if fault.rule == "deadlock"] == [], seed
