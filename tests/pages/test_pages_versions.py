"""The designer's pages: versions with their cases, what is different between them, moving cases, retiring."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect

from engine import Office
from engine.office import in_use
from tests.execution.stories import chain, flow, node
from tests.office.at_work import accept, do, do_named, matter_of_type
from tests.pages.desk import Desk
from tests.pages.drawing import drawn
from tests.pages.test_pages_access import faults
from tests.pages.test_pages_protection import log_in, token
from tests.versions import test_moving_cases as moving
from tests.versions.test_moving_cases import ANSWER, CHECK, LOOK, process, steps


@pytest.fixture
def versions(embedded_office: Office) -> moving.Desk:
    """Two versions of a process, with a case at each of two tasks of the first."""
    desk = moving.Desk(embedded_office)
    desk.ready(drawn(process(steps(LOOK, ANSWER, ids="look answer"))))
    desk.start(901)
    do_named(embedded_office, desk.start(902), "look")
    desk.deploy(drawn(process(steps(LOOK, CHECK, ANSWER, ids="look check answer"))))
    return desk


def test_a_designer_sees_where_the_cases_of_a_version_are(desk: Desk, versions: moving.Desk) -> None:
    desk.log_in("designer")
    desk.go("/definitions")
    expect(desk.page.locator("tr", has_text="moved")).to_contain_text("2")
    desk.go("/definitions/moved?version=1")
    desk.open_diagram()
    expect(desk.page.locator(".page-sub")).to_contain_text("在办 2 件")
    expect(desk.page.locator(".token")).to_have_text(["1", "1"])
    desk.page.get_by_label("按平均用时着色").check()
    expect(desk.page.locator(".note-heat")).to_have_count(1)
    desk.photograph("version")
    assert faults(desk) == []


def test_what_is_amiss_stands_on_the_diagram(desk: Desk, versions: moving.Desk) -> None:
    # Neither way is taken where the amount is five.
    ways = flow("way", "answer", "= amount &gt; 5") + flow("way", "e", "= amount &lt; 5") + flow("answer", "e")
    choice = node("exclusiveGateway", "way")
    first = steps(LOOK, choice, ids="look way").replace(chain("way", "e"), "")
    versions.deploy(drawn(process(first + ANSWER + ways)))
    desk.log_in("designer")
    desk.go("/definitions/moved?version=3")
    desk.open_diagram()
    expect(desk.page.locator(".note-warning")).to_have_count(1)
    expect(desk.page.locator("#problems-title")).to_contain_text("检查发现")
    expect(desk.page.locator("section", has=desk.page.locator("#problems-title"))).to_contain_text("way")
    desk.photograph("problems")
    assert faults(desk) == []


def test_two_versions_are_compared_on_both_diagrams(desk: Desk, versions: moving.Desk) -> None:
    desk.log_in("designer")
    desk.go("/definitions/moved/compare?from=1&to=2")
    expect(desk.page.locator("[data-diagram][data-drawn]")).to_have_count(2)
    new = desk.page.locator("[data-diagram]").nth(1)
    expect(new.locator(".note-added")).to_have_text(["新增"])
    expect(desk.page.locator("tbody")).to_contain_text("check")
    desk.photograph("compare")
    assert faults(desk) == []


def test_running_cases_are_moved_after_a_preview(desk: Desk, versions: moving.Desk) -> None:
    desk.log_in("designer")
    desk.go("/definitions/moved")
    desk.page.get_by_role("link", name="迁移在办件").click()
    expect(desk.page.locator(".page-sub")).to_contain_text("1 件可以迁移，1 件保留原版本")
    desk.photograph("moves")
    assert faults(desk) == []
    desk.page.click("#move")
    expect(desk.page.locator("body")).to_contain_text("已迁移 1 件，1 件保留原版本")
    found = versions.office.definitions.get("moved", by=versions.designer)["versions"]
    assert [one["cases"] for one in found] == [1, 1]


def test_a_version_is_retired_with_a_reason_and_taken_back(client: FlaskClient, versions: moving.Desk) -> None:
    log_in(client, "designer")
    form = {"csrf": token(client.get("/definitions/moved")), "reason": "有误"}
    client.post("/definitions/moved/2/retire", data=form)
    page = client.get("/definitions/moved?version=2").text
    assert "第 2 版已停用" in page and "恢复使用" in page
    assert re.search(r"新办件用第 1 版", client.get("/definitions").text)
    client.post("/definitions/moved/2/reactivate", data={**form, "reason": " "})
    assert "恢复使用" in client.get("/definitions/moved?version=2").text
    client.post("/definitions/moved/2/reactivate", data=form)
    assert "第 2 版已恢复使用" in client.get("/definitions/moved?version=2").text


def test_who_is_no_designer_reads_and_changes_nothing(client: FlaskClient, versions: moving.Desk) -> None:
    log_in(client, "clerk")
    page = client.get("/definitions/moved").text
    assert "停用此版本" not in page and "迁移在办件" not in page
    assert client.get("/definitions/moved/2/diagram").json.keys() == {"definition", "files", "active", "passed"}
    assert client.get("/definitions/moved/moves?to=2").status_code == 403
    form = {"csrf": token(client.get("/definitions/moved")), "reason": "x", "to": "2"}
    client.post("/definitions/moved/moves", data=form)
    client.post("/definitions/moved/2/retire", data=form)
    found = versions.office.definitions.get("moved", by=versions.designer)["versions"]
    assert [(one["cases"], one["retired"]) for one in found] == [(2, None), (0, None)]
    assert client.get("/definitions/moved?version=9").status_code == 404
    assert client.get("/definitions/nothing/compare").status_code == 404


def test_each_process_counts_the_cases_that_are_in_it(
    client: FlaskClient, embedded_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = accept(embedded_office, matter_of_type(embedded_office, "promised"))
    for _ in range(3):
        case = do(embedded_office, case["tasks"][0])
    accept(embedded_office, matter_of_type(embedded_office, "instant"), serial=902)
    log_in(client, "designer")
    text = client.get("/definitions").text
    rows = {
        key: re.search(rf"<code>{key}</code>.*?data-label=.在办.[^>]*><span[^>]*>(\d+)", text)
        for key in ("one_window", "promised", "instant")
    }
    assert [row and row[1] for row in rows.values()] == ["2", "1", "0"]
    assert "在办 1 件，绑定 2 件" in client.get("/definitions/promised").text

    # Where too many run to look at each, it says so.
    monkeypatch.setattr(in_use, "MOST", 1)
    assert "在办件太多" in client.get("/definitions").text
    assert "在办 — 件，绑定 2 件" in client.get("/definitions/promised").text
