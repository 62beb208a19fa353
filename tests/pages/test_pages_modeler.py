"""The modeler: the files of a version opened and changed, tried with tokens that move, and deployed as one set."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect
from werkzeug.test import TestResponse

from api import create_app
from engine import Office
from engine.definitions.model import SourceFile
from tests.execution.stories import chain, node
from tests.pages.desk import Desk
from tests.pages.drawing import drawn
from tests.pages.test_pages_access import faults
from tests.pages.test_pages_protection import log_in, token
from tests.versions.test_moving_cases import ANSWER, LOOK, process, steps

MODEL = "/definitions/moved/1/model"
TWO_TASKS = drawn(process(steps(LOOK, ANSWER, ids="look answer")))


class Designer:
    """A designer's scripts, without a browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        log_in(client, "designer")
        self.csrf = token(client.get("/definitions/joint"))

    def post(self, path: str, **content: Any) -> TestResponse:
        headers = {"X-CSRF-Token": self.csrf, "Accept": "application/json"}
        return self.client.post(path, json={"files": {}, **content}, headers=headers)

    def try_(self, scenario: str, **content: Any) -> TestResponse:
        return self.post(f"{MODEL}/trial", scenario=scenario, **content)


@pytest.fixture(scope="module")
def deployed(embedded_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office with a process of two tasks, one after the other; trials leave it as it is."""
    folder = tmp_path_factory.mktemp("modeler")
    shutil.copy(embedded_template / "office.db", folder / "office.db")
    office = Office(f"sqlite:///{folder}/office.db", keyring=f"sqlite:///{folder}/keyring.db")
    office.keyring.upgrade()
    by = office.people.person("designer")
    office.definitions.deploy([SourceFile(name="moved.bpmn", content=TWO_TASKS.encode())], by=by)
    yield office
    office.close()


@pytest.fixture(scope="module")
def designer(deployed: Office) -> Designer:
    return Designer(create_app(deployed, SECRET_KEY="a key for tests only").test_client())


def test_a_trial_by_hand_tells_each_step_and_what_can_be_done_next(designer: Designer) -> None:
    scenario = "process: moved\nfinish: false\n"
    begun = designer.try_(scenario).get_json()
    assert [frame["what"] for frame in begun["frames"]] == ["收件"]
    assert begun["frames"][0]["tokens"] == [{"process": "moved", "element": "look"}]
    (task,) = begun["open"]
    assert task["step"] == {"complete": "look"}
    # The step that is offered is the scenario's next one.
    done = designer.try_(f"{scenario}steps: [{json.dumps(task['step'])}]").get_json()
    assert done["frames"][0] == begun["frames"][0]
    assert done["frames"][1]["passed"] == [{"process": "moved", "element": id} for id in ("look", "answer")]
    assert done["frames"][1]["tokens"] == [{"process": "moved", "element": "answer"}]
    assert done["open"][0]["step"] == {"complete": "answer"}
    assert done["drawing"]["files"][0]["key"] == "moved"


def test_a_scenario_is_played_on_what_is_drawn_and_its_expectations_are_told(designer: Designer) -> None:
    longer = TWO_TASKS.replace(chain("answer", "e"), chain("answer", "third", "e")).replace(LOOK, LOOK + _third())
    scenario = "process: moved\nexpect: {path: [look, third], status: returned}"
    body = designer.try_(scenario, files={"moved.bpmn": longer}).get_json()
    assert [(check["what"], check["met"]) for check in body["checks"]] == [("path", True), ("status", False)]
    assert body["sentence"] == "1 项预期未满足：已办结"
    assert body["covered"] == ["moved：走过 4 / 4 条顺序流"]
    assert body["open"] == []
    # Nothing of it stays.
    assert designer.client.get("/definitions/moved/1/diagram").get_json()["files"][0]["xml"] == TWO_TASKS


def _third() -> str:
    return '<userTask id="third" camunda:candidateGroups="hall"/>'


def test_a_trial_goes_into_the_deployed_processes_that_are_called(designer: Designer) -> None:
    body = designer.post("/definitions/one_window/1/model/trial", scenario="process: one_window").get_json()
    assert body["drawing"]["files"][0]["key"] == "one_window"
    assert {"joint", "promised"} < {file["key"] for file in body["drawing"]["files"]}
    assert any(token["process"] == "promised" for frame in body["frames"] for token in frame["passed"])


def test_what_cannot_be_played_is_said(designer: Designer) -> None:
    for scenario, said in (
        ("steps: [fly]", "steps[1]"),
        ("process: nothing", "nothing"),
        ("- a list", "names with values"),
        ("process: [", "YAML"),
    ):
        answer = designer.try_(scenario)
        assert answer.status_code == 422
        assert said in answer.get_json()["sentence"]


def test_a_step_that_cannot_be_made_is_an_expectation_that_is_not_met(designer: Designer) -> None:
    body = designer.try_("process: moved\nsteps: [{complete: answer}]").get_json()
    assert "no task is open at answer" in body["checks"][0]["seen"]
    assert len(body["frames"]) == 1


def test_a_set_with_errors_is_not_tried(designer: Designer) -> None:
    answer = designer.try_("process: moved", files={"moved.bpmn": TWO_TASKS.replace("userTask", "adHocSubProcess")})
    assert answer.status_code == 422
    assert {problem["rule"] for problem in answer.get_json()["problems"]} >= {"unsupported-element"}
    assert designer.post(f"{MODEL}/trial", scenario=7).status_code == 422
    assert designer.post(MODEL, files=["moved.bpmn"]).status_code == 422


def test_files_are_opened_in_the_encoding_that_they_were_written_in(designer: Designer, deployed: Office) -> None:
    client = designer.client
    text = TWO_TASKS.replace("看", "核对")
    for number, encoding in enumerate(("utf-16", "gb18030"), 2):
        content = f'<?xml version="1.0" encoding="{encoding}"?>\n{text}'.encode(encoding)
        by = deployed.people.person("designer")
        deployed.definitions.deploy([SourceFile(name="moved.bpmn", content=content)], by=by)
        (file,) = client.get(f"/definitions/moved/{number}/model/files").get_json()["files"]
        assert "核对" in file["text"]
        assert "核对" in client.get(f"/definitions/moved/{number}/diagram").get_json()["files"][0]["xml"]
        # As bpmn-js writes it: UTF-8, and said so. A file that is not sent stays byte for byte what it is.
        changed = '<?xml version="1.0" encoding="UTF-8"?>' + text.replace("核对", "核查")
        assert designer.post(f"/definitions/moved/{number}/model", files={"moved.bpmn": changed}).status_code == 200
        same = designer.post(f"/definitions/moved/{number}/model", dry_run=False, once="once-and-for-all").get_json()
        assert same["location"].endswith(f"version={number}")


def test_files_are_renamed_taken_out_and_added(designer: Designer, deployed: Office) -> None:
    """What is not touched keeps its bytes, whatever it is called."""
    by = deployed.people.person("designer")
    texts = {"set.bpmn": _asked_and_decided().replace('"moved"', '"kept"'), "asked.form": FORM, "kind.dmn": TABLE}
    content = {name: text.encode("gb18030" if name == "set.bpmn" else "utf-8") for name, text in texts.items()}
    content["set.bpmn"] = b'<?xml version="1.0" encoding="gb18030"?>' + content["set.bpmn"]
    deployed.definitions.deploy([SourceFile(name=name, content=text) for name, text in content.items()], by=by)
    page, deploys = "/definitions/kept/1/model", {"dry_run": False, "once": "renamed-once"}
    # A form is found by its id, whatever its file is called; without its diagram there is no process.
    assert designer.post(page, names={"asked.form": "question.form"}).status_code == 200
    answer = designer.post(page, files={"set.bpmn": None})
    assert answer.status_code == 422
    assert [problem["rule"] for problem in answer.get_json()["problems"]] == ["not-executable"]
    other = TABLE.replace('"big"', '"small"')
    names = {"asked.form": "question.form", "set.bpmn": "kept.bpmn"}
    answer = designer.post(page, files={"kind.dmn": None, "other.dmn": other}, names=names, **deploys)
    assert answer.status_code == 200, answer.get_json()
    assert deployed.definitions.version("kept", 2, by=by)["files"] == ["kept.bpmn", "other.dmn", "question.form"]
    assert deployed.definitions.file("kept", 2, "kept.bpmn", by=by) == content["set.bpmn"]
    # Two files of one name, and names that are none, are told like everything else.
    for name in ("kind.dmn", "../asked.form", "asked.exe"):
        assert designer.post(page, names={"asked.form": name}).status_code == 422
    for names in ([], {"asked.form": None}):
        assert designer.post(page, names=names).status_code == 422


def test_only_designers_come_in(deployed: Office) -> None:
    client = create_app(deployed, SECRET_KEY="a key for tests only").test_client()
    log_in(client, "auditor")
    headers = {"X-CSRF-Token": token(client.get("/definitions/moved")), "Accept": "application/json"}
    assert client.get(MODEL).status_code == 403
    assert client.get(f"{MODEL}/files").status_code == 403
    for path in (MODEL, f"{MODEL}/trial"):
        assert client.post(path, json={"files": {}, "scenario": ""}, headers=headers).status_code == 403


FORM = '{"type": "default", "id": "asked", "components": [{"type": "textfield", "key": "word", "label": "说法"}]}'
TABLE = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="kinds" name="kinds" namespace="http://kinds">'
    '<decision id="kind" name="种类"><decisionTable id="table">'
    '<input id="input" label="说法"><inputExpression id="expression" typeRef="string"><text>word</text>'
    '</inputExpression></input><output id="output" name="kind" typeRef="string"/><rule id="rule">'
    '<inputEntry id="in"><text>-</text></inputEntry><outputEntry id="out"><text>"big"</text></outputEntry></rule>'
    "</decisionTable></decision></definitions>"
)


def _asked_and_decided() -> str:
    asked = LOOK.replace("<extensionElements>", '<extensionElements><zeebe:formDefinition formId="asked"/>')
    called = '<extensionElements><zeebe:calledDecision decisionId="kind" resultVariable="kind"/></extensionElements>'
    return drawn(process(steps(asked, node("businessRuleTask", "decide", called), ANSWER, ids="look decide answer")))


def test_a_designer_changes_the_files_of_a_set_tries_them_and_deploys_them(desk: Desk, embedded_office: Office) -> None:
    office, page = embedded_office, desk.page
    by = office.people.person("designer")
    texts = {"moved.bpmn": _asked_and_decided(), "asked.form": FORM, "kind.dmn": TABLE}
    office.definitions.deploy([SourceFile(name=name, content=text.encode()) for name, text in texts.items()], by=by)
    desk.log_in("designer")
    desk.go(MODEL)
    sound = page.locator("#modeler[data-checked=sound]")
    expect(sound).to_be_visible()
    expect(page.locator(".editor-canvas .bjs-powered-by")).to_be_visible()
    assert faults(desk) == []
    heads = "[...document.querySelectorAll('.bio-properties-panel-group-header')].map((head) => head.offsetHeight)"
    assert set(page.evaluate(heads)) == {32}, "all groups of properties are as high, those with nothing in them too"
    desk.photograph("modeler")
    # Without its start a process cannot begin.
    page.locator(".djs-shape[data-element-id=s]").click(force=True)
    page.keyboard.press("Delete")
    expect(page.locator("#modeler[data-checked=amiss]")).to_be_visible()
    expect(page.locator(".note-error").first).to_be_visible()
    expect(page.locator("#deploy")).to_be_disabled()
    page.click("#undo")
    expect(sound).to_be_visible()
    page.locator(".djs-shape[data-element-id=answer]").click(force=True)
    page.locator("[data-group-id=group-general] .bio-properties-panel-group-header").click()
    page.get_by_label("Name", exact=True).fill("复核")
    page.get_by_label("Name", exact=True).blur()
    # The table: what its only rule gives.
    page.get_by_role("tab", name="kind.dmn").click()
    page.locator("[data-element-id=out]").click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type('"small"')
    expect(page.locator(".editor-decisions .bjs-powered-by")).to_be_visible()
    assert faults(desk) == []
    desk.photograph("modeler-table")
    # The form: a field's label.
    page.get_by_role("tab", name="asked.form").click()
    page.locator(".fjs-form-field-textfield").click()
    page.locator(".fjs-properties-container [data-group-id=group-general] .bio-properties-panel-group-header").click()
    page.get_by_label("Field label").fill("意见")
    page.get_by_label("Field label").blur()
    expect(page.locator(".fjs-editor-container .fjs-powered-by")).to_be_visible()
    assert faults(desk) == []
    desk.photograph("modeler-form")
    # Another name for its file; one of another kind, or that is taken, it cannot have.
    name, files = page.get_by_label("文件名"), page.locator("#modeler-files button")
    for refused in ("asked.dmn", "kind.dmn"):
        name.fill(refused)
        name.blur()
        expect(name).to_have_value("asked.form")
    name.fill("question.form")
    name.blur()
    # A file that is added and taken out again is no part of the set, until it is put back.
    page.get_by_label("新增文件…").select_option(".notice")
    expect(files.last).to_have_text("moved-1.notice")
    page.get_by_role("button", name="移除此文件").click()
    expect(page.get_by_role("button", name="恢复此文件")).to_be_focused()
    expect(files.last).to_have_accessible_name("moved-1.notice （已移除）")
    desk.photograph("modeler-removed")
    expect(page.locator("#modeler-files .changed:not(.removed)")).to_have_text(
        ["moved.bpmn", "question.form", "kind.dmn"]
    )
    expect(sound).to_be_visible()
    # Tried by hand: the tokens move, and the table gives what it gives now.
    page.click("#try")
    expect(page.locator("#trial[data-played='1']")).to_be_visible()
    page.get_by_role("button", name="办理「看」").click()
    expect(page.locator(".player-dot")).to_be_visible()
    expect(page.locator("[data-shown='2']")).to_be_visible()
    expect(page.locator("[data-changes]")).to_contain_text("small")
    assert 'complete: "look"' in page.locator("[data-trial-scenario]").input_value()
    assert faults(desk) == []
    desk.photograph("modeler-trial")
    page.click("#deploy")
    page.wait_for_url("**/definitions/moved?version=2")
    expect(page.locator("body")).to_contain_text("已部署第 2 版")
    (change,) = (one for one in office.definitions.diff("moved", 1, 2, by=by) if one.element == "answer")
    assert [(value.name, value.new) for value in change.values] == [("name", "复核")]
    assert b"small" in office.definitions.file("moved", 2, "kind.dmn", by=by)
    assert "意见" in office.definitions.file("moved", 2, "question.form", by=by).decode()
