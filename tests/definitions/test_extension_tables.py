"""Every row of the tables of extensions in `docs/bpmn.md` holds, and nothing that a modeler can write is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import SpiffWorkflow
from definition_drawing import errors, model, problems, reading
from extension_examples import EXAMPLES, Written
from lxml import etree

from engine.definitions import Problem, Reading
from engine.definitions.extensions import TABLES
from engine.definitions.extensions.table import Extension, Table
from engine.definitions.vocabulary import CAMUNDA, OPERATON

TOLD = ("ignored-extension", "unknown-extension", "unsupported-extension", "script-language")
MODELERS = Path(__file__).parents[2] / "api" / "assets" / "node_modules"
ROWS = [
    pytest.param(
        prefix, row, EXAMPLES["camunda" if prefix == "operaton" else prefix][row.key], id=f"{prefix}:{row.key}"
    )
    for table in TABLES
    for prefix in table.prefixes.values()
    for row in table.rows
]


def of(status: str) -> list[Any]:
    """The rows of a status, each with its example."""
    return [param for param in ROWS if param.values[1].status == status]


def found(prefix: str, written: Written) -> Reading:
    """What comes out of a file with it."""
    content = written.file
    if prefix == "operaton":
        content = content.replace("xmlns:operaton=", "xmlns:c7=").replace("xmlns:camunda=", "xmlns:operaton=")
        content = content.replace(CAMUNDA, "…").replace(OPERATON, CAMUNDA).replace("…", OPERATON)
        content = content.replace("camunda:", "operaton:")
    return reading(content, model("opinion.form"), model("fee.dmn"))


def told(reading: Reading, key: str) -> list[Problem]:
    """What is told of one extension."""
    return [p for rule in TOLD for p in problems(reading, rule) if key.rpartition("/")[2] in p.message]


def test_every_row_has_an_example_and_every_example_a_row() -> None:
    for table in TABLES:
        (prefix, *_) = table.prefixes.values()
        assert set(EXAMPLES[prefix]) == set(table.by_key)
        assert len(table.rows) == len(table.by_key)


@pytest.mark.parametrize(("prefix", "row", "written"), of("mapped"))
def test_what_is_mapped_becomes_a_word_of_the_model(prefix: str, row: Extension, written: Written) -> None:
    reading = found(prefix, written)
    assert errors(reading) == []
    assert [p for rule in TOLD for p in problems(reading, rule)] == []
    process = next(process for process in reading.processes if process.key == "p")
    element = process.elements.get("t" if written.kind == "multiInstanceLoopCharacteristics" else written.element)
    if written.field:
        steps = written.field.split(".")
        assert reduce(lambda at, step: _step(at, step), steps, element) == written.value


@pytest.mark.parametrize(("prefix", "row", "written"), of("ignored"))
def test_what_is_ignored_is_told_and_harms_nothing(prefix: str, row: Extension, written: Written) -> None:
    reading = found(prefix, written)
    assert errors(reading) == []
    (problem,) = told(reading, row.key)
    assert (problem.rule, problem.element) == ("ignored-extension", written.element)
    assert problem.severity == ("warning" if row.lost else "note")
    assert row.says in problem.message
    assert problem.line > 0


@pytest.mark.parametrize(("prefix", "row", "written"), of("refused"))
def test_what_is_refused_says_what_to_use_instead(prefix: str, row: Extension, written: Written) -> None:
    reading = found(prefix, written)
    assert reading.processes == ()
    (problem,) = told(reading, f"{prefix}:{row.key}")
    assert (problem.severity, problem.element) == ("error", written.element)
    assert row.says in problem.message
    assert problem.line > 0
    if row.code:
        assert "likely: " in problem.message


@pytest.mark.parametrize(("prefix", "row", "written"), [param for param in ROWS if param.values[1].on])
def test_what_stands_where_it_means_nothing_is_told(prefix: str, row: Extension, written: Written) -> None:
    reading = found(prefix, written.moved("sequenceFlow", row.key))
    assert errors(reading) == []
    (problem,) = told(reading, row.key)
    assert (problem.rule, problem.severity, problem.element) == ("ignored-extension", "warning", "x")
    assert "it is for" in problem.message


#: Types that others are made of, which no file has.
ABSTRACT = {"InOutBinding", "InputOutputParameter", "InputOutputParameterDefinition"}
#: What only stands in an extension that is ignored or refused as a whole.
WITHIN = {
    "connectorId": "connector",
    "header": "taskHeaders",
    "linkedResource": "linkedResources",
    "unitTest": "unitTests",
    **{name: f"{name}s" for name in ("executionListener", "taskListener")},
}


def _step(at: Any, step: str) -> Any:
    if isinstance(at, Mapping):
        return at[step]
    return at[int(step)] if step.isdecimal() else getattr(at, step)


def _table(prefix: str) -> Table:
    return next(table for table in TABLES if prefix in table.prefixes.values())


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _written_by(descriptor: Path) -> Iterator[str]:
    """What a modeler can write by its own description: attributes, elements, and attributes of these."""
    types = json.loads(descriptor.read_text(encoding="utf-8"))["types"]
    for kind in types:
        if kind["name"] in ABSTRACT:
            continue
        attributes = [part["name"].rpartition(":")[2] for part in kind.get("properties", ()) if part.get("isAttr")]
        for held in kind.get("extends", ()):
            owner = "" if held.startswith("bpmn:") else f"{_lower(held.partition(':')[2])}/"
            if not owner or any(_lower(one["name"]) + "/" == owner and not one.get("extends") for one in types):
                yield from (owner + name for name in attributes)
            else:
                yield from attributes
        if not kind.get("extends"):
            name = _lower(kind["name"])
            yield name
            yield from (f"{name}/{attribute}" for attribute in attributes)


@pytest.mark.parametrize("prefix", ["camunda", "zeebe"])
def test_no_extension_of_a_modeler_is_missing(prefix: str) -> None:
    """Held against the descriptions that the modelers themselves work by."""
    descriptor = MODELERS / f"{prefix}-bpmn-moddle" / "resources" / f"{prefix}.json"
    if not descriptor.exists():
        pytest.skip("the browser's assets are not installed: make setup")
    table = _table(prefix)
    assert sorted(key for key in _written_by(descriptor) if not _is_known(table, key)) == []


def test_no_extension_of_spiff_is_missing() -> None:
    """Held against the schema that the library brings."""
    schema = etree.parse(Path(SpiffWorkflow.__file__).parent / "spiff" / "parser" / "schema" / "spiffworkflow.xsd")
    table = _table("spiffworkflow")
    for node in schema.iter("{*}element", "{*}attribute"):
        holders = [str(around.get("name")) for around in node.iterancestors("{*}element")]
        assert _is_known(table, "/".join([*holders[:1], str(node.get("name"))])), node.get("name")


def _is_known(table: Table, key: str) -> bool:
    name, _, part = key.partition("/")
    if name in WITHIN and WITHIN[name] in table.by_key:
        return table.by_key[WITHIN[name]].status != "mapped"
    row = table.by_key.get(name)
    if row is not None:
        return not part or row.status != "mapped" or part in row.parts or key in table.by_key
    holders = [row for row in table.rows if name in row.parts]
    return bool(holders) and (not part or key in table.by_key or any(part in row.parts for row in holders))
