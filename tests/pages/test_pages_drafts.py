"""What is typed into a task's form is kept while it is typed."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from engine import Office
from engine.errors import NotFound
from tests.office.at_work import accept, do_named, matter_of_type
from tests.pages.desk import PATIENCE, Desk


def _review(office: Office) -> str:
    """A task with a text to fill in, at the clerk's own window."""
    case = accept(office, matter_of_type(office, "instant"))
    for element in ("check_materials", "confirm_type"):
        case = do_named(office, case, element)
    return str(case["tasks"][0]["id"])


def test_a_half_filled_form_is_there_again_and_gone_with_the_task(desk: Desk, embedded_office: Office) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    task, page = _review(embedded_office), desk.page
    desk.log_in("clerk")
    desk.go(f"/tasks/{task}")
    page.wait_for_selector("#complete:enabled")
    field = page.locator(".fjs-form input[type=text]").last

    # when something is typed, a draft is kept, and says so
    field.fill("写到一半")
    expect(page.locator(".draft-state")).to_contain_text("草稿已保存")
    draft = office.drafts.get(task, by=clerk)
    assert "写到一半" in draft["data"].values()
    expect(page.locator(".draft-state")).to_contain_text(draft["saved"][11:16])
    # and whoever leaves the page at once loses nothing either
    field.fill("又写了几个字")
    desk.go("/inbox")
    # The browser sends it beside the next page, in no order that a test could rely on.
    given_up = time.monotonic() + PATIENCE / 1000
    while "又写了几个字" not in office.drafts.get(task, by=clerk)["data"].values():
        assert time.monotonic() < given_up, "what was typed last is lost"
        time.sleep(0.05)
    desk.go(f"/tasks/{task}")
    expect(field).to_have_value("又写了几个字")
    desk.photograph("task-draft")

    # when the draft is thrown away, the form is as it was at first
    page.get_by_role("button", name="放弃草稿").click()
    expect(field).to_have_value("")
    field.fill("同意")
    expect(page.locator(".draft-state")).to_contain_text("草稿已保存")
    desk.complete()
    try:
        office.drafts.get(task, by=clerk)
    except NotFound:
        return
    raise AssertionError("the draft has outlived its task")
