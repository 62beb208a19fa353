"""Cases moved to a changed model: random models, changed as a designer would, at a random moment."""

from __future__ import annotations

from collections import Counter

from tests.execution import fuzz
from tests.execution.stories import Story, boundary, compiled, definitions, line, node


def test_a_case_that_may_have_something_to_undo_stays_on_its_version() -> None:
    undone = boundary("c", "a", "<compensateEventDefinition/>") + node("userTask", "undo", isForCompensation="true")
    undone += '<association id="x" sourceRef="c" targetRef="undo"/>'
    plain, with_undo = definitions(line("a", "b")), definitions(line("a", "b") + undone)
    for old, new in ((plain, with_undo), (with_undo, plain), (with_undo, with_undo)):
        story = Story(old)
        (obstacle, *_) = story.execution.obstacles(compiled(new), {}, Counter(story.outcome.entered))
        assert (obstacle.process, obstacle.element) == ("P", "a")
        assert "remembered to be undone" in obstacle.reason


def test_a_moved_case_is_where_the_changed_model_would_have_come_to() -> None:
    moves = fuzz.Moves()
    found = {seed: fuzz.move(seed, moves)[0] for seed in (*range(1, 65), 391, 1819, 4202)}
    assert {seed: divergence for seed, divergence in found.items() if divergence} == {}
    assert min(moves.made, moves.refused) > 8, moves
