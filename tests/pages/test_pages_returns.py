"""A task is sent back, and a completion taken back, at the pages."""

from __future__ import annotations

from flask.testing import FlaskClient
from playwright.sync_api import expect

from engine import Office
from tests.office.at_work import accept, do_named, matter_of_type
from tests.office.test_four_eyes import to_be_reviewed
from tests.pages.desk import Desk
from tests.pages.test_pages_protection import HTML, log_in, token


def test_a_clerk_sends_a_task_back_and_takes_a_completion_back(desk: Desk, embedded_office: Office) -> None:
    # given a case whose reply is to be written
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    for element in ("check_materials", "confirm_type", "decide"):
        case = do_named(embedded_office, case, element)
    desk.log_in("clerk")
    page = desk.page
    desk.go(f"/tasks/{case['tasks'][0]['id']}")
    page.wait_for_selector("#complete:enabled")

    # when the clerk sends it back with a reason
    page.click("[data-open='#return-dialog']")
    page.fill("#return-reason", "决定有误")
    desk.photograph("task-return", whole=False)
    page.locator("#return-dialog").get_by_role("button", name="退回上一步").click()

    # then the step before is open again
    expect(page.locator("h1")).to_have_text("当场审查并决定")
    desk.complete()
    expect(page.locator("h1")).to_have_text("制作答复")

    # and what was done by oneself can be taken back from the case, while nothing has followed
    desk.go(f"/cases/{case['number']}")
    page.get_by_role("button", name="撤回我的办理").click()
    page.fill("#own-reason", "选错了")
    page.locator("#own-dialog").get_by_role("button", name="撤回我的办理").click()
    expect(page.locator("h1")).to_have_text("当场审查并决定")
    desk.go(f"/cases/{case['number']}")
    told = [entry.inner_text() for entry in page.locator(".event-what").all()]
    assert told[0] == "撤回已完成的「当场审查并决定」"
    assert "将「制作答复」退回到「当场审查并决定」" in told
    expect(page.get_by_role("button", name="撤回我的办理")).to_have_count(0)


def test_a_check_of_ones_own_work_is_said_on_the_page_and_refused(client: FlaskClient, embedded_office: Office) -> None:
    review = to_be_reviewed(embedded_office)
    log_in(client, "leader")
    shown = client.get(f"/tasks/{review['id']}").text
    assert "「说明依据和理由」由柏思齐办理。" in shown and "不能复核自己办理的内容" in shown
    assert 'id="complete"' not in shown
    refused = client.post(f"/tasks/{review['id']}/claim", data={"csrf": token(client.get("/inbox"))}, headers=HTML)
    assert refused.status_code == 403 and "须由他人办理" in refused.text


def test_what_cannot_be_taken_back_is_not_offered_and_says_why(client: FlaskClient, embedded_office: Office) -> None:
    # given a clerk whose check of the materials accepted the case
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    task = case["tasks"][0]["id"]
    do_named(embedded_office, case, "check_materials")
    log_in(client)
    page = client.get(f"/cases/{case['number']}")
    assert "已受理" in page.text and 'id="own-dialog"' not in page.text

    # when it is tried all the same, then the page says why not, in its language
    for language, why in (("zh", "第 2 条记录起已受理"), ("en", "the case was accepted by entry 2")):
        client.get(f"/language/{language}")
        sent = {"csrf": token(page), "reason": "选错了"}
        shown = client.post(f"/tasks/{task}/withdraw", data=sent, follow_redirects=True).text
        assert why in shown and (language == "zh") == ("the case was accepted" not in shown)
