"""What a form's file field takes: materials of its own case that are in force, and nothing before there is a case."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from api import create_app
from engine import Office
from engine.definitions.model import SourceFile
from engine.errors import Invalid
from tests.office.at_work import accept
from tests.office.handing_in import hand_in
from tests.pages.test_pages_protection import log_in, token

ASKING = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="d" targetNamespace="t">
  <process id="asking" isExecutable="true">
    <startEvent id="start"><extensionElements><zeebe:formDefinition formId="ask"/></extensionElements></startEvent>
    <sequenceFlow id="f1" sourceRef="start" targetRef="task"/>
    <userTask id="task" name="附图"><extensionElements><zeebe:formDefinition formId="ask"/>
      <zeebe:assignmentDefinition candidateGroups="window"/></extensionElements></userTask>
    <sequenceFlow id="f2" sourceRef="task" targetRef="end"/><endEvent id="end"/>
  </process></definitions>"""
FORM = b"""{"type": "default", "id": "ask", "schemaVersion": 18, "components": [
  {"type": "filepicker", "id": "F1", "key": "plan", "label": "plan"},
  {"type": "dynamiclist", "id": "L", "path": "rooms", "defaultRepetitions": 0, "components": [
    {"type": "filepicker", "id": "F2", "key": "pictures", "label": "pictures", "multiple": true}]}]}"""
#: What form-js answers with until the page has handed the chosen file in.
PLACEHOLDER = "files::0a1b"


def asking(office: Office) -> Office:
    """The office with a matter whose start and whose task ask for files."""
    sources = [SourceFile(name="asking.bpmn", content=ASKING.encode()), SourceFile(name="ask.form", content=FORM)]
    office.definitions.deploy(sources, by=office.people.person("designer"))
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + "9900000008,附图,promised,hall,《试》,district,20,10,asking\n")
    return office


def refused(call: Any) -> dict[str, str]:
    """The faults of a refusal, by where they are."""
    with pytest.raises(Invalid) as caught:
        call()
    return {error.pointer: error.message for error in caught.value.errors}


def test_only_materials_in_force_of_the_very_case_are_taken(office: Office) -> None:
    # given a case with one material in force, one taken back and one replaced, and a case of somebody else
    asking(office)
    clerk = office.people.person("clerk")
    case, other = (accept(office, "9900000008", serial=serial) for serial in (901, 902))
    back, old, foreign = hand_in(office, case), hand_in(office, case), hand_in(office, other)
    office.materials.withdraw(case["number"], back["id"], "交错了", by=clerk)
    good = hand_in(office, case, replaces=old["id"])
    task = case["tasks"][0]["id"]

    def answer(plan: Any, *pictures: Any) -> Any:
        return office.tasks.complete(task, {"plan": plan, "rooms": [{"pictures": [*pictures]}]}, by=clerk)

    # then each that does not count is refused at its field, in both languages, and nothing is done
    for wrong in (back["id"], old["id"], foreign["id"], PLACEHOLDER):
        faults = refused(lambda wrong=wrong: answer(wrong, good["id"], wrong))
        assert [*faults] == ["/data/plan", "/data/rooms/0/pictures"]
        assert all("没有这份在用的材料" in text and "no material in force" in text for text in faults.values())
    assert [one["id"] for one in office.cases.get(case["number"], by=clerk)["tasks"]] == [task]

    # and the one that counts is taken, and proven
    done = answer(good["id"], good["id"])
    assert (done["data"]["plan"], done["data"]["rooms"]) == (good["id"], [{"pictures": [good["id"]]}])
    auditor = office.people.person("auditor")
    assert office.history.verify(case["number"], by=auditor)["ok"]
    assert office.history.replay(case["number"], by=auditor)["data"] == done["data"]


def test_a_start_has_no_case_to_hand_a_file_in_for(embedded_office: Office) -> None:
    office = asking(embedded_office)
    theirs = hand_in(office, accept(office, "9900000008"))["id"]
    for id in (PLACEHOLDER, theirs):
        faults = refused(lambda id=id: accept(office, "9900000008", serial=902, plan=id))
        assert [*faults] == ["/data/plan"]
        assert "受理前还没有案件" in faults["/data/plan"] and "once the case is accepted" in faults["/data/plan"]
    assert len(office.cases.list(by=office.people.person("clerk"))["items"]) == 1


def test_an_answer_for_many_tasks_takes_no_file(embedded_office: Office) -> None:
    # given the page for two tasks whose form asks for a file
    office = asking(embedded_office)
    tasks = [accept(office, "9900000008", serial=serial)["tasks"][0] for serial in (901, 902)]
    client: FlaskClient = create_app(office, SECRET_KEY="a key for tests only").test_client()
    log_in(client)
    page = client.get("/inbox/complete", query_string={"task": [f"{task['id']}:{task['version']}" for task in tasks]})
    assert "批量完成时不能附文件" in page.text

    # when a file is chosen nevertheless, then each is refused with the reason; without one it is done
    for plan, done in ((PLACEHOLDER, False), (None, True)):
        for task in tasks:
            sent = {"task": task["id"], "version": str(task["version"]), "data": {"plan": plan}, "once": f"k{done}"}
            told = client.post("/inbox/complete", json=sent, headers={"X-CSRF-Token": token(page)}).json
            assert told["done"] is done
            assert done or "没有这份在用的材料" in told["errors"][0]["message"]
