"""The leader's board and the administrator's pages."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect

from engine import Office
from engine.office.person import Role
from tests.conftest import SetClock
from tests.office.at_work import accept, do_named, matter_of_type
from tests.pages.conftest import SCREENSHOTS
from tests.pages.desk import Desk
from tests.pages.test_pages_access import faults
from tests.pages.test_pages_protection import log_in, token


def test_every_figure_of_the_board_leads_to_what_it_counts(
    desk: Desk, embedded_office: Office, clock: SetClock
) -> None:
    # given a unit with late tasks, one of which a clerk has
    office = embedded_office
    cases = [
        do_named(office, accept(office, matter_of_type(office, "instant"), serial=serial), "check_materials")
        for serial in (901, 902, 903)
    ]
    office.tasks.claim(cases[0]["tasks"][0]["id"], by=office.people.person("clerk"))
    clock.pass_time(days=2)

    # when the leader looks at the board
    desk.log_in("leader")
    desk.page.get_by_role("link", name="督办").click()
    desk.photograph("board")
    rows = desk.page.locator(".board tbody tr")
    assert [row.inner_text().split() for row in rows.all()] == [
        ["区政务服务中心综合大厅", "3", "0", "3", "3", "0", "3"],
        ["安知秋", "1", "0", "1"],
        ["待签收", "2", "0", "2"],
    ]

    # then each figure leads to its tasks or cases
    for row, column, count in ((0, 0, 3), (1, 2, 1), (2, 2, 2), (0, 5, 3)):
        desk.go("/board")
        rows.nth(row).locator("td").nth(column).get_by_role("link").click()
        expect(desk.page.locator("tr[data-row]")).to_have_count(count)
        if (row, column) == (1, 2):
            desk.photograph("board-tasks")

    # and from there the leader takes a task back
    desk.go("/board/hall?assignee=clerk")
    desk.page.locator("a.row-link").click()
    desk.page.get_by_role("button", name="收回到待签收").click()
    expect(desk.page.locator(".notice-done")).to_contain_text("放回待签收")


def test_the_last_administrator_is_told_why_to_stay(client: FlaskClient, embedded_office: Office) -> None:
    embedded_office.people.disable("admin2")
    log_in(client, "admin")
    csrf = token(client.get("/admin/people/admin"))
    for action, sent in (("disable", {}), ("roles", {"unit": "hall", "role": "clerk"})):
        answer = client.post(f"/admin/people/admin/{action}", data={"csrf": csrf, **sent})
        assert answer.status_code == 422
        assert "这是最后一位管理员：请先给另一人管理员角色。" in answer.text


@pytest.mark.parametrize(("username", "status"), [("clerk", 403), ("leader", 200), ("auditor", 200), ("admin", 200)])
def test_the_board_is_for_those_who_lead(client: FlaskClient, username: str, status: int) -> None:
    log_in(client, username)
    assert client.get("/board").status_code == status
    assert ("/board" in client.get("/cases").text) == (status == 200)


@pytest.mark.parametrize("username", ["clerk", "leader", "designer", "auditor"])
def test_only_administrators_manage_the_office(client: FlaskClient, username: str) -> None:
    log_in(client, username)
    page = client.get("/cases")
    assert 'href="/admin"' not in page.text
    for path in ("people", "people/clerk", "units", "windows", "matters", "calendar"):
        assert client.get(f"/admin/{path}").status_code == 403
    csrf = token(page)
    for path in (
        "people",
        "people/clerk/roles",
        "people/clerk/disable",
        "people/clerk/tokens",
        "units",
        "calendar/set",
    ):
        assert client.post(f"/admin/{path}", data={"csrf": csrf}).status_code in {400, 403}


def test_somebody_joins_changes_and_leaves(desk: Desk, embedded_office: Office) -> None:
    # given an administrator who mistypes
    desk.log_in("admin")
    page = desk.page
    page.get_by_role("link", name="管理").click()
    page.fill("#new-name", "新来的")
    page.fill("#new-username", "Xin Lai")
    page.locator(".card select[name=unit]").select_option("housing")
    page.get_by_role("button", name="新增").click()

    # then the page says what is wrong at its place, and keeps what was typed
    expect(page.locator("#new-username-hint")).to_contain_text("小写字母")
    expect(page.locator("#new-name")).to_have_value("新来的")
    expect(page.locator(".card select[name=unit]").first).to_have_value("housing")
    desk.photograph("admin-people")
    # on a phone the part of the site that is open is in sight, however many there are
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.page.reload()
    expect(desk.page.locator(".top-nav [aria-current]")).to_be_in_viewport(ratio=1)
    desk.page.set_viewport_size({"width": 1280, "height": 900})

    # when it is mended, the person is there
    page.fill("#new-username", "xinlai")
    page.get_by_role("button", name="新增").click()
    expect(page.locator("h1")).to_have_text("新来的")
    first = page.locator(".token-text").inner_text()
    desk.photograph("admin-first-password")

    # when the newcomer logs in with what they were told, in a browser of their own
    with page.context.browser.new_context() as own:  # type: ignore[union-attr]
        theirs = Desk(desk.site, own.new_page(), SCREENSHOTS)
        theirs.go("/login?next=/account")
        theirs.page.fill("#username", "xinlai")
        theirs.page.fill("#password", first)
        theirs.page.get_by_role("button", name="登录").click()
        # then a password of their own comes first
        expect(theirs.page.locator("h1")).to_have_text("请设置您自己的密码")
        assert faults(theirs) == []
        theirs.photograph("login-first")
        for field, typed in (("old", first), ("password", "three calm herons"), ("again", "three calm herons")):
            theirs.page.fill(f"#{field}", typed)
        theirs.page.get_by_role("button", name="设置并登录").click()
        expect(theirs.page.locator("h1")).to_have_text("我的账号")
        assert not theirs.complaints
    assert embedded_office.people.authenticate("xinlai", "three calm herons").units(Role.CLERK) == {"housing"}

    # when the person leads as well, and a program works for the person
    page.locator("select[name=unit]").nth(1).select_option("hall")
    page.locator("select[name=role]").nth(1).select_option("leader")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".notice-done")).to_contain_text("单位与角色已更新")
    page.get_by_role("button", name="生成令牌").click()
    made = page.locator(".token-text").inner_text()
    assert embedded_office.people.by_token(made).units(Role.LEADER) == {"hall"}
    desk.photograph("admin-person")

    # then the token is shown no more, and can be made worthless
    page.get_by_role("button", name="作废").click()
    expect(page.locator(".token-text")).to_have_count(0)
    expect(page.locator("table")).to_contain_text("已作废")

    # and when the person leaves, nobody logs in any more
    page.get_by_role("button", name="停用").click()
    expect(page.locator(".page-sub")).to_contain_text("已停用")
    assert "xinlai" not in {p["username"] for p in embedded_office.people.list() if not p["disabled"]}


def test_units_and_windows_are_added_one_by_one_or_by_a_table(client: FlaskClient, embedded_office: Office) -> None:
    log_in(client, "admin")
    csrf = token(client.get("/admin/units"))
    client.post("/admin/units", data={"csrf": csrf, "code": "new", "name": "新局", "level": "department", "parent": ""})
    assert embedded_office.catalogue.unit("new")["name"] == "新局"
    assert "新增 1 行" in client.get("/admin/units").text

    table = "code,name,unit,address\nN1,新窗口,new,一楼\nN2,坏窗口,nowhere,\n".encode()
    sent = {"csrf": csrf, "file": (io.BytesIO(table), "windows.csv")}
    refused = client.post("/admin/windows", data=sent)
    assert refused.status_code == 422
    assert "没有导入任何内容" in refused.text and "nowhere" in refused.text
    assert "N1" not in {window["code"] for window in embedded_office.catalogue.windows()}

    sent = {"csrf": csrf, "file": (io.BytesIO(table.replace(b"nowhere", b"new")), "windows.csv")}
    client.post("/admin/windows", data=sent)
    assert {"N1", "N2"} <= {window["code"] for window in embedded_office.catalogue.windows()}
    assert client.get("/admin/matters").status_code == 200


def test_a_day_is_closed_and_opened_again(client: FlaskClient, embedded_office: Office) -> None:
    log_in(client, "admin")
    csrf = token(client.get("/admin/calendar"))
    day = {"csrf": csrf, "date": "2026-03-12", "kind": "closed", "reason": "暴雪停工"}
    client.post("/admin/calendar/set", data=day)
    page = client.get("/admin/calendar?year=2026").text
    assert "暴雪停工" in page and "日历已更新" in page
    client.post("/admin/calendar/remove", data=day)
    assert "暴雪停工" not in client.get("/admin/calendar?year=2026").text
    client.post("/admin/calendar/closing", data={"csrf": csrf, "at": "17:30"})
    assert embedded_office.calendar.list(2026)["closes"] == "17:30"
    client.post("/admin/calendar/set", data={**day, "date": "2026-02-30"})
    assert re.search("填写内容有误.*应为日期", client.get("/admin/calendar").text)
