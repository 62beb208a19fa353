"""Cases moved to a changed model: random models, changed as a designer would, at a random moment."""

from __future__ import annotations

from tests.execution import fuzz


def test_a_moved_case_is_where_the_changed_model_would_have_come_to() -> None:
    moves = fuzz.Moves()
    found = {seed: fuzz.move(seed, moves)[0] for seed in range(1, 71)}
    assert {seed: divergence for seed, divergence in found.items() if divergence} == {}
    assert min(moves.made, moves.refused) > 8, moves
