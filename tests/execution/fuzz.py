"""The differential test: random models, run by the execution and by the reference, compared after each step.

``python -m tests.execution.fuzz --models 2000 --seed 1`` for a long run; exits 1 on a divergence.
"""

from __future__ import annotations

import argparse
import datetime as python
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import md5
from typing import Any

from tests.execution import blocks, generator
from tests.execution.reference import Reference, World
from tests.execution.stories import Story, compiled

STEPS = 40
#: An unstructured model with more open tasks is left.
MOST_TASKS = 60
#: From this step on every loop ends.
LAST_ROUND = 20


@dataclass
class Fate:
    """Decides conditions and numbers of instances: by model and step, so both sides hear the same."""

    seed: int
    step: int = 0

    def _draw(self, *about: object) -> int:
        return int.from_bytes(md5(repr((self.seed, self.step, about)).encode()).digest()[:4], "big") % 100

    def holds(self, id: str, key: object) -> bool:
        """Whether a condition holds in this step."""
        key = int(key) if not isinstance(key, str) else key  # type: ignore[call-overload]
        if key == "again" and self.step > LAST_ROUND:
            return False
        return self._draw(id, key) < (60 if key == "again" else 40 if key == "throw" else 50)

    def count_of(self, id: str) -> int:
        """How many instances an activity has in this step."""
        return 1 if self.step > LAST_ROUND else self._draw(id) % 4


def _seen(story: Story) -> dict[str, Any]:
    execution = story.execution
    return {
        "tasks": sorted(((task.element.id, task.scope) for task in execution.tasks), key=repr),
        "timers": sorted(((t.element, t.scope, t.due) for t in execution.timers), key=repr),
        "messages": sorted(execution.waits_for()),
        "stuck": sorted(element.removesuffix("_end") for element in story.stuck),
        "ended": story.ended,
    }


def _expected(reference: Reference) -> dict[str, Any]:
    return {
        "tasks": reference.tasks(),
        "timers": [(id.removesuffix("_on"), where, due) for id, where, due in reference.timers()],
        "messages": reference.messages(),
        "stuck": reference.stuck(),
        "ended": reference.ended,
    }


def compare(seed: int) -> tuple[str | None, int]:
    """Run one block-structured model on both sides: the divergence if there is one, and the steps made."""
    model = generator.model(seed)
    program = compiled(blocks.draw(model))
    fate, rng = Fate(seed), random.Random(seed)
    functions: dict[str, Callable[..., Any]] = {"holds": fate.holds, "count_of": fate.count_of}
    story = Story(program, functions=functions)
    reference = Reference(model, World(story.now, fate.holds, fate.count_of))
    for number in range(1, STEPS + 1):
        seen, expected = _normal(_seen(story)), _normal(_expected(reference))
        if seen != expected:
            return f"before step {number}: {_difference(seen, expected)}", number
        if reference.ended:
            return None, number
        tasks = reference.tasks()
        # Of two alike, the sides might take different ones.
        choices: list[tuple[str, Any]] = [("do", task) for task in tasks if tasks.count(task) == 1] * 2
        choices += [("send", name) for name in reference.plain_messages()]
        choices += [("wait", None)] if reference.timers() else []
        if not choices:
            return None if tasks or reference.listens() else f"at rest before step {number}", number
        fate.step = number
        kind, what = rng.choice(choices)
        if kind == "do":
            id, where = what
            task = next(t.id for t in story.execution.tasks if (t.element.id, t.scope) == (id, where))
            story.now += python.timedelta(seconds=1)
            reference.world.now = story.now + python.timedelta(seconds=1)
            story._did(story.execution.complete(task, {}, story.step()))
            reference.complete(id, where)
        elif kind == "send":
            reference.world.now = story.now + python.timedelta(seconds=1)
            story.send(what)
            reference.send(what)
        else:
            _wait(story, reference, rng.choice([1, 2, 5, 12]))
    return None, STEPS


def _wait(story: Story, reference: Reference, hours: int) -> None:
    """Let both sides fire what is due, one by one."""
    story.now += python.timedelta(hours=hours)
    while True:
        step = story.step()
        reference.world.now = story.now
        outcome = story.execution.fire_next(step)
        fired = reference.fire()
        if outcome is None:
            assert not fired, "the execution leaves a timer that is due"
            return
        assert fired, f"the execution fires {outcome.fired}, which is not due"
        story._did(outcome)


def _normal(seen: dict[str, Any]) -> dict[str, Any]:
    timers = [(id.removesuffix("_on"), where, due) for id, where, due in seen["timers"]]
    return seen | {"timers": sorted(timers, key=repr), "tasks": sorted(seen["tasks"], key=repr)}


def _difference(seen: dict[str, Any], expected: dict[str, Any]) -> str:
    return "; ".join(f"{key}: {seen[key]} for {expected[key]}" for key in seen if seen[key] != expected[key])


def replay(seed: int) -> tuple[str | None, int]:
    """Run one unstructured model live and loaded anew at each step: the divergence if there is one, and the steps."""
    program = compiled(generator.unstructured(seed))
    fate, rng = Fate(seed), random.Random(seed)
    functions: dict[str, Callable[..., Any]] = {"holds": fate.holds}
    live, loaded = (Story(program, functions=functions, stored=stored) for stored in (False, True))
    for number in range(1, STEPS + 1):
        if live.execution.projection() != loaded.execution.projection():
            return f"before step {number}", number
        if live.execution.dump() != loaded.execution.dump():
            return f"bytes before step {number}", number
        tasks = live.execution.tasks
        # Loops around splits without a join make more and more tokens, as they should.
        if not tasks or len(tasks) > MOST_TASKS:
            return None, number
        fate.step = number
        id = rng.choice(tasks).id
        for story in (live, loaded):
            story._did(story.execution.complete(id, {"done": number}, story.step()))
        if live.outcome != loaded.outcome:
            return f"outcome of step {number}", number
    return None, STEPS


def main(arguments: list[str] | None = None) -> int:
    """Run many models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["blocks", "unstructured"])
    options = parser.parse_args(arguments)
    begin, steps, bad = time.monotonic(), 0, 0
    for seed in range(options.seed, options.seed + options.models):
        for name, run in (("blocks", compare), ("unstructured", replay)):
            if options.only not in (None, name):
                continue
            try:
                divergence, made = run(seed)
            except Exception as error:
                divergence, made = f"{type(error).__name__}: {error}", 0
            steps += made
            if divergence:
                bad += 1
                print(f"{name} {seed}: {divergence}")
    seconds = time.monotonic() - begin
    print(f"{options.models} models from seed {options.seed}, {steps} steps, {bad} divergences, {seconds:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
