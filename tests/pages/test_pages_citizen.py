"""A citizen with a phone: the slip's QR code, how far the case is, a word on how it was handled; and the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import segno
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from engine import Office
from tests.conftest import SetClock
from tests.office.at_work import accept, do, do_named, matter_of_type, to_the_end
from tests.pages.conftest import SCREENSHOTS
from tests.pages.desk import Desk
from tests.pages.test_pages_access import faults
from tests.pages.test_pages_protection import log_in, token


@pytest.fixture
def phone(site: str, browser: Browser) -> Iterator[Desk]:
    """Somebody's phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    opened = Desk(site, context.new_page(), SCREENSHOTS)
    yield opened
    context.close()
    assert not opened.complaints


def test_a_citizen_scans_the_slip_and_says_how_it_was(
    phone: Desk, embedded_office: Office, client: FlaskClient
) -> None:
    # given a case that has ended, and its slip
    case = to_the_end(embedded_office, accept(embedded_office, matter_of_type(embedded_office, "instant")))
    number, code = case["number"], case["tracking_code"]

    # when the citizen opens what the QR code says
    phone.go(f"/track#number={number}&code={code}")
    page = phone.page

    # then the case is shown, nothing of it stands in the address, and everybody can use the page
    expect(page.locator(".stages .stage-done")).to_have_count(4)
    assert page.url == f"{phone.site}/track"
    assert faults(phone) == []

    # when the citizen is dissatisfied and says why
    page.get_by_label("不满意", exact=True).check()
    page.get_by_label("意见").fill("等了很久 <script>alert(1)</script>")
    page.screenshot(path=SCREENSHOTS / "rating-390.png", full_page=True)
    page.get_by_role("button", name="提交评价").click()

    # then it is thanked for, with what comes now, and cannot be said twice
    expect(page.locator(".rated")).to_contain_text("感谢您的评价：不满意。 我们会在 15 个工作日内核实并回访")
    expect(page.locator("input[name=level]")).to_have_count(0)
    phone.photograph("track")

    # and the leader is told, answers on the case's page, and is told no more
    log_in(client, "leader")
    assert "待回访" in client.get("/board").text
    listed = client.get("/ratings?waiting=1").text
    assert number in listed and "等了很久 &lt;script&gt;" in listed
    sent = {"csrf": token(client.get(f"/cases/{number}")), "text": "已电话回访，说明原因并致歉"}
    assert client.post(f"/cases/{number}/rating", data=sent).location == f"/cases/{number}#rating"
    page_of_case = client.get(f"/cases/{number}").text
    assert "回访已记录" in page_of_case and "已电话回访" in page_of_case and "申请人评价：不满意" in page_of_case
    assert number not in client.get("/ratings?waiting=1").text


def test_the_slip_has_what_leads_to_the_case_and_what_was_received(
    client: FlaskClient, embedded_office: Office
) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"), received_materials=["申请表", "身份证"])
    log_in(client)
    page = client.get(f"/cases/{case['number']}/slip").text
    leads_to = f"http://localhost/track#number={case['number']}&code={case['tracking_code']}"
    expected = re.search(r' d="([^"]+)"', segno.make(leads_to, error="m").svg_inline(border=2, omitsize=True))
    assert expected is not None
    assert expected[1] in page
    assert "申请表、身份证" in page


def test_what_was_received_is_ticked_off_and_stands_on_the_slip(desk: Desk, embedded_office: Office) -> None:
    # given a matter with several materials
    matter = matter_of_type(embedded_office, "promised", lambda m: len(m["materials"]) > 2)
    names = [material["name"] for material in embedded_office.catalogue.matter(matter)["materials"]]
    desk.log_in("clerk")
    desk.go(f"/accept/{matter}")
    page = desk.page
    expect(page.locator("[data-collected]")).to_have_text(f"已收 0 / {len(names)}")

    # when two have come in
    for name in names[:2]:
        page.get_by_label(name).check()
    expect(page.locator("[data-collected]")).to_have_text(f"已收 2 / {len(names)}")
    desk.photograph("accept")
    for field, value in (("name", "测试人"), ("phone", "010-60000000"), ("id_number", "110101190001010014")):
        page.fill(f"#{field}", value)
    page.click("#accept")
    page.wait_for_url("**/slip")

    # then the slip says so, and the case's file too
    expect(page.locator(".slip")).to_contain_text("、".join(names[:2]))
    desk.photograph("slip")
    desk.go(f"/cases/{page.url.split('/')[-2]}")
    expect(page.locator(".facts").first).to_contain_text("已收材料")


def test_a_case_is_rated_neither_early_nor_with_a_wrong_code(client: FlaskClient, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    form = {"csrf": token(client.get("/track")), "number": case["number"], "level": "5"}
    assert client.post("/track/rating", data={**form, "code": "AAAA-AAAA-AAAA"}).status_code == 404
    early = client.post("/track/rating", data={**form, "code": case["tracking_code"]})
    assert early.status_code == 200
    assert "提交评价" not in early.text
    to_the_end(embedded_office, case)
    wrong = client.post("/track/rating", data={**form, "code": case["tracking_code"], "level": "9"})
    assert wrong.status_code == 422
    assert "请选择一至五级" in wrong.text


def test_an_applicant_whose_promised_day_has_passed_is_told_what_can_be_done(
    client: FlaskClient, embedded_office: Office, clock: SetClock
) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    case = do_named(embedded_office, case, "check_materials")
    form = {"csrf": token(client.get("/track")), "number": case["number"], "code": case["tracking_code"]}
    assert "已过承诺期限" not in client.post("/track", data=form).text
    clock.pass_time(days=3)
    assert "已过承诺期限，您可以催办，也可以到窗口询问。" in client.post("/track", data=form).text
    to_the_end(embedded_office, case)
    assert "已过承诺期限" not in client.post("/track", data=form).text


def test_an_applicant_whose_case_is_decided_is_told_so_and_of_no_promise(
    client: FlaskClient, embedded_office: Office, clock: SetClock
) -> None:
    # given a case that was decided in time, the decision of which is not delivered yet
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    while case["decided"] is None:
        case = do(embedded_office, case["tasks"][0])
    assert case["ended"] is None
    desk = client.application.test_client()
    log_in(desk, "clerk")
    assert "已在时限内作出决定，时限" in desk.get(f"/cases/{case['number']}").text
    form = {"csrf": token(client.get("/track")), "number": case["number"], "code": case["tracking_code"]}

    # then neither the promised day nor its passing is told any more
    for _ in range(2):
        page = client.post("/track", data=form).text
        assert "已作出决定，正在安排送达" in page and "决定时间" in page
        assert "承诺办结" not in page and "已过承诺期限" not in page
        clock.pass_time(days=9)
    to_the_end(embedded_office, case)
    page = client.post("/track", data=form).text
    assert "已经办结" in page and "决定时间" in page
    # The case's own page tells when it was decided too, and of the limit as a limit.
    log_in(desk, "clerk")
    page = desk.get(f"/cases/{case['number']}").text
    assert "决定时间" in page and page.index("受理时间") < page.index("决定时间") < page.index("办结时间")
