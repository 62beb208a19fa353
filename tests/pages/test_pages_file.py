"""A case's file at the pages: what was handed in, and what moves its limit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect

from engine import Office
from tests.conftest import SetClock
from tests.office.at_work import accept, do_named, matter_of_type, to_the_end, until
from tests.office.handing_in import PDF, hand_in
from tests.pages.desk import Desk
from tests.pages.test_pages_protection import log_in, token


def test_a_material_is_handed_in_checked_replaced_and_taken_back(desk: Desk, embedded_office: Office) -> None:
    # given a task of a case whose matter asks for materials
    office = embedded_office
    matter = matter_of_type(office, "promised", lambda m: m["materials"])
    asked = office.catalogue.matter(matter)["materials"][0]["name"]
    case = accept(office, matter)
    desk.log_in("clerk")
    desk.go(f"/tasks/{case['tasks'][0]['id']}")
    page = desk.page
    listed = page.locator(".file > li").first
    expect(listed).to_contain_text("未录入")

    # when a file is sent that is not what its name says
    listed.get_by_role("button", name="上传").click()
    dialog = page.get_by_role("dialog")
    page.set_input_files("#upload-file", {"name": "身份证.png", "mimeType": "image/png", "buffer": PDF})
    desk.photograph("upload")
    dialog.get_by_role("button", name="上传").click()

    # then the dialog says why, and nothing is lost
    expect(page.locator("#upload-refusal")).to_contain_text("文件内容与名称或允许的类型不符")
    expect(page.locator("#upload-material")).to_have_value(asked)

    # when the right one is sent
    page.set_input_files("#upload-file", {"name": "../../身份证.pdf", "mimeType": "application/pdf", "buffer": PDF})
    dialog.get_by_role("button", name="上传").click()

    # then it stands where it belongs, can be saved, and nothing else can be made of it
    link = listed.get_by_role("link", name="身份证.pdf")
    expect(link).to_be_visible()
    answer = page.request.get(desk.site + str(link.get_attribute("href")))
    assert answer.body() == PDF
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]

    # when it is checked against the original
    listed.get_by_role("button", name="核验").click()
    page.get_by_role("dialog").get_by_role("button", name="核验").click()
    expect(listed).to_contain_text("B 级")
    desk.photograph("task-materials")

    # and another comes in its place, which is taken back
    listed.get_by_role("button", name="替换").click()
    page.set_input_files("#upload-file", {"name": "新证.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_role("dialog").get_by_role("button", name="上传").click()
    expect(listed).to_contain_text("新证.pdf")
    listed.get_by_role("button", name="撤下").click()
    page.locator("#take-back-reason").fill("交错了")
    page.get_by_role("dialog").get_by_role("button", name="撤下").click()
    expect(listed).to_contain_text("未录入")
    expect(listed).to_contain_text("已撤下或替换（2）")


def test_an_auditor_saves_files_and_changes_none(client: FlaskClient, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    handed = hand_in(embedded_office, case)
    log_in(client, "auditor")
    page = client.get(f"/cases/{case['number']}")
    assert handed["name"] in page.text
    assert "upload-dialog" not in page.text
    assert client.get(f"/api/v1/cases/{case['number']}/materials/{handed['id']}").status_code == 200
    sent = {"csrf": token(client.get("/inbox")), "grade": "B"}
    assert client.post(f"/cases/{case['number']}/materials/{handed['id']}/verify", data=sent).status_code == 403


def test_a_wrong_grade_is_refused_in_words(client: FlaskClient, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    handed = hand_in(embedded_office, case)
    log_in(client)
    sent = {"csrf": token(client.get(f"/cases/{case['number']}")), "grade": "A"}
    place = f"/cases/{case['number']}/materials/{handed['id']}"
    answer = client.post(f"{place}/verify", data=sent | {"reason": "看过原件"})
    assert answer.status_code == 422 and "填写内容有误" in answer.text
    assert f'action="{place}/verify"' in answer.text and 'value="看过原件"' in answer.text


def test_a_leader_stops_the_clock_extends_the_limit_and_changes_the_agent(
    client: FlaskClient, embedded_office: Office, clock
) -> None:
    # given an accepted case
    office = embedded_office
    matter = matter_of_type(office, "promised", lambda m: m["promised_days"] >= 5)
    number = do_named(office, accept(office, matter), "check_materials")["number"]
    log_in(client, "leader")

    def press(action: str, **given: object) -> str:
        page = client.get(f"/cases/{number}")
        assert f'action="/cases/{number}/{action}"' in page.text
        version = re.search(r'name="version" value="(\d+)"', page.text)
        assert version is not None
        sent = {"csrf": token(page), "reason": "专家评审", "version": version[1], **given}
        return client.post(f"/cases/{number}/{action}", data=sent, follow_redirects=True).text

    assert "计时中" in client.get(f"/cases/{number}").text

    # when each is done, the page says how the limit stands
    page = press("extend", days=5)
    assert "时限已延长" in page and "延长 5" in page and "延长办理期限告知书" in page
    page = press("suspend", ground="expert-review", days=20)
    assert "已暂停计时" in page and "专家评审" in page and "办理期限中止告知书" in page
    clock.pass_time(days=7)
    log_in(client, "leader")
    page = press("resume")
    assert "暂停 5" in page and "计时中" in page and "办理期限恢复告知书" in page
    page = press("assign-agent", agent="leader")
    assert "经办人已改派" in page and "柏思齐" in page

    # and the notices stand in the file, with what was said of the time that is needed
    paper = re.search(r'href="(\S+)" target="_blank">办理期限中止告知书<', page)
    assert paper is not None and "预计 20 个工作日" in client.get(paper[1]).text

    # and what cannot be is refused in words
    page = press("extend", days=11)
    assert "填写内容有误" in page and ">专家评审</textarea>" in page and 'value="11"' in page
    view = office.cases.get(number, by=office.people.person("leader"))
    limit = {"days": view["limit"]["days"], "extended": 5, "excluded": 5, "suspended": None, "missed_by": None}
    assert view["limit"] == limit


@pytest.mark.parametrize(("username", "offered"), [("clerk", False), ("leader", True), ("auditor", False)])
def test_only_a_leader_is_offered_what_a_leader_may_do(
    client: FlaskClient, embedded_office: Office, username: str, offered: bool
) -> None:
    case = do_named(
        embedded_office, accept(embedded_office, matter_of_type(embedded_office, "promised")), "check_materials"
    )
    log_in(client, username)
    page = client.get(f"/cases/{case['number']}").text
    assert [f"{name}-dialog" in page for name in ("extend", "assign-agent", "prioritise")] == [offered] * 3


def test_a_colleague_is_reminded_and_named(client: FlaskClient, embedded_office: Office) -> None:
    # given a clerk who reminds of a case, twice, and names the leader in a remark, and somebody who may not see it
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    here = f"/cases/{case['number']}"
    log_in(client)

    def send(path: str, **given: str) -> str:
        sent = {"csrf": token(client.get(here)), **given}
        return client.post(path, data=sent, follow_redirects=True).text

    page = send(f"{here}/remind", note="申请人来电")
    assert "已催办" in page and "被催办" in page and "申请人来电" in page
    assert "一个工作日内已催办过" in send(f"{here}/remind")
    assert "查无此人，或无权查看该办件" in send(f"{here}/comments", text="@planning 请看")
    send(f"{here}/comments", text="@leader 请看<script>alert(1)</script>")
    assert "被催办" in client.get("/inbox?tab=group").text

    # then the leader sees one, opens it, and has none left
    client.post("/logout", data={"csrf": token(client.get("/inbox"))})
    log_in(client, "leader")
    page = client.get("/mentions").text
    assert "提到我的 (1)" in page and "&lt;script&gt;" in page and "<script>alert" not in page
    opened = re.search(r'action="(/mentions/\d+)"', page)
    assert opened is not None
    answer = client.post(opened[1], data={"csrf": token(client.get("/mentions"))})
    assert answer.location == f"{here}#comments"
    assert "提到我的 (1)" not in client.get("/mentions").text


def test_a_comment_is_written_beside_the_task(client: FlaskClient, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    task = case["tasks"][0]["id"]
    log_in(client)
    sent = {"csrf": token(client.get(f"/tasks/{task}")), "text": "申请人下周一来补照片", "back": task}
    assert client.post(f"/cases/{case['number']}/comments", data=sent).location == f"/tasks/{task}#comments"
    assert "申请人下周一来补照片" in client.get(f"/tasks/{task}").text


def test_a_remark_that_is_refused_is_there_to_be_mended(client: FlaskClient, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    task = case["tasks"][0]["id"]
    log_in(client)
    for back in ({"back": task}, {}):
        sent = {"csrf": token(client.get(f"/tasks/{task}")), "text": "@nobody-here 补<照片>", **back}
        answer = client.post(f"/cases/{case['number']}/comments", data=sent)
        assert answer.status_code == 422
        assert "@nobody-here 查无此人" in answer.text and ">@nobody-here 补&lt;照片&gt;</textarea>" in answer.text
    assert embedded_office.cases.comments(case["number"], by=embedded_office.people.person("clerk")) == []


def test_what_is_lacking_is_said_only_where_it_is_true(client: FlaskClient, embedded_office: Office) -> None:
    # given a case of which nothing came, and one of which all was ticked as received
    code = matter_of_type(
        embedded_office, "instant", lambda matter: any(listed["required"] for listed in matter["materials"])
    )
    names = [listed["name"] for listed in embedded_office.catalogue.matter(code)["materials"]]
    lacking = accept(embedded_office, code)
    received = accept(embedded_office, code, serial=902, received_materials=names)
    log_in(client)

    # then the one says what is not there, the other that it was received, and neither anything once it has ended
    assert "必交材料未录入" in client.get(f"/cases/{lacking['number']}").text
    shown = client.get(f"/cases/{received['number']}").text
    assert "必交材料未录入" not in shown and "份已收，未上传" in shown
    to_the_end(embedded_office, lacking)
    assert "必交材料未录入" not in client.get(f"/cases/{lacking['number']}").text


def test_what_is_decided_and_not_delivered_yet_is_not_said_to_have_ended(
    client: FlaskClient, embedded_office: Office, clock: SetClock
) -> None:
    def mark(case: Any) -> str:
        found = re.search(r'class="mark clock-\w+">([^<]+)<', client.get(f"/cases/{case['number']}").text)
        assert found is not None
        return found[1]

    # given one case that is decided in time, and one that is decided late
    matter = matter_of_type(embedded_office, "promised", lambda m: m["promised_days"] == 5)
    kept, missed = (accept(embedded_office, matter, serial=serial) for serial in (901, 902))
    kept = until(embedded_office, kept, "reply")
    missed = do_named(embedded_office, missed, "check_materials")
    clock.pass_time(days=20)
    missed = embedded_office.cases.get(missed["number"], by=embedded_office.people.person("clerk"))
    while (open := {task["element"] for task in missed["tasks"]}).isdisjoint({"reply"}):
        missed = do_named(
            embedded_office, missed, sorted(open & {"confirm_type", "issue_slip", "examine", "decide"})[0]
        )
    log_in(client)

    # then it says so until the case ends, at its head too, and of the one that was late by how much: its limit was
    # Tuesday 17 March, it was decided on Monday 30 March
    def page(case: Any, language: str = "zh") -> str:
        client.get(f"/language/{language}")
        return client.get(f"/cases/{case['number']}").text

    assert missed["limit"]["missed_by"] == 9 and kept["limit"]["missed_by"] is None
    assert "已逾期作出决定，时限" in page(missed) and '<span class="due-left">逾期' not in page(missed)
    assert "<dt>超期</dt><dd>9 个工作日</dd>" in page(missed)
    assert "decided late; the limit was" in page(missed, "en")
    assert "<dt>Missed by</dt><dd>9 working days</dd>" in page(missed, "en")
    assert "<dt>超期</dt>" not in page(kept)
    assert (mark(kept), mark(missed)) == ("按时办出", "逾期办出")
    client.get("/language/en")
    assert (mark(kept), mark(missed)) == ("decided in time", "decided late")
    client.get("/language/zh")
    assert (mark(to_the_end(embedded_office, kept)), mark(to_the_end(embedded_office, missed))) == (
        "按时办结",
        "逾期办结",
    )
    # which is still told after its end
    assert "<dt>超期</dt><dd>9 个工作日</dd>" in page(missed) and "<dt>超期</dt>" not in page(kept)
