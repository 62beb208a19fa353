"""The office's figures: read by leaders and auditors, and each leads to its cases."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Route, expect

from engine import Office
from tests.conftest import SetClock
from tests.office.at_work import accept, do, do_named, matter_of_type, to_the_end
from tests.pages.desk import Desk
from tests.pages.test_pages_protection import log_in


@pytest.fixture
def worked(embedded_office: Office, clock: SetClock) -> Office:
    """An office in which some cases ended, on different days, and one is late."""
    office = embedded_office
    for serial, type in enumerate(("instant", "joint", "instant"), 1):
        case = accept(office, matter_of_type(office, type), serial=serial)
        clock.pass_time(hours=3)
        office.tasks.claim(case["tasks"][0]["id"], by=office.people.person("clerk"))
        clock.pass_time(minutes=20)
        to_the_end(office, case)
        clock.pass_time(days=1)
    do(office, accept(office, matter_of_type(office, "promised"), serial=9)["tasks"][0])
    clock.pass_time(days=60)
    return office


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_figures_are_plotted_and_lead_to_their_cases(desk: Desk, worked: Office, language: str) -> None:
    desk.log_in("auditor")
    desk.go(f"/language/{language}?next=/figures")
    expect(desk.page.locator("html")).to_have_attribute("data-plotted", "")
    expect(desk.page.locator("[data-plot=course] svg")).to_be_visible()
    desk.photograph(f"figures-{language}")
    # when one follows the number of late cases, there is the one that is late
    desk.page.locator(".tile", has_text="逾期" if language == "zh" else "Late").get_by_role("link").click()
    expect(desk.page.locator("tr[data-row]")).to_have_count(1)


def test_how_cases_ended_leads_to_them_and_an_element_to_its_entries(client: FlaskClient, worked: Office) -> None:
    log_in(client, "auditor")
    text = client.get("/figures?by=type&from=2026-03-01").text
    links = re.findall(r'<a href="(/cases\?[^"]*status=completed[^"]*)">(\d+)</a>', text)
    assert sorted(count for _, count in links) == ["1", "2"]
    for link, count in links:
        assert client.get(unescape(link)).text.count("<tr data-row") == int(count)
    found = client.get(re.search(r'href="(/history\?element=check_materials)"', text)[1])  # type: ignore[index]
    assert found.text.count("one_window/check_materials") >= 4


@pytest.mark.parametrize("by", ["matter", "type", "window", "agent", "day", "month"])
def test_every_figure_leads_to_as_many_cases_as_it_counts(client: FlaskClient, worked: Office, by: str) -> None:
    log_in(client, "auditor")
    text = client.get(f"/figures?by={by}&from=2026-03-01").text
    links = re.findall(r'<a href="(/(?:cases|figures)[^"]*)">(\d+)</a>', text)
    assert len(links) >= 10
    for link, told in links:
        page = client.get(unescape(link)).text
        rows = page.count("<tr data-row") if link.startswith("/cases") else page.count('<tr><td class="main">')
        assert rows == int(told), link


def test_a_median_leads_to_its_cases_the_slowest_first(client: FlaskClient, worked: Office) -> None:
    log_in(client, "auditor")
    text = client.get("/figures?by=type&from=2026-03-01").text
    (whole,) = set(re.findall(r'<dd><a href="(/figures/cases[^"]*of=answered[^"]*)">', text))
    page = client.get(unescape(whole)).text
    assert '<span class="count">3</span>' in page and page.count("/playback") == 3
    waited = re.search(r'href="(/figures/cases[^"]*of=waiting[^"]*element=check_materials[^"]*)"', text)
    assert waited is not None
    told = re.findall(r"([\d.]+) 小时", client.get(unescape(waited[1])).text)
    assert told == sorted(told, key=float, reverse=True) and told[0] == "3.0"
    for nothing in ("of=nothing", "of=waiting", "of=open&process=p&element=e&way=w&from=2027-01-01"):
        assert client.get(f"/figures/cases?{nothing}").status_code == 422
    log_in(client, "clerk")
    assert client.get("/figures/cases?of=received").status_code == 403


def test_mean_times_are_plotted_the_longest_first(client: FlaskClient, worked: Office, clock: SetClock) -> None:
    # given an element at which one case was for ten hours, and one at which several were, for more in all
    (number,) = (row["number"] for row in worked.cases.list(by=worked.people.person("auditor"), status="open")["items"])
    case = do_named(worked, worked.cases.get(number, by=worked.people.person("clerk")), "confirm_type")
    clock.pass_time(hours=10)
    do_named(worked, case, "issue_slip")
    log_in(client, "auditor")
    plot = re.search(r'data-plot="elements" data-values="([^"]*)"', client.get("/figures?from=2026-03-01").text)
    assert plot is not None
    drawn = json.loads(unescape(plot[1]))
    lengths = [sum(parts) for parts in zip(*(one["values"] for one in drawn["series"]), strict=True)]
    assert len(lengths) > 3 and len(set(lengths)) > 1
    assert lengths == sorted(lengths, reverse=True)
    assert drawn["labels"][:3] == ["确认办件类型", "出具承诺单", "核对材料"]


def test_a_plot_is_saved_as_svg_also_for_who_presses_before_the_script_is_there(desk: Desk, worked: Office) -> None:
    def come_late(script: Route) -> None:
        desk.page.locator("[data-save=course]").click()
        script.continue_()

    desk.log_in("leader")
    desk.page.route("**/figures-*.js", come_late)
    with desk.page.expect_download() as begun:
        desk.page.get_by_role("link", name="统计").click()
    path = begun.value.path()
    assert begun.value.suggested_filename == "yichuang-course.svg"
    assert path is not None and path.read_text(encoding="utf-8").startswith("<svg")


def test_each_table_is_to_be_had_as_csv(client: FlaskClient, worked: Office) -> None:
    log_in(client, "auditor")
    for table, head in (("groups", "key"), ("elements", "process"), ("variants", "cases")):
        answer = client.get(f"/figures/{table}.csv?by=unit")
        heads, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
        assert heads[0] == head
        assert rows and all(len(row) == len(heads) for row in rows)
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("by", ["unit", "matter", "type", "window", "agent", "day", "week", "month", "nothing"])
def test_every_grouping_has_its_page(client: FlaskClient, worked: Office, by: str) -> None:
    log_in(client, "auditor")
    assert client.get(f"/figures?by={by}&from=2026-03-01&to=yesterday").status_code == 200


def test_who_leads_nothing_is_offered_no_figures(client: FlaskClient) -> None:
    log_in(client, "clerk")
    assert 'href="/figures"' not in client.get("/inbox").text
    assert client.get("/figures").status_code == 403
    log_in(client, "housing.leader")
    assert "这段时间没有收件" in client.get("/figures").text
