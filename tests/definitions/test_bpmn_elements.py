"""Every row of `docs/bpmn.md` holds: the supported runs, the ignored harms nothing, the refused says why."""

from __future__ import annotations

from pathlib import Path

import pytest
import SpiffWorkflow
from definition_drawing import between, deployable, errors, model, reading
from definition_examples import EXAMPLES
from lxml import etree

from engine.definitions.page import page
from engine.definitions.support import BY_KEY, FEATURES, PARTS, Feature
from engine.definitions.vocabulary import names
from engine.execution import Program

BY_STATUS = {status: [f for f in FEATURES if f.status == status] for status in ("supported", "ignored", "refused")}
#: What the schema derives elements from; no file has them.
TYPES = names(
    "activity artifact baseElement baseElementWithMixedContent callableElement catchEvent choreographyActivity "
    "conversationNode dataAssociation eventDefinition flowElement flowNode gateway loopCharacteristics rootElement "
    "throwEvent"
)
NOTES = {"ignored-element", "black-box", "not-deployed"}


def test_every_row_has_an_example_and_every_example_a_row() -> None:
    assert set(EXAMPLES) == set(BY_KEY)
    assert len(FEATURES) == len(BY_KEY)


def test_no_element_of_the_standard_is_missing() -> None:
    """The schema of the standard itself, as a library brings it; types of elements are no elements."""
    schema = etree.parse(Path(SpiffWorkflow.__file__).parent / "bpmn" / "parser" / "schema" / "Semantic.xsd")
    standard = {str(node.get("name")) for node in schema.iter("{*}element") if node.get("name")} - TYPES
    rows = {feature.key.partition("/")[0] for feature in FEATURES}
    parts = [name for several in PARTS.values() for name in several]
    assert standard - rows - set(parts) == set()
    assert len(parts) == len(set(parts))
    assert set(parts) <= standard - rows
    assert set(PARTS) <= set(BY_KEY)


@pytest.mark.parametrize("quantity", ["startQuantity", "completionQuantity"])
def test_an_activity_takes_and_gives_one_token(quantity: str) -> None:
    assert reading(between(f'<task id="x" {quantity}="1"/>')).ok
    assert ("unsupported-element", "x") in errors(reading(between(f'<task id="x" {quantity}="3"/>')))


def test_the_page_is_the_table() -> None:
    written = (Path(__file__).parents[2] / "docs" / "bpmn.md").read_text(encoding="utf-8")
    assert written == page(), "write it anew: python -m engine.definitions.page > docs/bpmn.md"


@pytest.mark.parametrize("feature", BY_STATUS["supported"], ids=lambda feature: feature.key)
def test_what_is_supported_can_be_executed(feature: Feature) -> None:
    example = EXAMPLES[feature.key]
    found = reading(example.file, model("fee.dmn"))
    assert errors(found) == []
    assert not [p for p in found.problems if p.rule == "ignored-element" and p.element == example.element]
    processes = {process.key: process for process in found.processes}
    for process in found.processes:
        Program.compile(process, {key: processes[key] for key in process.calls})
    ids = {node.get("id") for process in found.processes for node in process.tree.iter()}
    assert example.element in ids


@pytest.mark.parametrize("feature", BY_STATUS["ignored"], ids=lambda feature: feature.key)
def test_what_is_ignored_does_not_keep_a_process_from_running(feature: Feature) -> None:
    example = EXAMPLES[feature.key]
    process = deployable(example.file)
    Program.compile(process, {})
    told = [p for p in reading(example.file).problems if p.element == example.element and p.rule in NOTES]
    assert [(p.severity, p.line > 0) for p in told] == ([("note", True)] if feature.told else [])
    # It stays in the file.
    assert example.element in {node.get("id") for node in process.tree.iter()}


@pytest.mark.parametrize("feature", BY_STATUS["refused"], ids=lambda feature: feature.key)
def test_what_is_refused_says_what_to_use_instead(feature: Feature) -> None:
    example = EXAMPLES[feature.key]
    found = reading(example.file)
    assert not found.ok
    assert found.processes == ()
    refusals = [p for p in found.problems if p.rule == "unsupported-element" and p.element == example.element]
    assert [p.severity for p in refusals] == ["error"]
    assert feature.says in refusals[0].message
    assert refusals[0].line > 0
    assert refusals[0].column > 0
