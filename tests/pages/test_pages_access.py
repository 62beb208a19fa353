"""Everybody can use the pages: axe finds nothing serious, in both languages and both kinds of light."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from engine import Office
from tests.office.at_work import accept, do_named, matter_of_type
from tests.pages.conftest import SCREENSHOTS
from tests.pages.desk import Desk

AXE = Path(__file__).parents[2] / "api" / "assets" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize(("light", "language"), [("light", "zh"), ("dark", "en")])
def test_no_page_shuts_anybody_out(
    site: str, browser: Browser, embedded_office: Office, light: Any, language: str
) -> None:
    # given an office with cases in several states
    office = embedded_office
    case = accept(office, matter_of_type(office, "joint"), serial=902)
    case = do_named(office, do_named(office, case, "check_materials"), "confirm_type")
    (waiting,) = accept(office, matter_of_type(office, "instant"))["tasks"]
    clerk = office.people.person("clerk")
    office.cases.comment(case["number"], "@clerk 申请人来电，请先核对消防意见", by=office.people.person("leader"))
    office.substitutions.name("clerk2", "2026-03-10", "2026-03-12", by=clerk)
    ended = accept(office, matter_of_type(office, "promised"), serial=903)
    office.cases.withdraw(ended["number"], "不办了", by=clerk)

    # when each page is opened
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=light)
    desk = Desk(site, context.new_page(), SCREENSHOTS)
    desk.go(f"/language/{language}?next=/login")
    found = {"/login": faults(desk)}
    desk.go("/track")
    found["/track"] = faults(desk)
    desk.log_in("clerk")
    matter = matter_of_type(office, "joint")
    paths = {
        "/inbox?tab=group": None,
        "/inbox?tab=mine&due=late": None,
        "/accept": None,
        f"/accept/{matter}": None,
        "/cases": None,
        "/mentions": None,
        "/substitutions": None,
        f"/cases/{case['number']}": "[data-drawn]",
        f"/cases/{ended['number']}": "[data-drawn]",
        f"/cases/{case['number']}/playback": "[data-ready]",
        f"/cases/{case['number']}/slip": None,
        f"/tasks/{waiting['id']}": "#complete:enabled",
        f"/tasks/{case['tasks'][0]['id']}": None,
        "/definitions": None,
        "/definitions/instant": "[data-drawn]",
        "/nothing": None,
    }
    managing = {
        "/board": None,
        "/substitutions": None,
        "/account": None,
        "/board/hall": None,
        "/admin/people": None,
        "/admin/people/clerk": None,
        "/admin/units": None,
        "/admin/matters": None,
        "/admin/calendar": None,
        "/ratings": None,
        "/mentions": None,
    }
    # The second time for what differs by light and words alone.
    for path, ready in list(paths.items())[:: 1 if light == "light" else 3]:
        desk.go(path)
        if ready:
            expect(desk.page.locator(ready).first).to_be_visible()
        found[path] = faults(desk)
        if light == "light" and path in {"/mentions", "/substitutions"}:
            desk.photograph(path[1:])
    desk.photograph(f"case-{light}")
    desk.log_in("auditor")
    for path in ("/figures", "/history", "/history/conformance?process=one_window", "/figures/cases?of=received"):
        desk.go(path)
        found[path] = faults(desk)
    desk.log_in("admin")
    for path in list(managing)[:: 1 if light == "light" else 3]:
        desk.go(path)
        found[path] = faults(desk)
    context.close()

    # then axe finds nothing serious, and the browser has nothing to complain of
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert not desk.complaints


def test_a_limit_is_suspended_on_a_phone_and_the_applicant_has_an_address(
    site: str, browser: Browser, embedded_office: Office
) -> None:
    office = embedded_office
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    desk = Desk(site, context.new_page(), SCREENSHOTS)
    page = desk.page

    # given a case whose applicant gave an address at the window
    matter = matter_of_type(office, "promised", lambda m: m["promised_days"] >= 5)
    desk.log_in("clerk")
    number = desk.accept(matter, email="someone@example.cn")
    case = office.cases.get(number, by=office.people.person("clerk"))
    assert case["applicant"]["email"] == "someone@example.cn"
    do_named(office, case, "check_materials")

    # when the clock is stopped, in either language, axe finds nothing and all of the dialog is within the window
    for language, label in (("en", "Working days that it may take"), ("zh", "预计所需的工作日")):
        desk.log_in("leader", f"/language/{language}?next=/cases/{number}")
        page.click("[data-open='#suspend-dialog']")
        assert faults(desk) == []
        desk.photograph(f"case-suspend-{language}", whole=False)
        page.set_viewport_size({"width": 390, "height": 844})
        for part in ("[name=ground]", "[name=days]", "[name=reason]", ".btn-primary"):
            box = page.locator(f"#suspend-dialog {part}").bounding_box()
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390, part
            assert box["y"] >= 0 and box["y"] + box["height"] <= 844, part
        # each label stands off the field above it
        above, labelled = page.locator("#ground").bounding_box(), page.get_by_text(label).first.bounding_box()
        assert above is not None and labelled is not None and labelled["y"] - above["y"] - above["height"] >= 8
        days = page.get_by_label(label)
        expect(days).to_have_attribute("min", "1")
    days.fill("20")
    page.fill("#suspend-reason", "专家评审")
    page.locator("#suspend-dialog .btn-primary").click()

    # then the page says so, and the notice says how long it may take, and waits to be mailed
    expect(page.get_by_text("已暂停计时。")).to_be_visible()
    expect(page.locator("#papers")).to_contain_text("办理期限中止告知书")
    latest, *_ = office.notices.list(number, by=office.people.person("leader"))
    assert latest["mail"] == "waiting"
    assert not desk.complaints
    context.close()


def faults(desk: Desk) -> list[str]:
    """What axe-core calls serious or critical on the page."""
    desk.page.evaluate(AXE.read_text(encoding="utf-8"))
    # Style sheets and media are fetched once more only for rules that judge nothing here: experimental ones, and sound.
    # Only what is wrong leaves the page: to carry over what is right would be a third of the work.
    violations = desk.page.evaluate(
        "axe.run(document, {preload: false, resultTypes: ['violations']}).then((result) => result.violations)"
    )
    return [
        f"{violation['id']}: {node['target']} {node['any'][0]['message'] if node['any'] else ''}"
        for violation in violations
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def test_the_inbox_works_without_a_mouse(desk: Desk, embedded_office: Office) -> None:
    # given two tasks
    for serial in (901, 902):
        accept(embedded_office, matter_of_type(embedded_office, "instant"), serial=serial)
    desk.log_in("clerk")
    page = desk.page

    # when one filters, goes down to the rows and opens the one that is left
    page.get_by_label("在本页中筛选").fill("测试人902")
    expect(page.locator("tr[data-row]:visible")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator("a.row-link:focus")).to_have_count(1)
    page.keyboard.press("Enter")

    # then it is that task
    expect(page.locator(".page-sub")).to_contain_text("测试人902")

    # and where nothing fits, that is said
    desk.go("/inbox")
    page.get_by_label("在本页中筛选").fill("没有这样的人")
    expect(page.locator("[data-no-match]")).to_be_visible()


def test_matters_are_found_by_pinyin_while_one_types(desk: Desk) -> None:
    desk.log_in("clerk")
    desk.go("/accept")
    desk.page.get_by_label("事项名称、编码或拼音首字母").fill("jhdj")
    expect(desk.page.locator("tr[data-row]")).to_have_count(1)
    expect(desk.page.locator("tr[data-row]")).to_contain_text("结婚登记")
    desk.photograph("accept-matters")


def test_enter_goes_to_what_was_found(desk: Desk) -> None:
    desk.log_in("clerk", "/accept")
    page = desk.page
    # of several the first is offered, also where Enter comes at once
    page.keyboard.type("dj")
    page.keyboard.press("Enter")
    expect(page.locator("#matters tr[data-row] .row-link").first).to_be_focused()
    assert page.locator("#matters tr[data-row]").count() > 1
    # the only one opens, with the first field ready to be filled in
    page.locator("[name=q]").fill("gtgsh")
    page.keyboard.press("Enter")
    page.wait_for_url("**/accept/*")
    expect(page.locator("h1")).to_have_text("个体工商户设立登记")
    expect(page.locator("#name")).to_be_focused()
