"""Random models: the execution does what the reference says; loaded anew it goes on as if it had lived."""

from __future__ import annotations

import pytest

from tests.execution import fuzz


@pytest.mark.parametrize("seed", range(1, 61))
def test_block_structured_models_run_as_the_reference_says(seed: int) -> None:
    divergence, _ = fuzz.compare(seed)
    assert divergence is None


@pytest.mark.parametrize("seed", range(1, 61))
def test_unstructured_models_run_alike_live_and_loaded_anew(seed: int) -> None:
    divergence, _ = fuzz.replay(seed)
    assert divergence is None
