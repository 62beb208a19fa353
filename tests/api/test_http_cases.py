"""A case over HTTP: from the window to its end, and the ways out."""

from __future__ import annotations

import pytest

from tests.api.calling import APPLICANT, Caller, opening, problem


def test_a_case_goes_from_the_window_through_the_department_to_its_end(clerk: Caller, housing: Caller) -> None:
    answer = clerk.post("/cases", opening())

    assert answer.status_code == 201
    case = answer.json
    assert answer.headers["Location"] == f"/api/v1/cases/{case['number']}"
    assert answer.headers["ETag"] == f'"v{case["version"]}"'
    assert (case["matter"], case["type"], case["status"], case["window"], case["due"]) == (
        "9900101001",
        "instant",
        "open",
        "H01",
        None,
    )
    assert case["applicant"] == APPLICANT
    assert case["data"]["purpose"] == "试验"
    assert [task["name"] for task in case["tasks"]] == ["查看"]

    looked = clerk.post(f"/tasks/{case['tasks'][0]['id']}/complete", {"data": {"finding": "齐全"}})
    assert looked.status_code == 200
    # Ten working days from the day after acceptance, which is Tuesday the 10th of March 2026.
    assert looked.json["due"] == "2026-03-24T23:59:59+08:00"
    (task,) = looked.json["tasks"]
    assert (task["name"], task["unit"]) == ("答复", "housing")

    done = housing.post(f"/tasks/{task['id']}/complete", {"data": {"agree": True}})
    assert (done.json["status"], done.json["tasks"]) == ("completed", [])
    assert done.headers["Content-Location"] == f"/api/v1/cases/{case['number']}"


def test_a_case_is_where_the_application_is_mounted(clerk: Caller) -> None:
    number = clerk.post("/cases", opening()).json["number"]
    for root in ("", "/hall", "", "/hall/one"):
        read = clerk._client.get(f"/api/v1/cases/{number}", base_url=f"http://localhost{root}", headers=clerk.headers)
        assert read.headers["Content-Location"] == f"{root}/api/v1/cases/{number}"


def test_what_was_made_can_be_read_where_it_says(clerk: Caller) -> None:
    made = clerk.post("/cases", opening())
    read = clerk.get(made.headers["Location"].removeprefix("/api/v1"))
    assert read.status_code == 200
    assert read.json == made.json
    assert read.headers["ETag"] == made.headers["ETag"]


def test_cases_are_listed_page_by_page_with_filters(clerk: Caller, callers: dict[str, Caller]) -> None:
    numbers = [clerk.start()["number"] for _ in range(3)]

    first = clerk.get("/cases", limit=2).json
    second = clerk.get("/cases", limit=2, cursor=first["next"]).json
    assert [case["number"] for case in first["items"] + second["items"]] == numbers[::-1]
    assert second["next"] is None

    assert clerk.get("/cases", status="completed").json == {"items": [], "next": None}
    assert len(clerk.get("/cases", q="测试甲").json["items"]) == 3
    assert (
        len(clerk.get("/cases", overdue="false", type="instant", matter="9900101001", window="H01").json["items"]) == 3
    )
    assert callers["planning"].get("/cases").json["items"] == []


def test_the_applicant_withdraws(clerk: Caller) -> None:
    number = clerk.start()["number"]
    answer = clerk.post(f"/cases/{number}/withdraw", {"reason": "不办了"})
    assert (answer.status_code, answer.json["status"]) == (200, "withdrawn")
    assert problem(clerk.post(f"/cases/{number}/withdraw", {"reason": "again"})) == (409, "case-closed")


@pytest.mark.parametrize("way", ["report", "return"])
def test_a_way_out_that_the_diagram_does_not_draw_is_not_offered(clerk: Caller, way: str) -> None:
    number = clerk.start()["number"]
    assert problem(clerk.post(f"/cases/{number}/{way}", {"reason": "试试"})) == (409, "not-offered")


def test_a_message_reaches_the_case(clerk: Caller) -> None:
    number = clerk.start()["number"]
    answer = clerk.post(f"/cases/{number}/messages", {"name": "note", "payload": {"paid": 12.5}})
    assert answer.status_code == 200
    assert answer.json["data"]["paid"] == 12.5
    assert problem(clerk.post(f"/cases/{number}/messages", {"name": "unheard"})) == (409, "not-offered")


def test_the_clock_stops_and_goes_on(clerk: Caller, callers: dict[str, Caller]) -> None:
    case = clerk.start()
    clerk.post(f"/tasks/{case['tasks'][0]['id']}/complete", {"data": {"finding": "齐全"}})
    path = f"/cases/{case['number']}"

    stopped = clerk.post(f"{path}/suspend", {"reason": "专家评审", "ground": "expert-review", "days": 20})
    assert stopped.json["status"] == "suspended"
    assert problem(callers["leader"].post(f"{path}/extend", {"reason": "x", "days": 1})) == (409, "case-suspended")
    entry = clerk.get(f"{path}/history").json["items"][-1]
    assert (entry["input"]["ground"], entry["input"]["days"]) == ("expert-review", 20)
    assert clerk.post(f"{path}/comments", {"text": "等专家"}).status_code == 201
    assert clerk.post(f"{path}/resume", {"reason": "评审完了"}).json["status"] == "open"

    before = clerk.get(path).json["due"]
    longer = callers["leader"].post(f"{path}/extend", {"reason": "情况复杂", "days": 5})
    assert longer.json["due"] > before


def test_remarks_are_kept_in_the_file(clerk: Caller) -> None:
    number = clerk.start()["number"]
    clerk.post(f"/cases/{number}/comments", {"text": "电话联系过"})
    (remark,) = clerk.get(f"/cases/{number}/comments").json["items"]
    assert (remark["text"], remark["by"]) == ("电话联系过", "clerk")


def test_another_agent_carries_the_case(clerk: Caller, callers: dict[str, Caller]) -> None:
    number = clerk.start()["number"]
    answer = callers["leader"].post(f"/cases/{number}/assign-agent", {"reason": "休假", "agent": "leader"})
    assert answer.json["agent"] == "leader"


def test_an_incident_is_shown_and_tried_again(clerk: Caller, housing: Caller, callers: dict[str, Caller]) -> None:
    case = clerk.start()
    looked = clerk.post(f"/tasks/{case['tasks'][0]['id']}/complete", {"data": {"finding": "齐全"}}).json
    failed = housing.post(f"/tasks/{looked['tasks'][0]['id']}/complete", {"data": {"agree": "maybe"}}).json
    assert failed["status"] == "failed"
    assert [incident["element"] for incident in failed["incidents"]] == ["agreed"]
    again = callers["leader"].post(f"/cases/{case['number']}/retry", {"reason": "再试"})
    assert (again.status_code, again.json["status"]) == (200, "failed")


def test_the_diagram_shows_where_the_case_is(clerk: Caller) -> None:
    number = clerk.start()["number"]
    diagram = clerk.get(f"/cases/{number}/diagram").json
    assert "look" in [place["element"] for place in diagram["active"]]
    assert diagram["files"][0]["xml"].startswith("<bpmn:definitions")
