"""An auditor searches the histories of all cases, and is led from what is found to its case and its entry."""

from __future__ import annotations

import html
import re

from flask.testing import FlaskClient
from playwright.sync_api import expect

from engine import Office
from tests.conftest import SetClock
from tests.office.at_work import accept, matter_of_type, to_the_end
from tests.pages.desk import Desk
from tests.pages.test_pages_protection import log_in

PLACE = re.compile(r'href="/cases/([0-9A-Z-]+)#entry-(\d+)"')


def test_what_is_found_leads_to_its_case_and_its_entry(desk: Desk, embedded_office: Office, clock: SetClock) -> None:
    # given cases on two days, one of them withdrawn with a reason
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    to_the_end(office, accept(office, matter_of_type(office, "instant"), serial=1))
    clock.pass_time(days=1)
    number = accept(office, matter_of_type(office, "promised"), serial=2)["number"]
    office.cases.withdraw(number, "不再办理", by=clerk)

    # when the auditor asks who withdrew what
    desk.log_in("auditor")
    page = desk.page
    page.get_by_role("link", name="历史", exact=True).click()
    desk.photograph("histories")
    page.locator("select[name=kind]").select_option(label="收到：…")
    page.get_by_role("button", name="筛选").click()

    # then there is the one entry, with its reason
    rows = page.locator("tr[data-row]")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("收到：申请人撤回")
    expect(rows).to_contain_text("不再办理")

    # and it leads to its place in the case, and in the playback
    page.get_by_role("link", name="收到：申请人撤回").click()
    page.wait_for_url(f"**/cases/{number}#entry-2")
    expect(page.locator("#entry-2")).to_contain_text("不再办理")
    page.go_back()
    page.get_by_role("link", name=re.compile("在回放中打开")).click()
    expect(page.locator("[data-playback]")).to_have_attribute("data-shown", "2")


def places(client: FlaskClient, query: str) -> list[tuple[str, int]]:
    """What the page finds, from its first to its last page."""
    found: list[tuple[str, int]] = []
    cursor = ""
    while True:
        text = client.get(f"/history?{query}{cursor}").text
        rows = text.partition("<tbody>")[2].partition("</tbody>")[0]
        found += list(dict.fromkeys((number, int(seq)) for number, seq in PLACE.findall(rows)))
        following = re.search(r'name="cursor" value="([^"]+)"', text)
        if following is None:
            return found
        cursor = f"&cursor={following[1]}"


def test_the_page_finds_what_the_office_finds(client: FlaskClient, embedded_office: Office, clock: SetClock) -> None:
    office, auditor = embedded_office, embedded_office.people.person("auditor")
    joint = matter_of_type(office, "joint", lambda m: "fire" in m["departments"])
    for serial in range(1, 6):
        to_the_end(office, accept(office, joint, serial=serial))
        clock.pass_time(hours=3)
    middle = clock.now().astimezone(office.zone).replace(second=0, microsecond=0, tzinfo=None)
    clock.pass_time(hours=1)
    accept(office, matter_of_type(office, "instant"), serial=6)
    log_in(client, "auditor")

    for query, filters in (
        ("", {}),
        ("actor=fire&kind=task.completed", {"actor": "fire", "kind": "task.completed"}),
        ("element=fire_opinion", {"element": "fire_opinion"}),
        (f"matter={joint}&unit=hall", {"matter": joint, "unit": "hall"}),
        (f"from={middle.isoformat()}", {"since": middle.replace(tzinfo=office.zone)}),
        (f"to={middle.isoformat()}", {"until": middle.replace(tzinfo=office.zone)}),
        # What is no time, and no kind, filters nothing.
        ("from=gestern&kind=nothing", {}),
    ):
        wanted = office.history.search(by=auditor, limit=200, **filters)["items"]
        assert 0 < len(wanted) < 200
        assert places(client, query) == [(entry["case"], entry["seq"]) for entry in wanted], query


def test_nobody_finds_what_is_not_theirs_to_see(client: FlaskClient, embedded_office: Office) -> None:
    accept(embedded_office, matter_of_type(embedded_office, "instant"))
    log_in(client, "planning")
    page = client.get("/history")
    assert page.status_code == 200
    assert "没有符合条件的记录" in page.text
    assert 'href="/history"' not in client.get("/cases").text
    # Who works here is told to those alone who read everything.
    assert "system:clock" in page.text and 'value="clerk"' not in page.text
    assert client.get("/history?cursor=nonsense").status_code == 422


def test_the_page_of_conformance_leads_to_the_cases(desk: Desk, embedded_office: Office) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    to_the_end(office, accept(office, matter_of_type(office, "instant"), serial=1))
    number = accept(office, matter_of_type(office, "promised"), serial=2)["number"]
    office.cases.withdraw(number, "不再办理", by=clerk)
    desk.log_in("auditor")
    desk.go("/definitions/one_window")
    page = desk.page
    page.get_by_role("link", name="符合情况").click()
    expect(page.locator(".tile")).to_have_count(4)
    assert [tile.inner_text().split()[-1] for tile in page.locator(".tile").all()] == ["2", "2", "0", "1"]
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("申请人撤回")
    desk.photograph("conformance")
    page.get_by_role("link", name=number).click()
    expect(page.locator("h1")).to_contain_text("回放")

    # and from the figures one comes to the heat map
    desk.go("/definitions/instant#heat")
    desk.open_diagram()
    expect(page.locator(".djs-element[class*=heat-]").first).to_be_visible()


def test_where_many_cases_deviate_the_page_leads_to_all(client: FlaskClient, embedded_office: Office) -> None:
    office, clerk = embedded_office, embedded_office.people.person("clerk")
    matter = matter_of_type(office, "instant")
    numbers = [accept(office, matter, serial=n)["number"] for n in range(1, 12)]
    for number in numbers:
        office.cases.withdraw(number, "不再办理", by=clerk)
    log_in(client, "auditor")
    text = client.get("/history/conformance?process=one_window").get_data(as_text=True)
    assert [number for number in numbers if number not in text] == numbers[:1]
    (link,) = re.findall(r'href="([^"]*every=[^"]*)">全部 11 件<', text)
    text = client.get(html.unescape(link)).get_data(as_text=True)
    assert all(number in text for number in numbers)
    assert "全部 11 件" not in text and 'id="withdrawn"' in text
    # and what the tiles count is named too
    for link, told in re.findall(r'<dd><a href="([^"]*every=[^"]*)">(\d+)</a></dd>', text):
        shown = client.get(html.unescape(link)).get_data(as_text=True)
        section = shown[shown.index('id="named"') :]
        assert section[: section.index("</section>")].count("/playback") == int(told)
    assert client.get("/history/conformance?process=one_window&every=bored").status_code == 200


def test_conformance_is_for_those_who_read_everything(client: FlaskClient) -> None:
    log_in(client, "leader")
    assert client.get("/history/conformance").status_code == 403
    log_in(client, "auditor")
    assert client.get("/history/conformance?process=nothing").status_code == 404
    assert client.get("/history/conformance?process=joint&version=nine").status_code == 200
