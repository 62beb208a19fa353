"""Random models: the execution does what the reference says; loaded anew it goes on as if it had lived."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from lxml import etree

from engine.definitions.diagram import elements
from engine.definitions.support import FEATURES, event_kind, features_of
from engine.definitions.vocabulary import local
from tests.execution import blocks, fuzz, generator

#: Of the table of elements, what is drawn in a process and says how it runs.
_SECTIONS = frozenset(
    ["Activities", "Loops and several instances", "Gateways", "Start events", "Intermediate catch events"]
).union(["Intermediate throw events", "Boundary events", "End events"])
_SEVERAL = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
_TASKS = ("userTask", "manualTask", "serviceTask", "businessRuleTask", "scriptTask", "sendTask", "receiveTask")
_LEVELS = ("subProcess", "callActivity", "transaction")


#: Besides the first ones: at an inclusive join a branch that is stuck at its end is waited for no more.
@pytest.mark.parametrize("seed", [*range(1, 61), 300847])
def test_block_structured_models_run_as_the_reference_says(seed: int) -> None:
    divergence, _ = fuzz.compare(seed)
    assert divergence is None


@pytest.mark.parametrize("seed", range(1, 61))
def test_unstructured_models_run_alike_live_and_loaded_anew(seed: int) -> None:
    divergence, _ = fuzz.replay(seed)
    assert divergence is None


@cache
def drawn() -> frozenset[str]:
    """What is drawn in four hundred models: elements, and in which positions."""
    return frozenset(found for seed in range(1, 401) for found in _drawn(blocks.draw(generator.model(seed))))


def _drawn(xml: str) -> Iterator[str]:
    root = etree.fromstring(xml)
    nodes = {node.get("id"): node for node in elements(root)}
    for node in nodes.values():
        yield from features_of(node)
        kind = local(node)
        marks = [mark for mark in node if local(mark) in _SEVERAL]
        yield from (f"{kind} with {local(mark)}" for mark in marks)
        yield from (feature for mark in marks for feature in features_of(mark))
        host = nodes.get(node.get("attachedToRef"))
        if host is not None:
            yield f"{event_kind(node)} on {local(host)}"
            yield from (f"{event_kind(node)} on {local(mark)}" for mark in host if local(mark) in _SEVERAL)
        if kind == "startEvent" and node.get("isInterrupting") is not None:
            yield f"{event_kind(node)} interrupting {node.get('isInterrupting')}"
            yield f"event subprocess in {local(node.getparent().getparent())}"


def test_the_random_models_hold_every_element_that_is_executed() -> None:
    features = {one.key for one in FEATURES if one.status == "supported" and one.section in _SECTIONS}
    assert features - drawn() == set()


def test_the_random_models_hold_them_in_every_position() -> None:
    heard = ("message", "timer", "signal", "conditional")
    thrown = ("error", "escalation")
    positions = {
        *(f"{kind} with {mark}" for kind in (*_TASKS, *_LEVELS) for mark in _SEVERAL),
        *(f"{event} on {kind}" for event in heard for kind in ("userTask", *_LEVELS)),
        *(f"{event} on serviceTask" for event in heard[:3]),
        *(f"{event} on {kind}" for event in thrown for kind in _LEVELS),
        *(f"{event} on {mark}" for event in ("timer", *thrown, "compensate", "cancel") for mark in _SEVERAL),
        *(f"compensate on {kind}" for kind in (*_TASKS, "subProcess", "callActivity")),
        *(f"event subprocess in {kind}" for kind in ("process", "subProcess", "transaction")),
        *(f"{event} interrupting true" for event in (*heard, *thrown)),
        *(f"{event} interrupting false" for event in (*heard, "escalation")),
    }
    assert positions - drawn() == set()
