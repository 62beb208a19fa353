"""Whatever a model is like that can be read: it is checked, soon, and every fault is at an element of it."""

from __future__ import annotations

import time

import pytest

from engine.definitions import read
from engine.soundness import advice, faults
from tests.definitions.definition_mutations import base_set, mutant


@pytest.mark.parametrize("seeds", range(0, 600, 100))
def test_mutated_models_of_all_dialects(seeds: int) -> None:
    models = base_set()
    for number in range(seeds, seeds + 100):
        processes = {process.key: process for process in read(mutant(number, models)).processes}
        began = time.process_time()
        for fault in faults(processes):
            elements = processes[fault.process].elements
            assert {*fault.elements, *fault.path} <= elements.keys(), number
        for problem in advice(processes, is_group=lambda name: False):
            assert problem.element and problem.message, number
        assert time.process_time() - began < 2, number
