"""What the pages say where something cannot be done, and the way on that they offer."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from engine import Office
from engine.demonstration import PASSWORD
from tests.office.at_work import accept, applicant, matter_of_type, ordinary
from tests.pages.desk import Desk


def test_the_office_s_findings_stand_at_the_fields(desk: Desk, embedded_office: Office) -> None:
    # given an identity number with a wrong check character
    desk.log_in("clerk")
    desk.go(f"/accept/{matter_of_type(embedded_office, 'instant')}")
    page = desk.page
    person = applicant()
    page.fill("#name", person["name"])
    page.fill("#id_number", person["id_number"][:-1] + ("1" if person["id_number"][-1] != "1" else "2"))

    # when a field is missing, it is said before anything is sent
    page.click("#accept")
    expect(page.locator("#phone-error")).to_have_text("此项必填")
    page.fill("#phone", person["phone"])

    # when it is sent
    page.click("#accept")

    # then the finding stands at the field, in one language, and the field has the focus
    expect(page.locator("#id_number-error")).to_have_text("居民身份证号码有误：校验码不符，请核对各位")
    expect(page.locator("#id_number")).to_be_focused()
    desk.photograph("accept-refused")

    # and once mended, the case begins, with everything else still filled in
    page.fill("#id_number", person["id_number"])
    page.click("#accept")
    page.wait_for_url("**/slip")


def test_a_form_says_what_is_missing_before_it_is_sent(desk: Desk, embedded_office: Office) -> None:
    accept(embedded_office, matter_of_type(embedded_office, "instant"))
    desk.log_in("clerk")
    desk.page.locator("a.row-link").first.click()
    desk.page.get_by_label("容缺受理").check()
    desk.page.click("#complete")
    expect(desk.page.locator(".fjs-form-field-error")).to_have_text(["此项必填。", "此项必填。"])


def test_what_only_the_office_finds_stands_at_the_form_s_field(desk: Desk, embedded_office: Office) -> None:
    # given a note with a character that nobody sees, which the form itself lets pass
    accept(embedded_office, matter_of_type(embedded_office, "instant"))
    desk.log_in("clerk")
    desk.page.locator("a.row-link").first.click()
    desk.page.locator("#form").get_by_label("备注").fill("原件已看\u0001")

    # when it is sent, the office's finding stands at that field, in Chinese alone
    desk.page.click("#complete")
    expect(desk.page.locator(".fjs-form-field-error")).to_have_text("含有不可见的控制字符")
    expect(desk.page.locator("#form").get_by_label("备注")).to_be_focused()

    # and once mended, it is taken
    desk.page.locator("#form").get_by_label("备注").fill("原件已看")
    desk.page.click("#complete")
    expect(desk.page.locator(".notice-done")).to_contain_text("已完成「核对材料」")


def test_a_task_that_a_colleague_holds_is_explained(desk: Desk, embedded_office: Office) -> None:
    # given a task that the clerk has open, when the leader takes it in the meantime
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    (task,) = case["tasks"]
    desk.log_in("clerk")
    desk.page.locator("a.row-link").first.click()
    desk.fill_in()
    embedded_office.tasks.claim(task["id"], by=embedded_office.people.person("leader"))

    # then completing it is refused, in words
    desk.page.click("#complete")
    expect(desk.page.locator("#refusal")).to_contain_text("同事已签收此任务")
    expect(desk.page.locator("#refusal").get_by_role("link", name="查看办件")).to_be_visible()

    # and the page, opened anew, says who has it and how to go on
    desk.page.reload()
    expect(desk.page.locator(".empty")).to_contain_text("柏思齐 已签收")
    expect(desk.page.get_by_role("link", name="查看办件")).to_be_visible()
    desk.photograph("task-of-a-colleague")


def test_a_task_that_is_done_is_explained(desk: Desk, embedded_office: Office) -> None:
    # given a task that the clerk has open, when somebody completes it in the meantime
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    (task,) = case["tasks"]
    desk.log_in("clerk")
    desk.page.locator("a.row-link").first.click()
    desk.fill_in()
    leader = embedded_office.people.person("leader")
    embedded_office.tasks.complete(task["id"], ordinary(embedded_office, task, leader), by=leader)

    # then completing it again is refused, nothing is done twice, and the way on is the case
    desk.page.click("#complete")
    expect(desk.page.locator("#refusal")).to_contain_text("此任务已办结")
    desk.page.get_by_role("link", name="查看办件").click()
    expect(desk.page.locator(".event-what").first).to_have_text("完成「核对材料」")
    expect(desk.page.locator(".event")).to_have_count(2)


def test_another_unit_s_task_can_be_followed_but_not_filled_in(desk: Desk, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    desk.log_in("auditor")
    desk.go(f"/tasks/{case['tasks'][0]['id']}")
    expect(desk.page.locator(".empty")).to_contain_text("由其他部门办理")
    expect(desk.page.locator("#complete")).to_have_count(0)


def test_pages_that_are_not_there_look_like_the_others(desk: Desk) -> None:
    desk.log_in("clerk")
    desk.go("/cases/20260302-H01-0001-8")
    expect(desk.page.locator(".empty-title")).to_have_text("没有找到")
    desk.go("/nothing/here")
    expect(desk.page.locator(".empty-title")).to_have_text("没有找到")
    desk.photograph("not-found")
    desk.page.get_by_role("link", name="返回待办").click()
    expect(desk.page.locator("h1")).to_have_text("待办")


def test_the_demonstration_office_lends_its_people(desk: Desk) -> None:
    desk.go("/login")
    desk.page.get_by_role("button", name="fire 区消防救援支队").click()
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/inbox*")
    expect(desk.page.locator(".menu-name")).to_have_text("桂石泉")


@pytest.mark.parametrize("other", [None, "leader"])
def test_a_log_in_that_ended_meanwhile_costs_nothing_that_was_typed(
    desk: Desk, embedded_office: Office, other: str | None
) -> None:
    # given a clerk with a task filled in, whose browser is meanwhile logged out, or in as somebody else
    accept(embedded_office, matter_of_type(embedded_office, "instant"))
    desk.log_in("clerk")
    page = desk.page
    page.locator("a.row-link").first.click()
    page.wait_for_selector("#complete:enabled")
    page.locator("#form").get_by_label("备注").fill("原件已看")
    page.context.clear_cookies(name="yichuang")
    if other:
        _log_in_beside(desk, other)

    # when it is sent, the page says so, and nothing is done in another's name
    page.click("#complete")
    said = "此浏览器现由柏思齐登录" if other else "登录已过期，请重新登录"
    expect(page.locator("#refusal strong")).to_have_text(said)
    desk.photograph("session-over")
    assert page.locator("#refusal").get_by_role("link", name="登录").get_attribute("href") == "/login?anew=1"

    # and after a log-in in a new tab, the same form is taken
    _log_in_beside(desk, "clerk")
    page.get_by_role("button", name="重试").click()
    expect(page.locator(".notice-done")).to_contain_text("已完成「核对材料」")
    assert "原件已看" in page.request.get(f"{desk.site}/cases/{_only_case(embedded_office)}").text()


def test_an_acceptance_outlives_its_log_in_too(desk: Desk, embedded_office: Office) -> None:
    desk.log_in("clerk")
    desk.go(f"/accept/{matter_of_type(embedded_office, 'instant')}")
    for field in ("name", "phone", "id_number"):
        desk.page.fill(f"#{field}", applicant()[field])
    desk.page.context.clear_cookies(name="yichuang")
    desk.page.click("#accept")
    expect(desk.page.locator("#refusal")).to_contain_text("登录已过期，请重新登录")
    _log_in_beside(desk, "clerk")
    desk.page.get_by_role("button", name="重试").click()
    desk.page.wait_for_url("**/slip")


def _log_in_beside(desk: Desk, username: str) -> None:
    """Log in in a new tab of the same browser."""
    tab = Desk(desk.site, desk.page.context.new_page(), desk._screenshots)
    tab.go("/login?anew=1")
    tab.page.fill("#username", username)
    tab.page.fill("#password", PASSWORD)
    tab.page.get_by_role("button", name="登录").click()
    tab.page.wait_for_url("**/inbox*")
    tab.page.close()


def _only_case(office: Office) -> str:
    number: str = office.cases.list(by=office.people.person("clerk"))["items"][0]["number"]
    return number
