"""A case from the window to the reply, through the pages alone."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, expect

from engine import Office
from tests.execution.stories import node
from tests.office.at_work import accept, do_named, matter_of_type, to_the_end
from tests.office.test_four_eyes import Hall, file, steps
from tests.pages.desk import Desk


def test_a_clerk_accepts_an_instant_matter_and_carries_it_to_its_end(
    desk: Desk, embedded_office: Office, context: BrowserContext
) -> None:
    # given a clerk at a window
    desk.log_in("clerk")
    page = desk.page

    # when an applicant's matter is accepted
    number = desk.accept(matter_of_type(embedded_office, "instant"))

    # then there is a slip with number and tracking code, and the first task is one click away
    code = page.locator(".slip-key dd").nth(1).inner_text()
    expect(page.locator(".slip-key dd").nth(0)).to_have_text(number)
    desk.photograph("slip")
    desk.print_out("slip")
    page.locator(".page-tools a.btn-primary").click()

    # when every task is completed, the pages lead from one to the next
    names = []
    while "/tasks/" in page.url:
        names.append(page.locator("h1").inner_text())
        if len(names) == 3:
            # then the diagram is one click away, opened at the process that is running, with a token on the task
            page.click("[data-open='#diagram-dialog']")
            desk.open_diagram()
            expect(page.locator(".diagram-tab[aria-selected=true]")).to_have_text("即办件")
            expect(page.locator(".djs-shape.active")).to_have_count(1)
            expect(page.locator(".token")).to_have_text("1")
            page.keyboard.press("Escape")
        desk.complete()
    assert names == ["核对材料", "确认办件类型", "当场审查并决定", "制作答复", "送达"]

    # then the case has ended, its way is tinted in the diagram, and the history tells who did what
    expect(page.locator(".page-sub .state")).to_have_text("已办结")
    desk.open_diagram()
    assert page.locator(".djs-shape.passed").count() > 10
    expect(page.locator(".token")).to_have_count(0)
    expect(page.get_by_text("bpmn.io").or_(page.locator(".bjs-powered-by")).first).to_be_visible()
    told = [entry.inner_text() for entry in page.locator(".event-what").all()]
    assert told == [*(f"完成「{name}」" for name in reversed(names)), "收件"]
    expect(page.locator(".event-meta").first).to_contain_text("安知秋")
    desk.photograph("case-ended")

    # and the citizen reads the same in plain words, without log-in, and with nothing in the address
    citizen = Desk(desk.site, context.browser.new_context().new_page(), desk._screenshots)
    citizen.go("/track")
    citizen.page.fill("#number", number)
    citizen.page.fill("#code", code)
    citizen.page.get_by_role("button", name="查询").click()
    expect(citizen.page.locator(".tracked")).to_contain_text("已经办结")
    expect(citizen.page.locator(".steps-done li")).to_have_count(5)
    assert code not in citizen.page.url
    citizen.photograph("track")
    citizen.page.context.close()
    assert not citizen.complaints


def test_departments_of_a_joint_case_work_side_by_side(desk: Desk, embedded_office: Office) -> None:
    # given a joint case that waits for several departments
    matter = matter_of_type(embedded_office, "joint", lambda m: "fire" in m["departments"])
    case = accept(embedded_office, matter)
    case = do_named(embedded_office, case, "check_materials")
    case = do_named(embedded_office, case, "confirm_type")

    # when the fire brigade looks into its inbox
    desk.log_in("fire")
    page = desk.page
    row = page.locator("tr[data-row]", has_text=case["number"])
    expect(row).to_contain_text("消防机构意见")
    desk.photograph("inbox")

    # and claims the task with the keyboard
    row.locator("a.row-link").focus()
    page.keyboard.press("c")
    expect(page.locator(".notice-done")).to_contain_text("已签收「消防机构意见」")

    # then it can be undone, and the task is back
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".notice-done")).to_contain_text("已将「消防机构意见」放回")

    # when it gives its opinion
    page.locator("tr[data-row]", has_text=case["number"]).locator("a.row-link").click()
    expect(page.locator(".instructions")).to_contain_text("请在本部门时限内提出意见")
    expect(page.locator(".next")).to_contain_text("汇总意见并决定")
    desk.page.wait_for_selector("#complete:enabled")
    desk.photograph("task")
    desk.complete()

    # then the case shows it, with the other departments still at work in the same diagram
    expect(page.locator(".event-what").first).to_have_text("完成「消防机构意见」")
    desk.open_diagram()
    expect(page.locator(".diagram-tab[aria-selected=true]")).to_have_text("联办件")
    assert page.locator(".djs-shape.active").count() >= 2
    desk.photograph("case")

    # and a click on a process shows that one
    page.locator(".diagram-tab", has_text="一窗受理").click()
    expect(page.locator(".djs-shape[data-element-id=check_materials].passed")).to_have_count(1)


def test_diagrams_with_elements_of_the_same_name_are_not_confused(desk: Desk, embedded_office: Office) -> None:
    # given a case that went through the promised process, which has tasks of the same id as others
    case = to_the_end(embedded_office, accept(embedded_office, matter_of_type(embedded_office, "promised")))
    desk.log_in("clerk")
    page = desk.page

    # when its diagrams are asked for
    passed = page.request.get(f"{desk.site}/cases/{case['number']}/diagram").json()["passed"]

    # then what it passed is in the processes where it was, from start to end, and in no other
    assert {place["process"] for place in passed} == {"one_window", "promised"}
    places = {(place["process"], place["element"]) for place in passed}
    assert {("promised", "start"), ("promised", "decide"), ("promised", "decided")} <= places
    assert {("one_window", "start"), ("one_window", "decided"), ("one_window", "completed")} <= places


def test_an_applicant_withdraws(desk: Desk, embedded_office: Office) -> None:
    # given a case under way
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    desk.log_in("clerk")
    desk.go(f"/cases/{case['number']}")
    page = desk.page

    # when the clerk withdraws it, a reason is needed
    page.get_by_role("button", name="撤回").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="撤回").click()
    expect(dialog).to_be_visible()
    dialog.locator("textarea").fill("申请人改变主意")
    dialog.get_by_role("button", name="撤回").click()

    # then the case has ended so, and the history says why
    expect(page.locator(".page-sub .state")).to_have_text("已撤回")
    expect(page.locator(".event").first).to_contain_text("申请人改变主意")
    expect(page.get_by_role("button", name="撤回")).to_have_count(0)


def test_a_comment_is_kept_with_the_case(desk: Desk, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    desk.log_in("clerk")
    desk.go(f"/cases/{case['number']}")
    desk.page.fill("#comment", "申请人下周一来补照片 <script>alert(1)</script>")
    desk.page.get_by_role("button", name="添加备注").click()
    expect(desk.page.locator(".comment-text")).to_have_text("申请人下周一来补照片 <script>alert(1)</script>")
    expect(desk.page.locator(".event-why").first).to_contain_text("申请人下周一来补照片")


def test_the_pages_speak_english_too(desk: Desk, embedded_office: Office) -> None:
    # given a Chinese page
    desk.log_in("clerk")
    page = desk.page
    assert page.get_attribute("html", "lang") == "zh-CN"

    # when the visitor switches
    page.get_by_role("link", name="English").click()

    # then this page and the next ones are in English, forms included
    assert page.get_attribute("html", "lang") == "en"
    expect(page.locator("h1")).to_have_text("Inbox")
    desk.accept(matter_of_type(embedded_office, "instant"))
    page.locator(".page-tools a.btn-primary").click()
    expect(page.get_by_label("Complete: accept")).to_be_checked()
    expect(page.locator(".fjs-form")).not_to_contain_text("材料齐全")
    desk.photograph("task-english")

    # and back
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_label(re.compile("材料齐全，予以受理"))).to_be_checked()
    expect(page.locator(".fjs-form")).not_to_contain_text("Complete: accept")


def test_what_is_late_is_said_in_words(desk: Desk, embedded_office: Office, clock: object) -> None:
    # given a task whose limit passed three weeks ago
    accept(embedded_office, matter_of_type(embedded_office, "promised"))
    clock.pass_time(days=26)  # type: ignore[attr-defined]

    # then the inbox says so, in days
    desk.log_in("clerk")
    expect(desk.page.locator("tr.late .due-left")).to_have_text(re.compile(r"逾期 \d+ 天"))
    desk.photograph("inbox-late")

    # and can be cut down to what is late
    desk.page.locator("a.chip-late").click()
    expect(desk.page.locator("tr[data-row]")).to_have_count(1)


def test_a_process_without_a_drawing_says_so(desk: Desk, embedded_office: Office) -> None:
    # given a process whose file holds no drawing, and a case of it
    hall = Hall(embedded_office, file(steps(node("userTask", "work", name="办"), ids="work")))
    case = hall.start()
    # then every page that would show the diagram says that there is none, instead of an empty box
    page, told = desk.page, "没有绘制流程图"
    desk.log_in("clerk", f"/cases/{case['number']}")
    expect(page.locator(".diagram-none")).to_contain_text(told)
    expect(page.locator(".diagram-canvas")).to_be_hidden()
    desk.go(f"/tasks/{case['tasks'][0]['id']}")
    page.click("[data-open='#diagram-dialog']")
    expect(page.locator("#diagram-dialog .diagram-none")).to_contain_text(told)
    desk.log_in("designer", "/definitions/eyes")
    expect(page.locator(".diagram-none")).to_contain_text(told)
