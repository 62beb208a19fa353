"""Definitions that were damaged by hand, by tools or on the way: always an answer, never a traceback."""

from __future__ import annotations

from definition_mutations import base_set, run

from engine.definitions import read


def test_the_models_themselves_are_fine() -> None:
    assert read(base_set()).ok


def test_three_hundred_mutants_are_read_calmly() -> None:
    tally = run(300)
    assert tally.read == 300
    # The mutants are neither all fine nor all the same kind of broken.
    assert 10 < tally.fine < 200
    assert len(tally.rules) > 20
