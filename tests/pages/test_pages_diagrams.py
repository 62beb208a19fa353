"""Diagrams open where they can be read: whole where they are small, else at what is active, else at their start."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from engine import Office
from tests.office.at_work import accept, do, matter_of_type, to_the_end, until
from tests.pages.desk import Desk

#: Below this scale the names in a diagram cannot be read; see `api/assets/src/board.js`.
READABLE = 0.6 - 1e-6

SCALE = "document.querySelector('.diagram-canvas .viewport').getCTM().a"

#: Ids of those elements of a selector that lie wholly inside of the canvas.
SEEN = """
(selector) => {
  const frame = document.querySelector('.diagram-canvas').getBoundingClientRect();
  return [...document.querySelectorAll(`.diagram-canvas ${selector}`)].filter((shape) => {
    const { left, right, top, bottom } = shape.querySelector('.djs-visual').getBoundingClientRect();
    return left >= frame.left && right <= frame.right && top >= frame.top && bottom <= frame.bottom;
  }).map((shape) => shape.dataset.elementId);
}
"""


def seen(page: Page, selector: str) -> list[str]:
    found: list[str] = page.evaluate(SEEN, selector)
    return found


@pytest.fixture
def examined(embedded_office: Office) -> str:
    """Number of a joint case that three offices examine at the same time, far apart in the diagram."""
    matter = matter_of_type(embedded_office, "joint", lambda m: m["departments"] == ["planning", "civil-defence"])
    case = accept(embedded_office, matter)
    for _ in range(2):
        case = do(embedded_office, case["tasks"][0])
    assert {task["element"] for task in case["tasks"]} == {"lead_examination", "planning_opinion", "further_opinion"}
    return str(case["number"])


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_a_large_diagram_opens_where_most_is_active(desk: Desk, examined: str, width: int, height: int) -> None:
    desk.page.set_viewport_size({"width": width, "height": height})
    desk.log_in("clerk", f"/cases/{examined}")
    desk.open_diagram()
    assert {"lead_examination", "planning_opinion"} <= {*seen(desk.page, ".djs-element.active")}
    assert desk.page.evaluate(SCALE) >= READABLE

    # the whole is one key away, as is what is nearer
    fit = desk.page.get_by_role("button", name="全图")
    fit.focus()
    desk.page.keyboard.press("Enter")
    assert {"lead_examination", "planning_opinion", "further_opinion", "start"} <= {*seen(desk.page, ".djs-element")}
    whole = desk.page.evaluate(SCALE)
    for _ in range(2):
        desk.page.keyboard.press("Shift+Tab")
    desk.page.keyboard.press("Enter")
    assert desk.page.evaluate(SCALE) > whole


def test_what_was_interrupted_is_told_apart_from_what_was_passed_now_and_in_the_playback(
    desk: Desk, embedded_office: Office
) -> None:
    # given a reported case whose answer came as a message, while a clerk had the task to type one in
    case = accept(embedded_office, matter_of_type(embedded_office, "reported"))
    case = until(embedded_office, case, "record_answer")
    by = embedded_office.people.person("clerk")
    embedded_office.cases.message(case["number"], "upper-answer", {"decision": "grant", "reason": "x"}, by=by)
    page = desk.page
    task = page.locator(".djs-element[data-element-id=record_answer]")
    sign = page.locator(".djs-overlays[data-container-id=record_answer] .interruption")

    # then the case's diagram says so by more than a colour
    desk.log_in("clerk", f"/cases/{case['number']}")
    desk.open_diagram()
    page.locator(".diagram-tab[data-key=reported]").click()
    expect(task).to_have_class(re.compile(r"\binterrupted\b"))
    expect(task).not_to_have_class(re.compile(r"\bpassed\b"))
    expect(sign).to_have_attribute("title", "已中断，未办完")
    expect(page.locator(".legend-interrupted")).to_have_text("已中断")
    desk.photograph("interrupted-zh")

    # and in the playback from the message on, not before
    desk.log_in("auditor", f"/cases/{case['number']}/playback")
    player = page.locator("[data-playback]")
    expect(player).to_have_attribute("data-ready", "")
    page.locator(".diagram-tab[data-key=reported]").click()
    expect(sign).to_have_count(1)
    page.keyboard.press("ArrowLeft")
    expect(player).to_have_attribute("data-shown", "5")
    expect(task).to_have_class(re.compile(r"\bactive\b"))
    expect(sign).to_have_count(0)
    desk.photograph("interrupted-before-zh")


def test_a_large_diagram_without_a_case_opens_at_its_start(desk: Desk) -> None:
    desk.log_in("designer", "/definitions/one_window")
    desk.open_diagram()
    assert "start" in seen(desk.page, ".djs-element")
    assert desk.page.evaluate(SCALE) >= READABLE


def test_the_diagram_of_a_case_that_has_ended_opens_where_it_went(desk: Desk, embedded_office: Office) -> None:
    case = to_the_end(embedded_office, accept(embedded_office, matter_of_type(embedded_office, "returned")))
    desk.log_in("clerk", f"/cases/{case['number']}")
    desk.open_diagram()
    assert {"check_materials", "confirm_type"} <= {*seen(desk.page, ".djs-element.passed")}
    assert desk.page.evaluate(SCALE) >= READABLE


def test_a_small_diagram_opens_whole(desk: Desk) -> None:
    desk.log_in("designer", "/definitions/returned")
    desk.open_diagram()
    every = desk.page.locator(".diagram-canvas .djs-shape").evaluate_all(
        "(all) => all.map((one) => one.dataset.elementId)"
    )
    assert {*seen(desk.page, ".djs-shape")} == {*every}
    assert desk.page.evaluate(SCALE) >= READABLE


def test_a_playback_follows_what_is_active(desk: Desk, examined: str) -> None:
    desk.log_in("auditor", f"/cases/{examined}/playback")
    player = desk.page.locator("[data-playback]")
    expect(player).to_have_attribute("data-ready", "")
    assert len(seen(desk.page, ".djs-element.active")) > 1
    for shown in ("1", "2"):
        desk.page.locator("[data-scrub]").fill(str(int(shown) - 1))
        expect(player).to_have_attribute("data-shown", shown)
        (active,) = seen(desk.page, ".djs-element.active")
        assert active == ("check_materials" if shown == "1" else "confirm_type")
