"""The differential test: random models, run by the execution and by the reference, compared after each step.

``python -m tests.execution.fuzz --models 2000 --seed 1`` for a long run; exits 1 on a divergence.
"""

from __future__ import annotations

import argparse
import datetime as python
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import md5
from typing import Any

from engine.execution import renamed_all
from tests.execution import blocks, generator, revisions
from tests.execution.reference import Reference, Undecided, World
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
        "jobs": sorted(((job.element.id, job.scope) for job in execution.jobs), key=repr),
        "timers": sorted(((t.element, t.scope, t.due) for t in execution.timers), key=repr),
        "messages": sorted(execution.waits_for()),
        "stuck": sorted(element.removesuffix("_end") for element in story.stuck),
        "ended": story.ended,
    }


def _expected(reference: Reference) -> dict[str, Any]:
    return {
        "tasks": reference.tasks(),
        "jobs": reference.jobs(),
        "timers": [(id.removesuffix("_on"), where, due) for id, where, due in reference.timers()],
        "messages": reference.messages(),
        "stuck": reference.stuck(),
        "ended": reference.ended,
    }


def compare(seed: int) -> tuple[str | None, int]:
    """Run one block-structured model on both sides: the divergence if there is one, and the steps made."""
    model = generator.model(seed)
    played = _Played(model, seed)
    for number in range(1, STEPS + 1):
        if (difference := played.difference()) is not None:
            return f"before step {number}: {difference}", number
        reference = played.reference
        if reference.ended:
            return None, number
        if not played.go_on(number):
            waits = reference.tasks() or reference.jobs() or reference.listens()
            return None if waits else f"at rest before step {number}", number
    return None, STEPS


@dataclass
class Moves:
    """What came of the moves of one run."""

    made: int = 0
    refused: int = 0


def move(seed: int, moves: Moves | None = None) -> tuple[str | None, int]:
    """Move a case to a changed model at a random moment: the divergence if there is one, and the steps.

    Where it may move, it must be where the changed model would have come to by itself, and go on as that does.
    """
    moves = moves or Moves()
    rng = random.Random(f"move {seed}")
    model = generator.model(seed)
    played = _Played(model, seed)
    moment, renamed = rng.randint(1, 12), {}
    for number in range(1, STEPS + 1):
        if number == moment and not played.reference.ended:
            changed, renamed = revisions.revised(model, rng.randrange(2**32))
            problem = played.move(changed, renamed, moves)
            if problem is not None:
                return f"moved before step {number}: {problem}", number
        if (difference := played.difference()) is not None:
            return f"before step {number}: {difference}", number
        if played.reference.ended or not played.go_on(number):
            return None, number
    return None, STEPS


class _Played:
    """A case and its reference, and what was done to them."""

    def __init__(self, model: blocks.Model, seed: int) -> None:
        self.rng = random.Random(seed)
        self.fate = Fate(seed)
        self.functions: dict[str, Callable[..., Any]] = {"holds": self.fate.holds, "count_of": self.fate.count_of}
        self.story = Story(compiled(blocks.draw(model)), functions=self.functions)
        self.entered = Counter(self.story.outcome.entered)
        #: Instant, step and call of everything that was done to the reference.
        self.done: list[tuple[python.datetime, int, str, tuple[Any, ...]]] = []
        self.begun = self.story.now
        self.reference = self._begin(model)

    def _begin(self, model: blocks.Model) -> Reference:
        self.fate.step = 0
        return Reference(model, World(self.begun, self.fate.holds, self.fate.count_of))

    def move(self, model: blocks.Model, renamed: dict[str, str], moves: Moves) -> str | None:
        """Move the case, if it may; a difference from the changed model run from its beginning."""
        program = compiled(blocks.draw(model))
        names = revisions.renaming(self.story.program, renamed)
        if self.story.execution.obstacles(program, names, self.entered):
            moves.refused += 1
            return None
        moves.made += 1
        before, step = self.story.execution.dump(), self.fate.step
        moved = self.story.execution.moved(program, names, self.story.step())
        if self.story.execution.dump() != before:
            return "the case itself was changed"
        self.story.program, self.story.execution = program, moved
        self.story._did(moved.started)
        self.entered = Counter(renamed_all(self.entered.elements(), names)) + Counter(moved.started.entered)
        self.reference = self._begin(model)
        for now, at, call, arguments in self.done:
            self.fate.step, self.reference.world.now = at, now
            getattr(self.reference, call)(*_renamed(arguments, renamed))
        self.fate.step = step
        return None

    def difference(self) -> str | None:
        """Where the two sides differ."""
        seen, expected = _normal(_seen(self.story)), _normal(_expected(self.reference))
        return _difference(seen, expected) if seen != expected else None

    def go_on(self, number: int) -> bool:
        """Do something to both; whether there was something to do."""
        tasks, jobs = self.reference.tasks(), self.reference.jobs()
        # Of two alike, the sides might take different ones.
        choices: list[tuple[str, Any]] = [("do", task) for task in tasks if tasks.count(task) == 1] * 2
        choices += [("work", job) for job in jobs if jobs.count(job) == 1] * 2
        choices += [("fail", job) for job in jobs if jobs.count(job) == 1 and number < LAST_ROUND]
        choices += [("send", name) for name in self.reference.plain_messages()]
        choices += [("wait", None)] if self.reference.timers() else []
        if not choices:
            return False
        self.fate.step = number
        kind, what = self.rng.choice(choices)
        if kind == "wait":
            self._wait(self.rng.choice([1, 2, 5, 12]))
            return True
        execution = self.story.execution
        if kind == "send":
            self._take(execution.message(what, {}, self.story.step()))
            self._tell("send", what)
        elif kind == "do":
            self._take(execution.complete(_at(execution.tasks, what), {}, self.story.step()))
            self._tell("complete", *what)
        elif kind == "work":
            self._take(execution.complete_job(_at(execution.jobs, what), {}, self.story.step()))
            self._tell("complete", *what)
        else:
            code = self.rng.choice(["E1", "E2"])
            self._take(execution.throw_error(_at(execution.jobs, what), code, {}, "it failed", self.story.step()))
            self._tell("fail", *what, code)
        return True

    def _wait(self, hours: int) -> None:
        """Let both sides fire what is due, one by one."""
        self.story.now += python.timedelta(hours=hours)
        while True:
            outcome = self.story.execution.fire_next(self.story.step())
            fired = self._tell("fire")
            if outcome is None:
                assert not fired, "the execution leaves a timer that is due"
                return
            assert fired, f"the execution fires {outcome.fired}, which is not due"
            self._take(outcome)

    def _take(self, outcome: Any) -> None:
        self.story._did(outcome)
        self.entered += Counter(outcome.entered)

    def _tell(self, call: str, *arguments: Any) -> Any:
        self.done.append((self.story.now, self.fate.step, call, arguments))
        self.reference.world.now = self.story.now
        return getattr(self.reference, call)(*arguments)


def _renamed(value: Any, renamed: dict[str, str]) -> Any:
    if isinstance(value, tuple):
        return tuple(_renamed(part, renamed) for part in value)
    return renamed.get(value, value) if isinstance(value, str) else value


def _at(open: list[Any], what: tuple[str, Any]) -> str:
    """The id of the only task or job at an element."""
    return next(one.id for one in open if (one.element.id, one.scope) == what)


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
    parser.add_argument("--only", choices=["blocks", "unstructured", "moves"])
    options = parser.parse_args(arguments)
    begin, steps, bad, undecided, moves = time.monotonic(), 0, 0, 0, Moves()
    for seed in range(options.seed, options.seed + options.models):
        for name, run in (("blocks", compare), ("unstructured", replay), ("moves", partial(move, moves=moves))):
            if options.only not in (None, name):
                continue
            try:
                divergence, made = run(seed)
            except Undecided:
                undecided += 1
                continue
            except Exception as error:
                divergence, made = f"{type(error).__name__}: {error}", 0
            steps += made
            if divergence:
                bad += 1
                print(f"{name} {seed}: {divergence}")
    seconds = time.monotonic() - begin
    print(f"{options.models} models from seed {options.seed}, {steps} steps, {bad} divergences, {seconds:.0f} s")
    print(f"{undecided} runs came to a message that two wait for alike")
    if options.only in (None, "moves"):
        print(f"{moves.made} cases moved to a changed model, {moves.refused} refused")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
