"""What the pages leave out, and what they put in other words, for the person and the case before them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect

from api.pages import bilingual
from engine import Office
from engine.calendar.published import published_years
from tests.office.at_work import accept, do, do_named, matter_of_type, to_the_end
from tests.pages.desk import Desk
from tests.pages.test_pages_protection import log_in, token


@pytest.mark.parametrize("username", ["auditor", "admin"])
def test_who_reads_everything_is_offered_nothing_to_take(
    client: FlaskClient, embedded_office: Office, username: str
) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    log_in(client, username)
    inbox = client.get("/inbox?tab=group").text
    assert case["number"] not in inbox
    assert 'href="/accept"' not in inbox
    assert client.get(f"/tasks/{case['tasks'][0]['id']}").status_code == 200


def test_the_materials_of_the_matter_stand_beside_the_task_and_the_case(
    client: FlaskClient, embedded_office: Office
) -> None:
    matter = matter_of_type(embedded_office, "instant", lambda m: m["materials"])
    case = accept(embedded_office, matter)
    log_in(client)
    for path in (f"/tasks/{case['tasks'][0]['id']}", f"/cases/{case['number']}"):
        page = client.get(path).text
        assert all(material["name"] in page for material in embedded_office.catalogue.matter(matter)["materials"])


def test_what_follows_is_named_once_and_an_end_inside_is_no_end(client: FlaskClient, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    log_in(client)
    page = client.get(f"/tasks/{case['tasks'][0]['id']}").text
    line = r"<li data-answers=[^>]*>(?:<span class=\"next-when\">([^<]+)</span>.*?)?<span>([^<]+)</span></li>"
    steps = re.findall(line, page)
    assert ("", "当场更正") in steps and ("材料齐全，予以受理 / 容缺受理", "确认办件类型") in steps
    assert all(when != name for when, name in steps)


def test_an_instant_case_does_not_begin_tomorrow(client: FlaskClient, embedded_office: Office) -> None:
    log_in(client)
    for type, said in (("instant", "当日办结"), ("promised", "次日起算")):
        case = accept(embedded_office, matter_of_type(embedded_office, type))
        do_named(embedded_office, case, "check_materials")
        page = client.get(f"/cases/{case['number']}").text
        assert [words for words in ("当日办结", "次日起算") if words in page] == [said]


def test_a_withdrawal_is_refused_in_words(client: FlaskClient, embedded_office: Office) -> None:
    # given the same case in two tabs
    number = accept(embedded_office, matter_of_type(embedded_office, "promised"))["number"]
    log_in(client)
    page = client.get(f"/cases/{number}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    form = {"csrf": token(client.get(f"/cases/{number}")), "version": version[1]}

    # when no reason is given, the page says what is missing
    page = client.post(f"/cases/{number}/withdraw", data={**form, "reason": " "})
    assert page.status_code == 422 and "请写明理由" in page.text

    # when somebody has done something meanwhile, the form comes again as it was, and names the version that is shown
    office = embedded_office
    office.cases.comment(number, "已来电", by=office.people.person("clerk"))
    page = client.post(f"/cases/{number}/withdraw", data={**form, "reason": "不办了 <3"})
    dialog = page.text[page.text.index('<dialog class="dialog" id="withdraw-dialog"') :].partition("</dialog>")[0]
    assert page.status_code == 412 and "页面现在是最新内容" in dialog and f'data-again="/cases/{number}"' in dialog
    assert ">不办了 &lt;3</textarea>" in dialog and 'name="version" value="2"' in dialog
    assert f"/language/en?next=/cases/{number}" in page.text

    # when it is withdrawn twice, the second tab says that it has ended, and loses nothing
    form["version"] = "2"
    for _ in range(2):
        page = client.post(f"/cases/{number}/withdraw", data={**form, "reason": "不办了"})
    assert page.status_code == 409 and 'id="withdraw-dialog"' not in page.text
    assert "办件已终结" in page.text and "您填写的内容： 不办了" in page.text


def test_a_citizen_who_must_bring_something_reads_only_that(client: FlaskClient, embedded_office: Office) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    case = do_named(embedded_office, case, "check_materials", check_result="missing")
    do(embedded_office, case["tasks"][0], missing_list="身份证复印件", days_given=3)
    form = {"csrf": token(client.get("/track")), "number": case["number"], "code": case["tracking_code"]}
    page = client.post("/track", data=form).text
    assert "请补交以下材料" in page
    assert "身份证复印件" in page
    assert "最后一天：2026-03-13" in page
    assert "正在办理。" not in page

    # and in English the result stays
    moved = client.post("/track?language=en", data=form)
    assert (moved.status_code, moved.location) == (307, "/track")
    page = client.post("/track", data=form).text
    assert "Please hand in what is missing" in page and "The last day for it: 2026-03-13" in page


def test_the_mark_of_the_site_is_there(client: FlaskClient) -> None:
    with client.get("/favicon.ico", follow_redirects=True) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")


def test_values_put_into_a_form_belong_to_both_languages() -> None:
    text = "系统建议：**{{proposal.name}}**\n\nProposed: **{{proposal.type}}**\n\n{{proposal.reason}}"
    assert bilingual.part(text, "zh") == "系统建议：**{{proposal.name}}**\n\n{{proposal.reason}}"
    assert bilingual.part(text, "en") == "Proposed: **{{proposal.type}}**\n\n{{proposal.reason}}"

    heading = {"components": [{"type": "text", "text": "已告知补正 Asked for:\n\n{{missing_materials}}"}]}
    assert bilingual.form(heading, "en", "")["components"][0]["text"] == "Asked for:\n\n{{missing_materials}}"


def test_the_inbox_takes_keys_at_once(desk: Desk, embedded_office: Office) -> None:
    for _ in range(2):
        accept(embedded_office, matter_of_type(embedded_office, "instant"))
    desk.log_in("clerk")
    links = desk.page.locator("a.row-link")
    expect(links.nth(0)).to_be_focused()
    desk.page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("h1")).to_have_text("核对材料")


def test_a_task_for_others_is_not_opened(desk: Desk, embedded_office: Office) -> None:
    # given a joint case whose departments are to examine it next
    accept(embedded_office, matter_of_type(embedded_office, "joint", lambda m: "fire" in m["departments"]))
    desk.log_in("clerk")
    desk.page.locator("a.row-link").first.click()
    desk.complete()
    desk.complete()

    # then the case is shown, not a task of theirs
    assert "/cases/" in desk.page.url


def test_a_date_that_may_still_move_is_marked_wherever_it_shows(
    client: FlaskClient, embedded_office: Office, clock
) -> None:
    last = max(published_years())
    clock.pass_time(days=(date(last, 12, 15) - clock.now().date()).days)
    matter = matter_of_type(embedded_office, "promised", lambda m: m["promised_days"] >= 10)
    case = do_named(embedded_office, accept(embedded_office, matter), "check_materials")
    log_in(client)
    code, number, task = case["tracking_code"], case["number"], case["tasks"][0]["id"]
    assert case["due_provisional"] and case["tasks"][0]["due_provisional"]
    for path in (
        f"/cases/{number}",
        "/cases",
        f"/cases/{number}/slip",
        f"/tasks/{task}",
        "/inbox?tab=group",
    ):
        assert "暂定" in client.get(path, follow_redirects=True).text, path
    given = {"csrf": token(client.get("/track")), "number": number, "code": code}
    assert "暂定" in client.post("/track", data=given).text


def test_the_day_by_which_a_bad_word_is_answered_is_marked_so_too(
    client: FlaskClient, embedded_office: Office, clock
) -> None:
    last = max(published_years())
    clock.pass_time(days=(date(last, 12, 15) - clock.now().date()).days)
    case = accept(embedded_office, matter_of_type(embedded_office, "instant"))
    number = to_the_end(embedded_office, case)["number"]
    assert embedded_office.ratings.rate(number, case["tracking_code"], 2)["answer_due_provisional"]
    log_in(client, "leader")
    for path in (f"/cases/{number}", "/ratings", "/board"):
        assert "暂定" in client.get(path).text, path


def test_a_recount_stands_in_the_history_in_words(client: FlaskClient, embedded_office: Office) -> None:
    matter = matter_of_type(embedded_office, "promised", lambda m: m["promised_days"] >= 5)
    case = do_named(embedded_office, accept(embedded_office, matter), "check_materials")
    admin = embedded_office.people.person("admin")
    embedded_office.calendar.set("2026-03-12", "closed", "暴雪停工", by=admin)
    embedded_office.clock.tick()
    log_in(client)
    assert "工作日历有变，时限重新计算" in client.get(f"/cases/{case['number']}").text


def test_each_figure_above_the_board_leads_to_what_it_counts(client: FlaskClient, embedded_office: Office) -> None:
    for _ in range(2):
        accept(embedded_office, matter_of_type(embedded_office, "instant"))
    log_in(client, "leader")

    board = client.get("/board").text

    tiles = re.findall(r'tile-number">(?:<a href="([^"]+)">)?(\d+)', board)
    assert [bool(link) for link, _ in tiles] == [number != "0" for _, number in tiles]
    for link, number in tiles:
        if link:
            listed = client.get(link.replace("&amp;", "&")).text
            assert len(re.findall(r"<tr[^>]*data-row", listed)) == int(number), link
    assert [number for _, number in tiles][:2] == ["2", "2"]
