"""A day's work in the inbox: what a colleague takes goes, several tasks are done at once, filters are kept."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from playwright.sync_api import expect

from engine import Office
from tests.conftest import SetClock
from tests.office.at_work import accept, do_named, matter_of_type
from tests.pages.desk import Desk
from tests.pages.test_pages_protection import log_in, token


def test_a_task_that_a_colleague_takes_disappears_within_two_seconds(desk: Desk, embedded_office: Office) -> None:
    # given a clerk before an inbox with two tasks, the second of them chosen
    office, matter = embedded_office, matter_of_type(embedded_office, "instant")
    cases = [accept(office, matter, serial=serial) for serial in (901, 902)]
    desk.page.clock.install(time="2026-03-10T09:00:00Z")
    desk.page.clock.pause_at("2026-03-10T10:00:00Z")
    desk.log_in("clerk")
    rows = desk.page.locator("tr[data-row]")
    expect(rows).to_have_count(2)
    rows.filter(has_text=cases[1]["number"]).locator(".row-link").focus()
    desk.page.keyboard.press("x")

    # when the leader of the same unit takes the first
    office.tasks.claim(cases[0]["tasks"][0]["id"], by=office.people.person("leader"))

    # then it is gone within two seconds of the page's own clock, the counts say so, and the choice and the focus stay
    desk.page.clock.run_for(2000)
    expect(rows).to_have_count(1)
    expect(desk.page.locator(".tabs a.active .count")).to_have_text("1")
    expect(desk.page.locator("[data-bulk-count]")).to_have_text("1")
    expect(rows.locator(".row-link")).to_be_focused()

    # and what comes in appears
    accept(office, matter, serial=903)
    desk.page.clock.run_for(2000)
    expect(rows).to_have_count(2)


def test_what_a_leader_puts_first_is_marked_and_sorted_first(client: FlaskClient, embedded_office: Office) -> None:
    # given two tasks, and a leader who says that the later one presses, and then that the other can wait
    office, matter = embedded_office, matter_of_type(embedded_office, "instant")
    first, second = (accept(office, matter, serial=serial)["number"] for serial in (901, 902))
    log_in(client, "leader")
    for number, priority in ((second, "90"), (first, "10")):
        sent = {"csrf": token(client.get(f"/cases/{number}")), "reason": "老人急需", "priority": priority}
        page = client.post(f"/cases/{number}/prioritise", data=sent, follow_redirects=True).text
        assert "优先级已设定" in page and f"优先级：{priority}" in page

    # then the clerk sees it first where that is asked for, and alone where only what presses is
    log_in(client)
    page = client.get("/inbox?tab=group&sort=-priority").text
    assert 0 < page.index(second) < page.index(first)
    assert "优先 90" in page and "可缓 10" in page
    page = client.get("/inbox?tab=group&priority=pressing").text
    assert second in page and first not in page


def test_every_column_is_in_sight_at_a_desk_however_a_task_is_marked(
    desk: Desk, embedded_office: Office, clock: SetClock
) -> None:
    # given tasks that are late, one of them put first and reminded of
    office = embedded_office
    case = accept(office, matter_of_type(office, "joint"))
    do_named(office, accept(office, matter_of_type(office, "joint"), serial=902), "check_materials")
    office.cases.prioritise(case["number"], "急", 90, by=office.people.person("leader"))
    office.reminders.remind(case["number"], "请抓紧", by=office.people.person("clerk"))
    clock.pass_time(days=30)
    desk.log_in("clerk")

    # then nothing sticks out to the side, in either language
    for language in ("zh", "en"):
        desk.go(f"/language/{language}?next=/inbox?tab=group")
        expect(desk.page.locator("tr.late")).not_to_have_count(0)
        for width in (1280, 1100, 1024):
            desk.page.set_viewport_size({"width": width, "height": 900})
            assert desk.page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_new_is_answered_in_no_words(client: FlaskClient, embedded_office: Office) -> None:
    log_in(client)
    first = client.get("/inbox/live?tab=group")
    again = client.get("/inbox/live?tab=group", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")

    accept(embedded_office, matter_of_type(embedded_office, "instant"))
    changed = client.get("/inbox/live?tab=group", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.text.count("<tr data-row") == 1


def test_asking_for_news_keeps_no_session_alive(client: FlaskClient, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    import time

    log_in(client)
    began = time.time()
    for minutes in range(0, 119, 30):
        monkeypatch.setattr(time, "time", lambda at=began + minutes * 60: at)
        assert client.get("/inbox/live").status_code == 200
    monkeypatch.setattr(time, "time", lambda: began + 121 * 60)
    assert client.get("/inbox/live").location == "/login?next=/inbox/live"


def test_several_tasks_are_completed_with_one_answer(desk: Desk, embedded_office: Office) -> None:
    # given three tasks of the same step, one of which a colleague completes meanwhile
    office = embedded_office
    cases = [accept(office, matter_of_type(office, "instant"), serial=serial) for serial in (901, 902, 903)]
    desk.log_in("clerk")
    page = desk.page
    page.get_by_label("全选本页").check()
    desk.photograph("inbox-chosen")
    page.get_by_role("button", name="批量完成").click()
    expect(page.locator("h1")).to_have_text("批量完成 3 项任务")
    do_named(office, cases[1], "check_materials")

    # when they are completed together
    page.get_by_role("button", name="完成 3 项").click()

    # then each has its own result and its own history
    results = page.locator("[data-result]")
    expect(page.locator(".result-done")).to_have_count(2)
    expect(page.locator(".result-refused")).to_have_text(re.compile("此任务已办结"))
    expect(results).to_have_count(3)
    expect(page.locator("#progress")).to_have_text("已完成 2 / 3")
    desk.photograph("bulk")
    # what is left can be tried again, or left for now
    expect(page.get_by_role("button", name="完成 3 项")).to_be_enabled()
    page.get_by_role("link", name="返回待办").click()
    page.wait_for_url("**/inbox")
    clerk = office.people.person("clerk")
    for case in cases:
        assert [task["name"] for task in office.cases.get(case["number"], by=clerk)["tasks"]] == ["确认办件类型"]


def test_what_a_script_sends_cannot_be_pressed_before_the_script_is_there(
    client: FlaskClient, embedded_office: Office
) -> None:
    matter = matter_of_type(embedded_office, "instant")
    task = accept(embedded_office, matter)["tasks"][0]
    log_in(client)
    for path in (f"/tasks/{task['id']}", f"/inbox/complete?task={task['id']}:{task['version']}", f"/accept/{matter}"):
        page = client.get(path).text
        assert re.search(r'<button class="btn btn-primary"[^>]* id="(complete|accept)" disabled', page), path


def test_only_tasks_of_one_step_are_completed_together(client: FlaskClient, embedded_office: Office) -> None:
    office = embedded_office
    first = accept(office, matter_of_type(office, "instant"))
    second = do_named(office, accept(office, matter_of_type(office, "instant")), "check_materials")
    log_in(client)
    tasks = [f"{case['tasks'][0]['id']}:{case['tasks'][0]['version']}" for case in (first, second)]
    assert "只有同一环节的任务可以批量完成" in client.get("/inbox/complete", query_string={"task": tasks}).text
    assert client.get("/inbox/complete").status_code == 422


def test_several_tasks_are_claimed_at_once(client: FlaskClient, embedded_office: Office) -> None:
    office = embedded_office
    tasks = [accept(office, matter_of_type(office, "instant"), serial=serial)["tasks"][0] for serial in (901, 902)]
    office.tasks.claim(tasks[1]["id"], by=office.people.person("leader"))
    log_in(client)
    sent = {"csrf": token(client.get("/inbox")), "task": [f"{task['id']}:{task['version']}" for task in tasks]}
    client.post("/inbox/claim", data=sent)
    page = client.get("/inbox").text
    assert "已签收 1 项任务" in page and "1 项未能签收" in page


def test_a_filter_is_kept_under_a_name(desk: Desk, embedded_office: Office) -> None:
    # given tasks of two types
    office = embedded_office
    for type in ("instant", "promised"):
        accept(office, matter_of_type(office, type))
    desk.log_in("clerk")
    page = desk.page

    # when the clerk filters and keeps that
    page.locator("select[name=type]").select_option("promised")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    page.get_by_text("保存筛选").first.click()
    page.get_by_label("名称").fill("承诺件")
    page.locator(".keep button").click()

    # then it is one click away, and can be forgotten
    desk.go("/inbox")
    expect(page.locator("tr[data-row]")).to_have_count(2)
    page.locator(".saved a", has_text="承诺件").click()
    expect(page.locator("tr[data-row]")).to_have_count(1)
    desk.photograph("inbox-filtered")
    page.get_by_role("button", name="删除筛选「承诺件」").click()
    expect(page.locator(".saved .chip")).to_have_count(0)


def test_the_inbox_is_worked_by_keys(desk: Desk, embedded_office: Office) -> None:
    for serial in (901, 902):
        accept(embedded_office, matter_of_type(embedded_office, "instant"), serial=serial)
    desk.log_in("clerk")
    page = desk.page
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("键盘快捷键")
    desk.photograph("inbox-keys")
    # what comes meanwhile does not take the focus from where it is to go back to
    accept(embedded_office, matter_of_type(embedded_office, "instant"), serial=903)
    live = page.locator("[data-live-url]").get_attribute("data-live-url") or ""
    with page.expect_response(lambda response: response.url.endswith(live) and response.status == 200):
        pass
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator(".row-link").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".row-link").nth(0)).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("在本页中筛选")).to_be_focused()
