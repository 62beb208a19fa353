"""A clerk goes on leave: a colleague is named at the pages, finds the tasks in the inbox and does them."""

from __future__ import annotations

from flask.testing import FlaskClient

from engine import Office
from tests.office.at_work import accept, matter_of_type
from tests.pages.test_pages_protection import HTML, log_in, token


def test_a_colleague_stands_in(client: FlaskClient, embedded_office: Office) -> None:
    office = embedded_office
    office.people.add("second", "程代办", "yichuang-demo", [("hall", "clerk")])
    case = accept(office, matter_of_type(office, "instant"))
    task = case["tasks"][0]["id"]
    office.tasks.claim(task, by=office.people.person("clerk"))
    log_in(client)
    shown = client.get("/substitutions")
    assert "目前没有代办安排" in shown.text and "程代办 (second)" in shown.text and "(leader)" not in shown.text

    form = {"csrf": token(shown), "substitute": "second", "since": "2026-03-10", "until": "2026-03-12"}
    wrong = client.post("/substitutions", data={**form, "until": "2026-03-01"}, headers=HTML)
    assert wrong.status_code == 422 and "最后一天早于第一天" in wrong.text
    assert client.post("/substitutions", data=form, headers=HTML).location == "/substitutions"
    assert "进行中" in client.get("/substitutions").text

    log_in(client, "second")
    assert "代安知秋" in client.get("/inbox?tab=away").text
    page = client.get(f"/tasks/{task}").text
    assert "由您代安知秋办理。" in page and 'id="complete"' in page
    headers = {"X-CSRF-Token": client.get("/session").json["csrf"], "Accept": "application/json"}
    sent = client.post(f"/tasks/{task}/complete", json={"data": {"check_result": "complete"}}, headers=headers)
    assert sent.status_code == 200, sent.text
    assert "程代办（代安知秋）" in client.get(f"/cases/{case['number']}").text
    assert "/inbox?tab=away" not in client.get("/inbox").text

    log_in(client, "auditor")
    assert client.get("/substitutions", headers=HTML).status_code == 403
    log_in(client)
    (one,) = office.substitutions.list()
    client.post(f"/substitutions/{one['id']}/end", data={"csrf": token(client.get("/substitutions"))}, headers=HTML)
    assert office.substitutions.list() == []
