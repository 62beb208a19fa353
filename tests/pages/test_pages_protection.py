"""What the pages guard: sessions, forms that are ours, what is in addresses, what a name may contain."""

from __future__ import annotations

import logging
import re
import time

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.pages import session
from engine import Office
from engine.demonstration import PASSWORD
from tests.office.at_work import accept, applicant, do, do_named, matter_of_type
from tests.office.test_four_eyes import Hall
from tests.office.test_named_people import NAMED, asked

HTML = {"Accept": "text/html"}
ACTIONS = {"withdraw", "report", "return", "suspend", "resume", "extend", "assign-agent", "prioritise", "retry"}


def token(answer: TestResponse) -> str:
    """The secret that the forms of a page carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
    assert found is not None
    return found[1]


def log_in(client: FlaskClient, username: str = "clerk", password: str = PASSWORD, **more: str) -> TestResponse:
    client.delete_cookie("yichuang")
    form = {"csrf": token(client.get("/login")), "username": username, "password": password, **more}
    return client.post("/login", data=form, headers=HTML)


def test_every_page_asks_for_a_log_in_and_goes_on_afterwards(client: FlaskClient) -> None:
    answer = client.get("/cases", headers=HTML)
    assert (answer.status_code, answer.location) == (302, "/login?next=/cases")
    assert log_in(client, next="/cases").location == "/cases"


@pytest.mark.parametrize("away", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "x"])
def test_a_log_in_leads_nowhere_else(client: FlaskClient, away: str) -> None:
    assert log_in(client, next=away).location == "/inbox"


def test_a_wrong_password_does_not_say_whether_the_name_exists(client: FlaskClient) -> None:
    known, unknown = log_in(client, password="wrong"), log_in(client, "nobody", "wrong")
    assert known.status_code == unknown.status_code == 401
    assert "用户名或密码不正确" in known.text
    assert "用户名或密码不正确" in unknown.text


def test_logging_out_ends_the_session(client: FlaskClient) -> None:
    log_in(client)
    inbox = client.get("/inbox")
    assert inbox.status_code == 200
    left = client.post("/logout", data={"csrf": token(inbox)})
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/inbox").location == "/login?next=/inbox"


def test_a_log_in_is_a_line_of_the_log_with_the_name(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log_in(client)
        log_in(client, password="wrong")
    fields = [record.fields for record in caplog.records if record.name == "yichuang.api"]  # type: ignore[attr-defined]
    lines = [(f["status"], f.get("username")) for f in fields if (f["method"], f["route"]) == ("POST", "/login")]
    assert lines == [(302, "clerk"), (401, None)]


def test_a_kept_cookie_is_worth_nothing_after_log_out(client: FlaskClient) -> None:
    log_in(client)
    inbox = client.get("/inbox")
    kept = client.get_cookie("yichuang")
    assert kept is not None
    client.post("/logout", data={"csrf": token(inbox)})
    client.set_cookie("yichuang", kept.value)
    assert client.get("/inbox").location == "/login?next=/inbox"


def test_another_password_ends_the_sessions(client: FlaskClient, embedded_office: Office) -> None:
    log_in(client)
    embedded_office.people.passwd("clerk", "another good password of 2026")
    assert client.get("/inbox").location == "/login?next=/inbox"


@pytest.mark.parametrize("passed", [session.IDLE + 1, session.LONGEST + 1])
def test_sessions_end_by_themselves(client: FlaskClient, passed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in(client)
    later = time.time() + passed
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.get("/inbox").location == "/login?next=/inbox"


def test_whoever_is_disabled_is_out_at_once(client: FlaskClient, embedded_office: Office) -> None:
    log_in(client)
    embedded_office.people.disable("clerk")
    assert client.get("/inbox").location == "/login?next=/inbox"


def test_a_form_that_is_not_ours_changes_nothing(client: FlaskClient, embedded_office: Office) -> None:
    log_in(client)
    (task,) = accept(embedded_office, matter_of_type(embedded_office, "instant"))["tasks"]
    for form in ({}, {"csrf": "guessed"}):
        answer = client.post(f"/tasks/{task['id']}/claim", data=form, headers=HTML)
        assert answer.status_code == 403
        assert "页面已过期" in answer.text
    assert client.post(f"/tasks/{task['id']}/complete", json={"data": {}}).status_code == 403
    assert embedded_office.tasks.get(task["id"], by=embedded_office.people.person("clerk"))["assignee"] is None


def test_nobody_sees_what_is_not_theirs(client: FlaskClient, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    log_in(client, "planning")
    for path in (f"/cases/{case['number']}", f"/cases/{case['number']}/slip", f"/tasks/{case['tasks'][0]['id']}"):
        assert client.get(path, headers=HTML).status_code == 404
    assert case["number"] not in client.get("/cases").text


def test_who_saw_a_case_for_one_task_goes_on_to_the_inbox(client: FlaskClient, embedded_office: Office) -> None:
    (task,) = asked(Hall(embedded_office, NAMED), "plan")["tasks"]
    log_in(client, "planning")
    headers = {"X-CSRF-Token": token(client.get(f"/tasks/{task['id']}"))}
    done = client.post(f"/tasks/{task['id']}/complete", json={"data": {}}, headers=headers)
    assert (done.status_code, done.json) == (200, {"location": "/inbox"})
    assert client.get(f"/cases/{task['case']}", headers=HTML).status_code == 404


def test_an_auditor_reads_and_changes_nothing(client: FlaskClient, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    log_in(client, "auditor")
    page = client.get(f"/cases/{case['number']}")
    assert page.status_code == 200
    form = {"csrf": token(page), "reason": "无"}
    refused = client.post(f"/cases/{case['number']}/withdraw", data=form, headers=HTML)
    assert refused.status_code == 403
    assert "您无权进行此操作" in refused.text


def test_what_one_may_not_do_is_not_offered(client: FlaskClient, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    for username, offered in (("clerk", True), ("leader", True), ("auditor", False)):
        log_in(client, username)
        page = client.get(f"/cases/{case['number']}").text
        assert ("withdraw-dialog" in page, "comment-form" in page) == (offered, offered)


def test_a_leader_takes_a_task_back_from_a_colleague(client: FlaskClient, embedded_office: Office) -> None:
    # given a task that a clerk has claimed
    clerk = embedded_office.people.person("clerk")
    (task,) = accept(embedded_office, matter_of_type(embedded_office, "instant"))["tasks"]
    embedded_office.tasks.claim(task["id"], by=clerk)

    # when the leader opens it and puts it back
    log_in(client, "leader")
    page = client.get(f"/tasks/{task['id']}")
    assert "安知秋 已签收" in page.text
    client.post(f"/tasks/{task['id']}/unclaim", data={"csrf": token(page), "back": "task"})

    # then it waits for anybody of the group
    assert embedded_office.tasks.get(task["id"], by=clerk)["assignee"] is None
    assert "已将「核对材料」放回待签收" in client.get(f"/tasks/{task['id']}").text


def test_a_task_is_delegated_to_a_colleague(client: FlaskClient, embedded_office: Office) -> None:
    # given a task that the clerk has claimed
    clerk = embedded_office.people.person("clerk")
    (task,) = accept(embedded_office, matter_of_type(embedded_office, "instant"))["tasks"]
    embedded_office.tasks.claim(task["id"], by=clerk)

    # when it is delegated to the leader, one of those whom the page names
    log_in(client)
    page = client.get(f"/tasks/{task['id']}")
    assert '<option value="leader">' in page.text
    assert '<option value="fire">' not in page.text
    sent = {"csrf": token(page), "to": "leader", "back": "task"}
    client.post(f"/tasks/{task['id']}/delegate", data=sent)

    # then it is theirs, and to nobody outside the unit is it given
    assert embedded_office.tasks.get(task["id"], by=clerk)["assignee"] == "leader"
    assert "已将「核对材料」转派给 柏思齐" in client.get(f"/tasks/{task['id']}").text
    log_in(client, "leader")
    sent = {"csrf": token(client.get(f"/tasks/{task['id']}")), "to": "fire", "back": "task"}
    client.post(f"/tasks/{task['id']}/delegate", data=sent)
    assert embedded_office.tasks.get(task["id"], by=clerk)["assignee"] == "leader"
    assert "填写内容有误" in client.get(f"/tasks/{task['id']}").text


def test_a_suspended_case_waits_and_is_resumed(client: FlaskClient, embedded_office: Office) -> None:
    # given a case whose clock stands still
    clerk = embedded_office.people.person("clerk")
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    case = do_named(embedded_office, case, "check_materials")
    embedded_office.cases.suspend(case["number"], "专家评审", "expert-review", by=clerk)

    # then its tasks say why they cannot be done, and the case offers to go on, and nothing else
    log_in(client)
    assert "恢复计时之后才能继续办理" in client.get(f"/tasks/{case['tasks'][0]['id']}").text
    page = client.get(f"/cases/{case['number']}")
    assert set(re.findall(r"/cases/[^/\"]+/([a-z-]+)\"", page.text)) & ACTIONS == {"resume"}

    # when it is resumed
    client.post(f"/cases/{case['number']}/resume", data={"csrf": token(page), "reason": "评审已结束"})

    # then it goes on, and the history says why it stood still and why it went on
    after = client.get(f"/cases/{case['number']}").text
    assert "已恢复计时" in after
    assert after.index("评审已结束") < after.index("专家评审")


def test_a_decided_case_is_offered_nothing_that_would_move_its_limit(
    client: FlaskClient, embedded_office: Office
) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    case = do_named(embedded_office, case, "check_materials")
    log_in(client, "hall.leader")
    offered = {True: set[str](), False: set[str]()}
    while case["tasks"]:
        page = client.get(f"/cases/{case['number']}").text
        offered[case["decided"] is not None] |= set(re.findall(r"/cases/[^/\"]+/([a-z-]+)\"", page)) & ACTIONS
        case = do(embedded_office, case["tasks"][0])
    assert offered[False] - offered[True] == {"suspend", "extend"}


def test_what_applicants_are_called_is_never_markup(client: FlaskClient, embedded_office: Office) -> None:
    clerk = embedded_office.people.person("clerk")
    name = "<img src=x onerror=alert(1)>\"'</template>"
    matter = matter_of_type(embedded_office, "instant")
    case = embedded_office.cases.start(matter, {**applicant(), "name": name}, {}, by=clerk, window="H01")
    log_in(client)
    paths = ("/inbox", "/cases", f"/cases/{case['number']}", f"/tasks/{case['tasks'][0]['id']}")
    for path in (*paths, f"/cases/{case['number']}/slip"):
        text = client.get(path).text
        assert "<img src=x" not in text
        assert "&lt;img src=x" in text


def test_names_are_searched_without_standing_in_an_address(client: FlaskClient, embedded_office: Office) -> None:
    number = accept(embedded_office, matter_of_type(embedded_office, "instant"))["number"]
    log_in(client)
    page = client.get("/cases")
    assert re.search(r'<form[^>]*method="post"[^>]*action="/cases"', page.text)
    found = client.post("/cases", data={"csrf": token(page), "q": applicant()["name"]})
    assert number in found.text
    assert number not in client.post("/cases", data={"csrf": token(page), "q": "另一个人"}).text
    assert number in client.get("/cases").text
    assert "q=" not in client.get(f"/cases?q={number}").text


def test_pages_are_guarded_and_never_kept(client: FlaskClient) -> None:
    for path in ("/login", "/track", "/nothing"):
        headers = client.get(path, headers=HTML).headers
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"


def test_a_case_is_started_once_however_often_it_is_sent(client: FlaskClient, embedded_office: Office) -> None:
    log_in(client)
    matter = matter_of_type(embedded_office, "instant")
    page = client.get(f"/accept/{matter}").text
    secret = re.search(r'data-csrf="([^"]+)"', page)
    assert secret is not None
    body = {"applicant": applicant(), "data": {}, "window": "H01", "once": "0123456789abcdef"}
    answers = [client.post(f"/accept/{matter}", json=body, headers={"X-CSRF-Token": secret[1]}) for _ in range(3)]
    assert len({answer.json["location"] for answer in answers}) == 1  # type: ignore[index]
    assert len(embedded_office.cases.list(by=embedded_office.people.person("clerk"))["items"]) == 1


def test_the_tracking_page_is_slow_with_those_who_guess(client: FlaskClient) -> None:
    secret = token(client.get("/track"))
    form = {"csrf": secret, "number": "20260302-H01-0001-8", "code": "AAAA-AAAA-AAAA"}
    statuses = [client.post("/track", data=form, headers=HTML).status_code for _ in range(25)]
    assert statuses[0] == 404
    assert statuses[-1] == 429


def test_a_failure_of_ours_looks_like_the_other_pages(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in(client)
    monkeypatch.setattr("engine.office.tasks.Tasks.list", lambda *_, **__: 1 / 0)
    answer = client.get("/inbox", headers=HTML)
    assert answer.status_code == 500
    assert "系统出错了" in answer.text
    assert "ZeroDivisionError" not in answer.text
