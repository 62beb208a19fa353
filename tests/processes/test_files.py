"""The files that designers are handed: they read without a word, they are drawn whole, and they say what they mean."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from lxml import etree

from engine import forms
from engine.definitions import SourceFile, read
from tests.processes.ordinary import FOLDER, TYPES, files, processes

FOLDERS = ("one_window", *TYPES)
FORMS = sorted(FOLDER.rglob("*.form"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"

everywhere = pytest.mark.parametrize("folder", FOLDERS)


class TheOtherTypes:
    """What is deployed already when a folder is read alone: the types that one_window calls."""

    def process(self, key: str) -> bool:
        return key in TYPES

    def form(self, id: str) -> SourceFile | None:
        return None

    def decision(self, id: str) -> SourceFile | None:
        return None


def tree(folder: str) -> etree._Element:
    return etree.parse(str(FOLDER / folder / f"{folder}.bpmn")).getroot()


@everywhere
def test_a_folder_alone_reads_without_a_problem(folder: str) -> None:
    reading = read(files(FOLDER / folder), known=TheOtherTypes())
    assert reading.problems == ()
    assert [process.key for process in reading.processes] == [folder]


def test_all_folders_make_one_set() -> None:
    reading = read(files())
    assert reading.problems == ()
    assert {process.key for process in reading.processes} == set(FOLDERS)
    assert processes()["one_window"].calls == frozenset(TYPES)


@everywhere
def test_every_element_and_flow_is_drawn(folder: str) -> None:
    root = tree(folder)
    shapes = {shape.get("bpmnElement"): shape for shape in root.iter(f"{DI}BPMNShape")}
    edges = {edge.get("bpmnElement"): edge for edge in root.iter(f"{DI}BPMNEdge")}
    process = root.find(f"{BPMN}process")
    assert process is not None
    nodes = {node.get("id") for node in process.iter() if node.find(f"{BPMN}incoming") is not None}
    nodes |= {node.get("id") for node in process.iter() if node.find(f"{BPMN}outgoing") is not None}
    nodes |= {part.get("id") for part in root.iter(f"{BPMN}lane", f"{BPMN}participant")}
    assert nodes <= set(shapes)
    assert {flow.get("id") for flow in process.iter(f"{BPMN}sequenceFlow")} == set(edges)
    assert all(len(edge.findall(WAYPOINT)) >= 2 for edge in edges.values())
    named = [node for node in process.iter() if node.get("name") and node.get("id") in nodes]
    for node in named:
        if node.tag.endswith(("Event", "Gateway")):
            label = shapes[node.get("id")].find(f"{DI}BPMNLabel")
            assert label is not None, f"{node.get('id')} has a name but no place for it"


@everywhere
def test_every_waypoint_begins_and_ends_at_its_elements(folder: str) -> None:
    root = tree(folder)

    def box(id: str | None) -> tuple[float, float, float, float]:
        shape = next(shape for shape in root.iter(f"{DI}BPMNShape") if shape.get("bpmnElement") == id)
        bounds = shape.find(f"{DC}Bounds")
        assert bounds is not None
        x, y, width, height = (float(bounds.get(name, "")) for name in ("x", "y", "width", "height"))
        return x, y, x + width, y + height

    for edge in root.iter(f"{DI}BPMNEdge"):
        flow = next(flow for flow in root.iter(f"{BPMN}sequenceFlow") if flow.get("id") == edge.get("bpmnElement"))
        points = [(float(p.get("x", "")), float(p.get("y", ""))) for p in edge.findall(WAYPOINT)]
        for (x, y), id in ((points[0], flow.get("sourceRef")), (points[-1], flow.get("targetRef"))):
            left, top, right, bottom = box(id)
            on_edge = (x in (left, right) and top <= y <= bottom) or (y in (top, bottom) and left <= x <= right)
            assert on_edge, f"{flow.get('id')} does not touch {id}"


@everywhere
def test_names_are_chinese_and_documentation_english(folder: str) -> None:
    process = processes()[folder]
    assert CHINESE.search(process.name)
    assert len(process.elements[folder].documentation) > 100
    for element in process.elements.values():
        if element.name:
            assert CHINESE.search(element.name), element.id
        if element.kind in ("userTask", "subProcess", "callActivity", "boundaryEvent") or element.properties:
            assert re.search(r"[A-Za-z]{3,}", element.documentation), f"{element.id} has no documentation"


@everywhere
def test_every_task_says_who_how_and_with_what(folder: str) -> None:
    process = processes()[folder]
    tasks = [element for element in process.elements.values() if element.kind == "userTask"]
    assert tasks
    for task in tasks:
        assert task.groups, task.id
        assert task.lane, task.id
        assert task.form in process.forms, task.id
        chinese, _, english = task.documentation.partition("\n\n")
        assert CHINESE.search(chinese), task.id
        assert english, task.id
        assert not CHINESE.search(english), task.id
        # Instructions are for people: no word in them is a program's.
        assert not re.search(r"[a-z]{2,}", chinese), task.id
        assert not re.search(r"\b[a-z]+(_[a-z]+)+\b|\bmessage\b", english), task.id


@everywhere
def test_what_a_timer_beside_a_task_asks_of_people_is_no_stage_that_the_applicant_is_told_of(folder: str) -> None:
    process, root = processes()[folder], tree(folder)
    beside = {e.get("id") for e in root.iter(f"{BPMN}boundaryEvent") if e.get("cancelActivity") == "false"}
    asked = {flow.get("targetRef") for flow in root.iter(f"{BPMN}sequenceFlow") if flow.get("sourceRef") in beside}
    tasks = {element.id for element in process.elements.values() if element.kind == "userTask"}
    assert {id for id in tasks if process.elements[id].internal} == asked & tasks


def test_every_form_is_used_and_named_by_its_id() -> None:
    used = {element.form for process in processes().values() for element in process.elements.values() if element.form}
    ids = [json.loads(path.read_bytes())["id"] for path in FORMS]
    assert ids == [path.stem for path in FORMS]
    assert set(ids) == used


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_forms_first_option_is_its_default_and_its_ordinary_answers_are_taken(path: Path) -> None:
    form = json.loads(path.read_bytes())
    assert forms.check_schema(form, file=path.name) == []
    for component in form["components"]:
        if "values" in component and "defaultValue" in component:
            assert component["defaultValue"] == component["values"][0]["value"], component["key"]
    taken = forms.validate(form, forms.ordinary(form, {}), {})
    assert taken


def test_what_the_forms_ask_about_the_applicant_is_personal() -> None:
    personal = {field.key for path in FORMS for field in forms.fields(json.loads(path.read_bytes())) if field.personal}
    assert personal == {
        "contact_phone",
        "delivery_address",
        "delivery_recipient",
        "notice_recipient",
        "site_address",
        "undertaking_signatory",
    }
