"""The auditor plays a case back on its diagram."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlalchemy import select, update

from engine import Office
from engine.storage import tables
from tests.office.at_work import accept, matter_of_type, to_the_end
from tests.pages.desk import Desk
from tests.pages.test_pages_protection import log_in


@pytest.fixture
def number(embedded_office: Office) -> str:
    """Number of a joint case that has ended."""
    matter = matter_of_type(embedded_office, "joint", lambda m: "fire" in m["departments"])
    return str(to_the_end(embedded_office, accept(embedded_office, matter))["number"])


def test_the_course_is_played_on_the_diagram(desk: Desk, number: str, embedded_office: Office) -> None:
    entries = embedded_office.history.entries(number, by=embedded_office.people.person("auditor"))["items"]
    desk.log_in("auditor")
    desk.go(f"/cases/{number}")
    desk.page.get_by_role("link", name="回放").click()
    page, player = desk.page, desk.page.locator("[data-playback]")
    expect(player).to_have_attribute("data-ready", "")
    expect(page.locator("[data-place]")).to_have_text(f"{len(entries)} / {len(entries)}")

    # when one goes to the beginning, the token waits at the first task, and nothing later was passed
    page.get_by_role("button", name="到开头").click()
    expect(player).to_have_attribute("data-shown", "1")
    expect(page.locator(".djs-element.active")).to_have_attribute("data-element-id", "check_materials")
    expect(page.locator("#step-title")).to_have_text("收件")

    # when one steps on, the panel tells what changed
    # (the tokens travel in real time, frame by frame: a busy machine draws few)
    page.keyboard.press("ArrowRight")
    expect(player).to_have_attribute("data-shown", "2")
    expect(page.locator(".djs-element.active")).to_have_attribute("data-element-id", "confirm_type")
    expect(page.locator("[data-changes]")).to_contain_text("任务")

    # when one scrubs to the departments, the joint diagram shows where its tokens are
    page.locator("[data-scrub]").fill("3")
    expect(player).to_have_attribute("data-shown", "4")
    expect(page.locator(".diagram-tab[aria-selected=true]")).to_have_attribute("data-key", "joint")
    assert page.locator(".token").count() > 1
    desk.photograph("playback-zh")

    # when it is played fast, it comes to the end and stops
    page.locator("[data-speed]").select_option("4")
    page.get_by_role("button", name="播放").click()
    expect(page.get_by_role("button", name="暂停")).to_be_visible()
    expect(player).to_have_attribute("data-shown", str(len(entries)))
    expect(page.get_by_role("button", name="播放")).to_be_visible()

    # and the history is proven on the spot
    page.get_by_role("button", name="验证历史").click()
    expect(page.locator("[data-proof]")).to_contain_text(f"{len(entries)} 条记录")
    expect(page.locator("[data-proof]")).to_contain_text("尚无签名检查点")


def test_in_english_too(desk: Desk, number: str) -> None:
    desk.log_in("auditor")
    desk.go(f"/language/en?next=/cases/{number}/playback")
    expect(desk.page.locator("[data-playback]")).to_have_attribute("data-ready", "")
    desk.photograph("playback-en")
    expect(desk.page.locator("h1")).to_contain_text("Playback")


def test_a_playback_ends_where_the_history_does_not_hold(
    client: FlaskClient, embedded_office: Office, number: str
) -> None:
    # given an entry that somebody changed in the database
    entry = tables.entry.c
    with embedded_office.database.write() as connection:
        said = orjson.loads(connection.execute(select(entry.body).where(entry.seq == 3)).scalar_one())
        said["outcome"]["path"] = []
        connection.execute(update(tables.entry).where(entry.seq == 3).values(body=orjson.dumps(said)))
    log_in(client, "auditor")
    # then the frames end before it, and say so
    played = client.get(f"/cases/{number}/playback/frames").json
    assert len(played["frames"]) == 2
    assert played["fault"]["seq"] == 3


def csrf_of(client: FlaskClient, number: str) -> str:
    page = client.get(f"/cases/{number}/playback").text
    return page.partition('data-csrf="')[2].partition('"')[0]


def test_a_proof_tells_of_the_last_checkpoint(
    client: FlaskClient, embedded_office: Office, number: str, tmp_path: Path
) -> None:
    file = client.application.config["CHECKPOINTS"] = tmp_path / "checkpoints.jsonl"
    embedded_office.checkpoints.make(file)
    log_in(client, "auditor")
    sent = {"X-CSRF-Token": csrf_of(client, number)}
    proof = client.post(f"/cases/{number}/proof", headers=sent).json
    assert proof is not None and proof["ok"] and "2026-03-10" in proof["said"][1] and "至今相符" in proof["said"][1]
    signed = client.get(proof["inclusion"]["href"]).json
    assert signed is not None and signed["head"][0] == number
    # when the history was written anew, with fitting hashes or not, the checkpoint still tells
    with embedded_office.database.write() as connection:
        connection.execute(update(tables.entry).values(body=b"{}"))
    proof = client.post(f"/cases/{number}/proof", headers=sent).json
    assert proof is not None and not proof["ok"] and "rewritten" in proof["said"][1]
    file.write_text("{}\n")
    proof = client.post(f"/cases/{number}/proof", headers=sent).json
    assert proof is not None and not proof["ok"] and "checkpoints.jsonl" in proof["said"][1]


def test_what_one_may_not_see_is_not_played(client: FlaskClient, embedded_office: Office) -> None:
    hidden = accept(embedded_office, matter_of_type(embedded_office, "instant"))["number"]
    log_in(client, "housing")
    for path in ("playback", "playback/frames"):
        assert client.get(f"/cases/{hidden}/{path}").status_code == 404


def test_a_task_is_called_as_in_its_own_process(client: FlaskClient, embedded_office: Office) -> None:
    # Other processes have a task of the same id, by another name.
    case = to_the_end(embedded_office, accept(embedded_office, matter_of_type(embedded_office, "instant")))
    log_in(client, "auditor")
    frames = client.get(f"/cases/{case['number']}/playback/frames").get_json()["frames"]
    told = [change["after"] or change["before"] for frame in frames for change in frame["changes"]]
    assert sum(value.startswith("当场审查并决定 · ") for value in told) == 2
    assert not any(value.startswith(("作出决定", "汇总意见并决定")) for value in told)
