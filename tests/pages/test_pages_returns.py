"""A task is sent back, and a completion taken back, at the pages."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from playwright.sync_api import expect

from engine import Office
from tests.office.at_work import accept, do, do_named, matter_of_type, until
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


def test_what_was_undone_is_said_and_drawn_so(desk: Desk, embedded_office: Office) -> None:
    # given a decision that its clerk has taken back
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    for element in ("check_materials", "confirm_type", "decide"):
        case = do_named(embedded_office, case, element)
    clerk = embedded_office.people.person("clerk")
    done = embedded_office.returns.last_of(case["number"], by=clerk)
    assert done is not None
    case = embedded_office.returns.withdraw(done, "选错了", by=clerk)

    # then the data that it left says from where it comes, and what came before does not
    desk.log_in("clerk", f"/cases/{case['number']}")
    page = desk.page
    noted = page.locator(".facts .given", has=page.locator(".undone"))
    expect(noted).to_contain_text(["决定"])
    expect(noted.first.locator(".undone")).to_have_text("填写于已收回的「当场审查并决定」")
    expect(page.locator(".facts .given", has_text="需要现场勘验").locator(".undone")).to_have_count(0)
    # and the history that it was taken back
    expect(page.locator(".event", has_text="完成「当场审查并决定」")).to_contain_text("已收回")
    expect(page.locator(".event", has_text="完成「核对材料」")).not_to_contain_text("已收回")
    # and the diagram shows its way as not gone
    desk.open_diagram()
    expect(page.locator(".djs-shape.active[data-element-id=decide]")).to_be_visible()
    expect(page.locator(".djs-shape.passed[data-element-id=decided]")).to_have_count(0)
    # and so does the playback, at the end and not before
    desk.log_in("auditor", f"/cases/{case['number']}/playback")
    player = page.locator("[data-playback]")
    expect(player).to_have_attribute("data-shown", str(case["version"]))
    expect(page.locator(".djs-shape.passed[data-element-id=decided]")).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".djs-shape.passed[data-element-id=decided]")).to_have_count(1)

    # and done again, the data is that of the step as it stands
    do_named(embedded_office, case, "decide")
    desk.log_in("clerk", f"/cases/{case['number']}")
    expect(page.locator(".facts .given .undone")).to_have_count(0)


def returned_and_served(office: Office) -> Any:
    """A returned case whose applicant may still ask for a review."""
    case = accept(office, matter_of_type(office, "returned"))
    while case["tasks"]:
        task = case["tasks"][0]
        case = do(office, task, **{"review_right": "kept"} if task["element"] == "serve_notice" else {})
    return case


def test_a_case_in_which_nobody_has_a_task_says_what_it_waits_for_and_until_when(
    client: FlaskClient, embedded_office: Office
) -> None:
    case = returned_and_served(embedded_office)
    log_in(client)
    told = re.search(r'<ul class="waits">.*?</ul>', client.get(f"/cases/{case['number']}").text, re.DOTALL)
    assert told is not None
    assert "申请复核" in told[0] and "至 2026-03-17" in told[0]
    client.get("/language/en")
    assert "request for a review" in client.get(f"/cases/{case['number']}").text


def test_the_applicants_request_for_a_review_is_entered_at_the_case(desk: Desk, embedded_office: Office) -> None:
    # given a returned case that waits for the applicant's word
    case = returned_and_served(embedded_office)
    desk.log_in("clerk", f"/cases/{case['number']}")
    page = desk.page

    # when the clerk enters the request, under the name that the designer gave it
    page.get_by_role("button", name="申请复核").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("最后一天：")
    desk.photograph("case-message", whole=False)
    dialog.get_by_label("理由").fill("政策已修订")
    dialog.get_by_role("button", name="登记").click()

    # then the review is a task, and the history calls the request what the designer does
    expect(page.locator("[data-row]").first).to_contain_text("复核")
    expect(page.locator(".event-what").first).to_have_text("收到：申请复核")
    expect(page.locator(".event-why").first).to_have_text("政策已修订")
    expect(page.get_by_role("button", name="申请复核")).to_have_count(0)


def test_what_is_being_returned_is_not_offered_to_be_returned_or_reported(
    client: FlaskClient, embedded_office: Office
) -> None:
    def offered(case: Any) -> set[str]:
        shown = client.get(f"/cases/{case['number']}").text
        return {name for name in ("withdraw", "report", "return") if f'data-open="#{name}-dialog"' in shown}

    # given a case of a matter that policy does not allow: at the check it may still go any way
    case = accept(embedded_office, matter_of_type(embedded_office, "returned"))
    log_in(client)
    assert offered(case) == {"withdraw", "report", "return"}

    # when it is returned, then only the applicant's own way out is offered, also while a review may be asked for
    case = do_named(embedded_office, do_named(embedded_office, case, "check_materials"), "confirm_type")
    assert offered(case) == {"withdraw"}
    case = do_named(embedded_office, case, "state_reasons")
    case = do_named(embedded_office, case, "serve_notice", review_right="kept")
    assert offered(case) == {"withdraw"}

    # and programs still reach it, at every point
    assert {"withdraw", "report", "return"} <= set(case["offers"])


def test_who_returns_or_reports_up_what_is_decided_is_warned_that_this_opens_the_case_again(
    client: FlaskClient, embedded_office: Office
) -> None:
    def dialog(name: str) -> str:
        page = client.get(f"/cases/{case['number']}").text
        found = re.search(rf'<dialog class="dialog" id="{name}-dialog".*?</dialog>', page, re.DOTALL)
        assert found is not None
        return found[0]

    # given a case before its decision, nothing is warned of
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    log_in(client)
    assert "作出决定" not in dialog("return") + dialog("report")

    # when it is decided, both dialogs say since when, and what becomes of it
    while case["decided"] is None:
        case = do(embedded_office, case["tasks"][0])
    for name in ("return", "report"):
        assert "本件已于 2026-03-10 作出决定，该决定仍然有效。" in dialog(name) and "重新办理" in dialog(name)
    assert "作出决定" not in dialog("withdraw")
    client.get("/language/en")
    assert "The case was decided on 2026-03-10, and that decision stands." in dialog("return")


def test_what_is_reported_up_is_not_offered_to_be_reported_up_again(
    client: FlaskClient, embedded_office: Office
) -> None:
    # given a case that is being reported up, and one that waits for the upper level's answer
    case = accept(embedded_office, matter_of_type(embedded_office, "reported"))
    log_in(client)
    place = f"/cases/{case['number']}"
    assert 'data-open="#report-dialog"' in client.get(place).text
    case = do_named(embedded_office, do_named(embedded_office, case, "check_materials"), "confirm_type")
    for step in ("review", "report_upward"):
        assert case["tasks"][0]["element"] == step
        assert 'data-open="#report-dialog"' not in client.get(place).text
        case = do_named(embedded_office, case, step)
    page = client.get(place).text
    assert 'data-open="#report-dialog"' not in page
    assert 'data-open="#return-dialog"' in page and 'data-open="#withdraw-dialog"' in page

    # and when it was answered, it may be reported up once more
    do_named(embedded_office, case, "record_answer")
    assert 'data-open="#report-dialog"' in client.get(place).text


def test_a_message_that_lacks_what_it_must_bring_or_is_not_waited_for_is_refused(
    client: FlaskClient, embedded_office: Office
) -> None:
    case = returned_and_served(embedded_office)
    log_in(client)
    place = f"/cases/{case['number']}"
    sent = {"csrf": token(client.get(place)), "name": "review-requested"}
    refused = client.post(f"{place}/messages", data=sent)
    assert refused.status_code == 422 and "请填写必填项" in refused.text
    unknown = client.post(f"{place}/messages", data={**sent, "name": "upper-answer"})
    assert unknown.status_code == 409 and "当前环节不能这样操作" in unknown.text
    # Those who do not carry the case are not offered it, and may not send it.
    log_in(client, "auditor")
    shown = client.get(place)
    assert "message-review_requested-dialog" not in shown.text
    sent = {"csrf": token(shown), "name": "review-requested", "payload-reason": "x"}
    assert client.post(f"{place}/messages", data=sent).status_code == 403


def test_a_message_that_brings_a_decision_lets_it_be_chosen_as_the_form_does(
    client: FlaskClient, embedded_office: Office
) -> None:
    # given a reported case that waits for the upper level's answer
    case = accept(embedded_office, matter_of_type(embedded_office, "reported"))
    case = until(embedded_office, case, "record_answer")
    log_in(client)
    place = f"/cases/{case['number']}"
    shown = client.get(place)
    assert re.search(r'<option value="refuse" *>不予</option>', shown.text)
    client.get("/language/en")
    assert re.search(r'<option value="refuse" *>Refuse</option>', client.get(place).text)
    client.get("/language/zh")

    # then no other word is taken for a decision
    sent = {"csrf": token(shown), "name": "upper-answer", "payload-decision": "同意", "payload-reason": "符合规定"}
    assert client.post(f"{place}/messages", data=sent).status_code == 422
    assert client.post(f"{place}/messages", data={**sent, "payload-decision": "grant"}).status_code == 302
    after = embedded_office.cases.get(case["number"], by=embedded_office.people.person("clerk"))
    assert after["data"]["decision"] == "grant"

    # and what was decided stands on the page as where a clerk has filled the form in, with the course too
    page = client.get(place).text
    assert "<dt>上级决定</dt><dd>准予</dd>" in page and "<dt>理由</dt><dd>符合规定</dd>" in page
    assert "<dt>decision</dt>" not in page and '<dt class="variable">decision</dt>' not in page
    client.get("/language/en")
    assert "<dt>Decision of the upper level</dt><dd>Grant</dd>" in client.get(place).text


def test_the_applicant_is_told_of_the_return_and_until_when_a_review_can_be_asked_for(
    client: FlaskClient, embedded_office: Office
) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "returned"))
    asked = {"number": case["number"], "code": case["tracking_code"]}

    def told(language: str = "zh") -> str:
        client.get(f"/language/{language}")
        return client.post("/track", data={**asked, "csrf": token(client.get("/track"))}).text

    # Before it is decided, nothing is said of a return; while the notice is made, that it is.
    assert "退回" not in told()
    case = until(embedded_office, case, "state_reasons")
    assert "正在制作书面通知" in told()
    case = do_named(embedded_office, case, "state_reasons", return_reason="张三家事", right_office="县人社局")
    assert "县人社局" not in told(), "until the notice is served it may still change"
    case = do_named(embedded_office, case, "serve_notice", review_right="kept", review_days=5)

    # Once it is served: that, the right office and the last day, and nothing that a clerk wrote of the reasons.
    page = told()
    assert "您的申请已退回" in page and "应当去的机关：县人社局" in page and "最后一天：2026-03-17" in page
    assert "承诺办结" not in page and "正在办理。" not in page and "张三家事" not in page
    # It is at its last stage, which is what became of it, though a review may change that.
    assert re.search(r'aria-current="step"><span>4</span>已退回</li>', page) and "办理中" not in page
    page = told("en")
    assert "Your application was returned" in page and "The last day for it: 2026-03-17" in page

    # When it was asked for, no more.
    by = embedded_office.people.person("clerk")
    embedded_office.cases.message(case["number"], "review-requested", {"reason": "x"}, by=by)
    page = told()
    assert "您的申请已退回，您申请的复核正在办理" in page and "申请复核，最后一天" not in page
    assert re.search(r'aria-current="step"><span>3</span>办理</li>', page)


def test_who_checks_what_is_not_allowed_is_told_that_it_is_not_accepted(desk: Desk, embedded_office: Office) -> None:
    advice = "不出具受理通知书"
    desk.log_in("clerk")

    # given the check of a matter that policy does not allow, the form says so
    case = accept(embedded_office, matter_of_type(embedded_office, "returned"))
    desk.go(f"/tasks/{case['tasks'][0]['id']}")
    desk.page.wait_for_selector("#complete:enabled")
    expect(desk.page.get_by_text(advice)).to_be_visible()

    # and of any other once the clerk has ticked it
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    desk.go(f"/tasks/{case['tasks'][0]['id']}")
    desk.page.wait_for_selector("#complete:enabled")
    expect(desk.page.get_by_text(advice)).to_have_count(0)
    desk.page.get_by_label("政策不允许或不属本机关").check()
    expect(desk.page.get_by_text(advice)).to_be_visible()
    desk.photograph("task-check-not-permitted", whole=True)
