"""What SpiffWorkflow is and is not let do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def _busy() -> Story:
    """A case with a bit of everything that waits."""
    body = (
        node("startEvent", "start") + node("parallelGateway", "p") + node("parallelGateway", "j") + flow("start", "p")
    )
    body += users("a", "z") + chain("p", "a", "j", "z") + boundary("b", "a", timer("PT1H"), interrupting=False)
    body += node("subProcess", "s", line("c", start="s1", end="e1") + several("[1, 2]")) + chain("p", "s", "j")
    body += script("x", "1 + 1", "x") + node("intermediateCatchEvent", "m", message("m")) + chain("p", "x", "m", "j")
    return Story(definitions(body + users("on") + flow("b", "on"), roots=messages("m")))


def _trees(story: Story) -> list[Any]:
    return list(story.execution._instance.tree.levels())


def test_it_holds_live_tokens_and_nothing_else() -> None:
    story = _busy()
    story.do("a")
    story.send("m")
    live = {("s", 32), ("s instance", 32), ("j", 8), ("c", 32)}  # 8: WAITING, 32: STARTED
    for tree in _trees(story):
        root, *tokens = tree.tasks.values()
        assert root is tree.task_tree
        # No predicted task, no finished one, and no data of ours in any.
        assert {(token.task_spec.name, token.state) for token in tokens} <= live
        assert all(task.data == {} for task in tree.tasks.values())
        assert {child.id for task in tree.tasks.values() for child in task.children} == {token.id for token in tokens}


def test_it_is_given_no_expression_and_would_evaluate_none() -> None:
    story = _busy()
    assert story.variables["x"] == 2
    for tree in _trees(story):
        for call in (tree.script_engine.evaluate, tree.script_engine.execute):
            with pytest.raises(RuntimeError):
                call(None, "__import__('os').system('true')")


def test_nothing_of_a_definition_changes_while_cases_run() -> None:
    story = _busy()

    def picture() -> object:
        return [
            (key, name, tuple(spec.inputs), tuple(spec.outputs), spec.completed_event.n_subscribers())
            for key, level in story.program.specs.items()
            for name, spec in level.task_specs.items()
        ]

    before = picture()
    for element in ("c", "c", "a"):
        story.do(element)
    story.send("m")
    story.wait(hours=2)
    story.do("z")
    assert story.ended
    assert picture() == before


def test_the_state_does_not_depend_on_the_order_of_hashes() -> None:
    told = "from tests.execution.test_library import _busy; s = _busy(); s.do('c'); print(s.execution.dump().hex())"
    seen = set()
    for seed in ("0", "1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", told],
            env=environment,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        )
        seen.add(done.stdout)
    assert len(seen) == 1


def test_a_process_that_starts_on_an_event_waits_for_it() -> None:
    for definition, roots in ((message("m"), messages("m")), (timer("PT1H"), "")):
        body = node("startEvent", "start", definition) + users("a") + chain("start", "a")
        story = Story(definitions(body, roots=roots))
        assert story.open == []
        if roots:
            story.send("m", x=1)
            assert story.variables == {"x": 1}
        else:
            assert story.wait(hours=1) == ["start"]
        assert story.open == ["a"]
