"""Definitions that were damaged by hand, by tools or on the way: always an answer, never a traceback."""

from __future__ import annotations

import pytest
from definition_mutations import base_set, run

from engine.definitions import read


def test_the_models_themselves_are_fine() -> None:
    assert read(base_set()).ok


@pytest.mark.parametrize("seed", [0, 200])
def test_mutants_are_read_and_checked_calmly(seed: int) -> None:
    tally = run(200, seed)
    assert tally.read == 200
    # The mutants are neither all fine nor all the same kind of broken.
    assert 10 < tally.fine < 130
    assert len(tally.rules) > 20
