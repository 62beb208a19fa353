"""容缺受理 at the pages: undertaken at the check, seen by clerk and citizen, settled in the file."""

from __future__ import annotations

from playwright.sync_api import expect

from engine import Office
from tests.office.at_work import accept, matter_of_type
from tests.office.handing_in import hand_in
from tests.pages.desk import Desk


def test_a_clerk_accepts_against_an_undertaking_and_everybody_sees_what_is_to_come(
    desk: Desk, embedded_office: Office
) -> None:
    page = desk.page
    matter = matter_of_type(embedded_office, "promised", lambda m: not all(one["required"] for one in m["materials"]))
    case = accept(embedded_office, matter)
    required, later = (
        [one["name"] for one in embedded_office.catalogue.matter(matter)["materials"] if one["required"] == wanted]
        for wanted in (True, False)
    )

    # only what the catalogue lets follow is offered, with a time limit and a consequence to begin with
    desk.log_in("clerk")
    page.locator("a.row-link").first.click()
    page.wait_for_selector("#complete:enabled")
    page.get_by_label("容缺受理").check()
    form = page.locator("#form")
    expect(form.get_by_label(later[0])).to_be_visible()
    expect(form.get_by_label(required[0])).to_have_count(0)
    form.get_by_label(later[0]).check()
    form.get_by_label("承诺人").fill("王芳")
    desk.photograph("undertaking")
    here = page.url
    page.click("#complete")
    page.wait_for_url(lambda url: url != here)

    # the next task, the case, the list, the slip and the citizen's page bear the mark
    expect(page.locator(".notice-note")).to_contain_text(later[0])
    for path in (f"/cases/{case['number']}", "/cases?undertaking=open", f"/cases/{case['number']}/slip"):
        desk.go(path)
        expect(page.get_by_text("容缺待补").locator("visible=true").first).to_be_visible()
    desk.go(f"/track#number={case['number']}&code={case['tracking_code']}")
    expect(page.locator(".tracked .notice-note")).to_contain_text(later[0])

    # once the last of it is verified the file says so, and the mark is gone
    hand_in(embedded_office, case, material=later[0], source="window", grade="B")
    desk.go(f"/cases/{case['number']}")
    expect(page.locator(".notice-note")).to_have_count(0)
    expect(page.locator(".event-change", has_text="容缺已补齐")).to_be_visible()
    desk.go("/cases?undertaking=kept")
    expect(page.locator("a.row-link")).to_have_text(case["number"])
