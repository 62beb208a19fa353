"""Who may do a task follows the case's data: groups and assignees that FEEL gives, from the upload to the inbox."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.calling import Caller, problem
from tests.execution.stories import NAMESPACES, chain, node

MATTER = "9900101009"


def assigned(id: str, **expressions: str) -> str:
    """A user task with an assignment; a quote in FEEL is an entity in the file."""
    told = "".join(f' {name}="= {text.replace(chr(34), "&quot;")}"' for name, text in expressions.items())
    return node("userTask", id, f"<extensionElements><zeebe:assignmentDefinition{told}/></extensionElements>")


FILE = (
    f'<definitions {NAMESPACES} id="D" targetNamespace="http://example.org/test">'
    '<process id="routed" name="分派" isExecutable="true">'
    + node("startEvent", "s")
    + assigned("examine", candidateGroups='if kind = "home" then "housing" else ["planning", "fire"][1]')
    + assigned("approve", candidateGroups='if amount > 5000 then "window:leader" else "window"')
    + assigned("sign", assignee="signer")
    + node("endEvent", "e")
    + chain("s", "examine", "approve", "sign", "e")
    + "</process></definitions>"
)


@pytest.fixture
def routed(callers: dict[str, Caller]) -> dict[str, Caller]:
    """The callers of an office with a matter whose process says by FEEL who does what."""
    answer = callers["designer"].upload("/definitions", {"routed.bpmn": FILE.encode()})
    assert answer.status_code == 201, answer.json
    office = callers["clerk"].office
    head = "code,name,type,unit,legal_basis,level,statutory_days,promised_days,process\n"
    office.catalogue.import_matters(head + f"{MATTER},分派事项,promised,hall,《试》,district,20,10,routed\n")
    return callers


def sees(callers: dict[str, Caller], task: Any) -> set[str]:
    """Who of these has a task in the inbox."""
    asked = {name: callers[name].get("/tasks").json["items"] for name in ("clerk", "leader", "housing", "planning")}
    return {name for name, items in asked.items() if task["id"] in {item["id"] for item in items}}


@pytest.mark.parametrize(
    ("data", "examining", "another", "approving", "signing"),
    [
        ({"kind": "home", "amount": 6000, "signer": "housing"}, "housing", "planning", {"leader"}, "housing"),
        ({"kind": "shop", "amount": 10, "signer": "clerk"}, "planning", "housing", {"clerk", "leader"}, "clerk"),
    ],
)
def test_who_may_do_a_task_follows_the_data(
    routed: dict[str, Caller], data: Any, examining: str, another: str, approving: set[str], signing: str
) -> None:
    # given a case whose data says what it is about
    case = routed["clerk"].start(matter=MATTER, data=data)

    # then the unit that the expression names has its task, the other one does not see it
    (task,) = case["tasks"]
    assert (task["element"], task["group"], task["unit"]) == ("examine", examining, examining)
    assert sees(routed, task) == {examining}
    assert [item["id"] for item in routed[examining].get("/tasks", group=examining).json["items"]] == [task["id"]]
    assert problem(routed[another].get(f"/tasks/{task['id']}")) == (404, "not-found")
    assert problem(routed[another].post(f"/tasks/{task['id']}/claim")) == (404, "not-found")
    assert problem(routed["clerk"].post(f"/tasks/{task['id']}/complete", {"data": {}})) == (403, "forbidden")

    # when it is done, the next goes to the role that the amount asks for
    answer = routed[examining].post(f"/tasks/{task['id']}/complete", {"data": {}})
    assert answer.status_code == 200, answer.json
    (task,) = answer.json["tasks"]
    assert task["element"] == "approve" and sees(routed, task) == approving

    # and the last to the person whom the data names
    by = routed[min(approving)]
    (task,) = by.post(f"/tasks/{task['id']}/complete", {"data": {}}).json["tasks"]
    assert (task["element"], task["assignee"]) == ("sign", signing)
    assert [item["id"] for item in routed[signing].get("/tasks", assignee="me").json["items"]] == [task["id"]]
    assert routed[signing].post(f"/tasks/{task['id']}/complete", {"data": {}}).json["status"] == "completed"
    assert routed["auditor"].post(f"/cases/{case['number']}/verify").json["ok"]


def test_an_assignee_who_is_no_name_stops_the_case_and_is_told(routed: dict[str, Caller]) -> None:
    case = routed["clerk"].start(matter=MATTER, data={"kind": "home", "amount": 1, "signer": 7})
    done = routed["housing"].post(f"/tasks/{case['tasks'][0]['id']}/complete", {"data": {}})
    (task,) = done.json["tasks"]
    stopped = routed["clerk"].post(f"/tasks/{task['id']}/complete", {"data": {}}).json
    assert stopped["status"] == "failed"
    (incident,) = stopped["incidents"]
    assert incident["element"] == "sign" and "assignee" in incident["cause"]
